"""Spots patterns in a program that nearly always mean something other than what was wanted; from the tree alone."""

import ast
from collections.abc import Iterator

from tools._conditions import complaints, conditions
from tools._mixups import mixups
from tools._slip import Slip
from tools.parse_program import parse_program

_NEW_TEXT = {
    "upper",
    "lower",
    "strip",
    "replace",
    "title",
    "capitalize",
    "lstrip",
    "rstrip",
    "join",
    "split",
    "format",
    "zfill",
}
_IN_PLACE = {"append", "extend", "insert", "remove", "sort", "reverse", "clear", "add", "update", "discard"}
_CHANGES_SIZE = {"append", "remove", "pop", "insert", "clear", "add", "discard"}


def spot_slips(code: str) -> list[Slip]:
    """In the order of the program; empty when it does not parse."""
    tree = parse_program(code)
    if isinstance(tree, SyntaxError):
        return []
    found = [slip for node in ast.walk(tree) for slip in (*_statement(node), *_loop(node), *_function(node))]
    found += list(_types(tree))
    found += [slip for body in _bodies(tree) for slip in _begun_anew(body)]
    found += [*mixups(tree), *conditions(tree)]
    told = {slip.line for slip in found if slip.name in _SAY_MORE}
    found = [slip for slip in found if not (slip.name in _SAY_LESS and slip.line in told)]
    if "own-variable" in (names := {slip.name for slip in found}) or "value-forgotten" in names:
        found = [slip for slip in found if slip.name != "no-return"]
    return sorted({(slip.name, slip.line): slip for slip in found}.values(), key=lambda slip: slip.line)


_SAY_MORE, _SAY_LESS = {"value-forgotten"}, {"sum-dropped", "comparison-alone", "not-called"}
"""Of two slips on one line the one that knows of the function around it."""


def spot_complained(code: str) -> list[Slip]:
    """What is often meant as it stands, and worth saying only where the student complains of just that."""
    tree = parse_program(code)
    return [] if isinstance(tree, SyntaxError) else sorted(complaints(tree), key=lambda slip: slip.line)


def _statement(node: ast.AST) -> Iterator[Slip]:
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=attr, value=ast.Name(id=name)))) if attr in _NEW_TEXT:
            yield Slip(
                line=node.lineno,
                name="result-dropped",
                what=f"`{name}.{attr}(...)` gives back a new text and leaves `{name}` as it was; here the result is thrown away.",
                look="Where should the new text be kept?",
                change=f"Give the result a name: put `{name} =` before the call, or use the call right where the new text is needed.",
            )
        case ast.Expr(value=ast.Call(func=ast.Name(id="sorted" | "reversed" | "round" | "int" | "str" as name))):
            yield Slip(
                line=node.lineno,
                name="result-dropped",
                what=f"`{name}(...)` gives back a new value and leaves what stands in its brackets as it was; here that value is thrown away.",
                look="Where should the new value be kept?",
                change="Give the result a name, or use the call right where the new value is needed.",
            )
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Attribute(attr=attr))) if (
            attr in _IN_PLACE
        ):
            yield Slip(
                line=node.lineno,
                name="none-stored",
                what=f"`.{attr}(...)` changes the list itself and gives back `None`, so `{name}` becomes `None`.",
                look=f"Does `{name} =` belong on that line?",
                change=f"Let the line do only the call, without storing what it gives back: `{name}` keeps its list then.",
            )
        case ast.Expr(value=ast.Compare(ops=[ast.Eq()], left=ast.Name(id=name))):
            yield Slip(
                line=node.lineno,
                name="comparison-alone",
                what=f"The line compares `{name}` with something and then forgets the result.",
                look="Should a value be stored there?",
                change="One equals sign stores, two compare: decide which of the two this line is for, and write that.",
            )
        case ast.Expr(value=ast.BinOp(left=ast.Name(id=name))):
            yield Slip(
                line=node.lineno,
                name="sum-dropped",
                what=f"The line works something out from `{name}` and then forgets it: `{name}` stays what it was.",
                look="Where should the new value be kept?",
                change=f"Store what comes out: put `{name} =` before it.",
            )
        case ast.Expr(value=ast.Name(id=name)) | ast.Expr(value=ast.Attribute(attr=name)):
            yield Slip(
                line=node.lineno,
                name="not-called",
                what=f"`{name}` is only named here, nothing is called.",
                look="What is missing behind the name of a function so that it runs?",
                change=f"Put round brackets behind `{name}`, with what it needs inside them.",
            )
        case (
            ast.If(test=ast.BoolOp(op=ast.Or(), values=[*_, ast.Constant(value=value)]))
            | ast.While(test=ast.BoolOp(op=ast.Or(), values=[*_, ast.Constant(value=value)]))
        ) if value:
            yield Slip(
                line=node.lineno,
                name="or-constant",
                what=f"`or {value!r}` on its own always counts as true, so the whole condition does.",
                look="What is compared with that second value?",
                change="Write the whole comparison again on both sides of `or`, or ask with `in` whether the value is one of several.",
            )


def _loop(node: ast.AST) -> Iterator[Slip]:
    if isinstance(node, ast.While):
        yield from _endless(node)
    if isinstance(node, (ast.For, ast.While)):
        yield from _returns_at_once(node)
    if isinstance(node, ast.For) and isinstance(node.iter, ast.Name):
        for call in ast.walk(node):
            match call:
                case ast.Call(func=ast.Attribute(attr=attr, value=ast.Name(id=name))) if (
                    name == node.iter.id and attr in _CHANGES_SIZE
                ):
                    yield Slip(
                        line=call.lineno,
                        name="changed-while-iterating",
                        what=f"`{name}` is changed while the loop goes through it, so items are skipped or come twice.",
                        look="Could the loop go through a copy, or a new list be built?",
                        change="Go through a copy of the list, or put what you want to keep into a new list, and leave the one you walk through alone.",
                    )


def _bodies(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    """Every run of statements that stand at one depth."""
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            body = getattr(node, name, None)
            if isinstance(body, list):
                yield body


def _begun_anew(body: list[ast.stmt]) -> Iterator[Slip]:
    """What a loop collects is set back in each round, and then used as if it held all of it."""
    for at, loop in enumerate(body):
        if not isinstance(loop, ast.For | ast.While):
            continue
        after = {n.id for later in body[at + 1 :] for n in ast.walk(later) if isinstance(n, ast.Name)}
        for statement in loop.body:
            match statement:
                case ast.Assign(
                    targets=[ast.Name(id=name)], value=ast.Constant() | ast.List(elts=[]) | ast.Dict(keys=[])
                ):
                    if name in after and _only_collects(loop, statement, name):
                        yield Slip(
                            line=statement.lineno,
                            name="begun-anew",
                            what=f"`{name}` is set back in every round of the loop, so after the loop it holds only what the last round put there.",
                            look=f"How often should `{name}` start from nothing?",
                            change=f"Let `{name}` begin once, on a line before the loop, and leave the loop only what adds to it.",
                        )


def _only_collects(loop: ast.For | ast.While, begun: ast.Assign, name: str) -> bool:
    """Whether the rest of the loop does nothing with the name but add to it."""
    adds, uses = 0, 0
    for node in ast.walk(loop):
        match node:
            case ast.AugAssign(target=ast.Name(id=found)) if found == name:
                adds += 1
            case ast.Assign(targets=[ast.Name(id=found)]) if found == name and node is not begun:
                own = [n for n in ast.walk(node.value) if isinstance(n, ast.Name) and n.id == name]
                adds, uses = adds + bool(own), uses - len(own)
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr=attr, value=ast.Name(id=found)))) if (
                found == name and attr in _IN_PLACE
            ):
                adds, uses = adds + 1, uses - 1
            case ast.Name(id=found, ctx=ast.Load()) if found == name:
                uses += 1
    return adds > 0 and uses == 0


def _endless(node: ast.While) -> Iterator[Slip]:
    watched = {n.id for n in ast.walk(node.test) if isinstance(n, ast.Name)}
    called = any(isinstance(n, (ast.Call, ast.Attribute)) for n in ast.walk(node.test))
    leaves = any(isinstance(n, (ast.Break, ast.Return, ast.Raise)) for n in ast.walk(node))
    stored = {
        n.id
        for s in node.body
        for n in ast.walk(s)
        if isinstance(n, ast.Name) and isinstance(n.ctx, (ast.Store, ast.Del))
    }
    mutated = {
        n.func.value.id
        for s in node.body
        for n in ast.walk(s)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and isinstance(n.func.value, ast.Name)
    }
    if watched and not called and not leaves and not watched & (stored | mutated):
        names = " and ".join(f"`{name}`" for name in sorted(watched))
        yield Slip(
            line=node.lineno,
            name="endless-loop",
            what=f"The condition looks at {names}, but nothing in the loop changes that, so once it runs it never ends.",
            look="Which line in the loop should bring the condition nearer to false?",
            change="Inside the loop, add a line that changes what the condition looks at, so that one day it is false.",
        )


def _returns_at_once(node: ast.For | ast.While) -> Iterator[Slip]:
    last = node.body[-1]
    if isinstance(last, ast.Return):
        yield Slip(
            line=last.lineno,
            name="return-in-loop",
            what="The `return` stands inside the loop, so the function ends in the very first round.",
            look="After which line should the function give back its result?",
            change="Move the `return` out of the loop: as deep as the line that starts the loop, and below it, so that it runs once after the last round.",
        )
    if (
        isinstance(last, ast.If)
        and last.orelse
        and isinstance(last.orelse[-1], ast.Return)
        and isinstance(last.body[-1], ast.Return)
    ):
        yield Slip(
            line=last.orelse[-1].lineno,
            name="return-in-loop",
            what="Both ways through the `if` return, so the loop never sees a second item.",
            look="When can the function be sure that nothing was found?",
            change="Inside the loop return only what is sure; the answer for “not found” belongs after the loop, as deep as its first line.",
        )


def _function(node: ast.AST) -> Iterator[Slip]:
    if not isinstance(node, ast.FunctionDef):
        return
    returns = any(isinstance(n, ast.Return) and n.value is not None for n in ast.walk(node))
    prints = any(
        isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "print" for n in ast.walk(node)
    )
    yields = any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in ast.walk(node))
    stores = any(isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) for n in ast.walk(node))
    if (
        not returns
        and not prints
        and not yields
        and stores
        and node.name != "__init__"
        and not any(isinstance(n, (ast.Global, ast.Attribute)) for n in ast.walk(node))
    ):
        yield Slip(
            line=node.lineno,
            name="no-return",
            what=f"`{node.name}` works something out but never gives it back, so a call of it is `None`.",
            look="What should a caller get?",
            change=f"At the end of `{node.name}`, hand its result back with `return`.",
        )
    for default in node.args.defaults:
        if isinstance(default, (ast.List, ast.Dict, ast.Set)):
            yield Slip(
                line=node.lineno,
                name="mutable-default",
                what="The default value is made once and shared by every call, so items pile up in it.",
                look="Where could a fresh one be made for each call?",
                change="Let the default be `None`, and make the new list or dictionary in the first line of the function when it is `None`.",
            )


def _types(tree: ast.Module) -> Iterator[Slip]:
    """Text from `input()` compared or reckoned with as if it were a number."""
    typed, cut, digits = _texts(tree)
    texts = typed | cut
    numbers = _numbers(tree) - texts
    for node in ast.walk(tree):
        match node:
            case ast.Compare(
                left=ast.Name(id=name),
                ops=[ast.Lt() | ast.Gt() | ast.LtE() | ast.GtE()],
                comparators=[ast.Name(id=other)],
            ) if {name, other} <= texts:
                source = "`input()` gives text" if name in typed else "a text that is cut up gives texts"
                yield Slip(
                    line=node.lineno,
                    name="text-compared",
                    what=f"`{name}` and `{other}` are text, since {source}, and text is compared letter by letter as in a dictionary: '10' comes before '9'.",
                    look="Where could both be turned into numbers?",
                    change="Turn each text into a number as soon as it is read: put `int(...)` or `float(...)` around it.",
                )
            case ast.BinOp(left=ast.Name(id=name), op=ast.Add() | ast.Mult() as op, right=ast.Name(id=other)) if {
                name,
                other,
            } <= typed or ({name, other} & (digits - typed) and {name, other} & numbers):
                both = {name, other} <= typed
                text = name if name in digits | typed else other
                does = "`+` between texts joins them" if isinstance(op, ast.Add) else "`*` repeats a text"
                given = f"`{name}` and `{other}` are" if both else f"`{text}` is"
                yield Slip(
                    line=node.lineno,
                    name="text-reckoned",
                    what=f"{given} text (`str`), even if only digits stand in it, and {does} instead of calculating.",
                    look="Where could the text be turned into a number?",
                    change="Turn the text into a number as soon as it is there: put `int(...)` or `float(...)` around it.",
                )
            case ast.Compare(
                left=ast.Name(id=name), ops=[ast.Eq() | ast.NotEq()], comparators=[ast.Name(id=other)]
            ) if (name in typed and other in numbers) or (other in typed and name in numbers):
                text, number = (name, other) if name in typed else (other, name)
                yield Slip(
                    line=node.lineno,
                    name="text-and-number",
                    what=f"`{text}` is text, since `input()` always gives text, and `{number}` is a number. Text never equals a number: '7' is not 7.",
                    look="Where could the text be turned into a number?",
                    change="Turn the text into a number as soon as it is read: wrap the `input()` in `int(...)` or `float(...)`.",
                )
            case (
                ast.Compare(left=ast.Name(id=name), comparators=[ast.Constant(value=int() | float())])
                | ast.BinOp(left=ast.Name(id=name), right=ast.Constant(value=int() | float()))
            ) if name in typed:
                yield Slip(
                    line=node.lineno,
                    name="input-is-text",
                    what=f"`input()` gives text, so `{name}` is text even when digits were typed, and here it is used as a number.",
                    look="Where could the text be turned into a number?",
                    change="Turn the text into a number as soon as it is read: wrap the `input()` in `int(...)` or `float(...)`.",
                )
            case ast.Compare(ops=[ast.Eq()], comparators=[ast.Constant(value=float() as value)]) if value != int(value):
                yield Slip(
                    line=node.lineno,
                    name="float-equality",
                    what="Numbers with a point are stored inexactly (0.1 + 0.2 is 0.30000000000000004), so `==` between them is often false.",
                    look="How near would be near enough?",
                    change="Compare how far the two numbers are apart with a small bound, as `math.isclose` does.",
                )


def _texts(tree: ast.Module) -> tuple[set[str], set[str], set[str]]:
    """The names that hold only what was typed in, and those that hold only pieces of a text that was cut up, or digits
    in quotes beside them, and those that hold digits in quotes alone."""
    given: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="input"))):
                given.setdefault(name, []).append("typed")
            case ast.Assign(targets=[ast.Tuple(elts=places)], value=ast.Call(func=ast.Attribute(attr="split"))):
                for place in places:
                    given.setdefault(ast.unparse(place), []).append("cut")
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str() as text)) if text.isdigit():
                given.setdefault(name, []).append("digits")
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name(id=other)) if name != other:
                given.setdefault(name, []).append(f"={other}")
            case ast.Name(id=name, ctx=ast.Store()):
                given.setdefault(name, []).append("")  # each kind above is met here once more
    kinds = {name: [how for how in hows if how] for name, hows in given.items() if hows.count("") * 2 == len(hows)}
    typed = {name for name, hows in kinds.items() if hows and set(hows) == {"typed"}}
    cut = {name for name, hows in kinds.items() if "cut" in hows and set(hows) <= {"cut", "digits"}}
    copies = {
        name
        for name, hows in kinds.items()
        if set(hows) <= {"digits", *(f"={one}" for one in cut)} and len(set(hows)) > 1
    }
    quoted = {name for name, hows in kinds.items() if hows and set(hows) == {"digits"}}
    return typed, cut | copies, quoted


def _numbers(tree: ast.Module) -> set[str]:
    """The names that are only ever given a number: written out, drawn by chance, or converted."""
    numbers: set[str] = set()
    others: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=int() | float() as value)):
                (others if isinstance(value, bool) else numbers).add(name)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=called)):
                fits = ast.unparse(called).split(".")[-1] in ("int", "float", "len", "randint", "randrange", "round")
                (numbers if fits else others).add(name)
            case ast.Assign(targets=[ast.Name(id=name)]):
                others.add(name)
    return numbers - others
