"""Further slips of beginners undone, each a small change to a program's tree. Runs inside the sandbox.

What `_edits` does not reach one node at a time: values in the wrong place, names that nothing defines, steps that stand
elsewhere in the program or in an accepted one.
"""

import ast
import builtins
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

Found = tuple[str, float, Any]
Block = list[ast.stmt]

NODES_MAX = 9
PIECES_MAX = 14
STEPS_MAX = 16
ATTRIBUTES_MAX = 8
EXCHANGED_MAX = 10
_TEXT_METHODS = ("lower", "upper", "strip", "split")
_WRAPPED = ("float", "abs", "round", "str", "int")
_TYPES = ("list", "int", "str")
_WITHOUT_EFFECT = {"lower", "upper", "strip", "lstrip", "rstrip", "replace", "title", "capitalize", "join", "split"}


@dataclass(slots=True)
class Pieces:
    """What can be put elsewhere: expressions of the program's own, by where they stand, and whole steps; `given` are
    those of accepted programs in the student's names."""

    own: list[ast.expr] = field(default_factory=list)
    steps: list[ast.stmt] = field(default_factory=list)
    given: list[ast.expr] = field(default_factory=list)
    given_steps: list[ast.stmt] = field(default_factory=list)
    texts: Sequence[str] = ()


def pieces(tree: ast.Module, donors: Sequence[str], texts: Sequence[str]) -> Pieces:
    found = Pieces(texts=texts)
    # From a copy: an expression that is put inside itself would have no end.
    copied = ast.parse(ast.unparse(tree))
    found.own, found.steps = _expressions(copied)[:PIECES_MAX], _steps(copied)[:STEPS_MAX]
    known = {ast.dump(node) for node in [*_expressions(tree), *_steps(tree)]}
    for donor in donors:
        other = ast.parse(donor)
        found.given += _new(_expressions(other), known)
        found.given_steps += _new(_steps(other), known)
    for node in (*found.own, *found.steps, *found.given, *found.given_steps):
        for below in ast.walk(node):
            below.borrowed = True  # type: ignore[attr-defined]
    return found


def _new(nodes: list[Any], known: set[str]) -> list[Any]:
    fresh = [node for node in nodes if ast.dump(node) not in known]
    known.update(ast.dump(node) for node in fresh)
    return fresh


def _expressions(tree: ast.AST) -> list[ast.expr]:
    """Loaded expressions of more than a name, small ones, each once."""
    found: dict[str, ast.expr] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Subscript | ast.Call | ast.BinOp | ast.Compare | ast.List | ast.Tuple | ast.BoolOp):
            continue
        if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
            continue
        if sum(1 for below in ast.walk(node) if not isinstance(below, ast.expr_context)) <= NODES_MAX:
            found.setdefault(ast.dump(node), node)
    return list(found.values())


def _steps(tree: ast.AST) -> list[ast.stmt]:
    found: dict[str, ast.stmt] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.Expr | ast.Return | ast.If | ast.For | ast.While):
            found.setdefault(ast.dump(node), node)
    return list(found.values())


def name(text: str) -> ast.Name:
    return ast.Name(id=text, ctx=ast.Load())


def _call(function: str, *args: ast.expr) -> ast.Call:
    return ast.Call(func=name(function), args=list(args), keywords=[])


def _method(value: ast.expr, attr: str, *args: ast.expr) -> ast.Call:
    return ast.Call(func=ast.Attribute(value=value, attr=attr, ctx=ast.Load()), args=list(args), keywords=[])


def _item(value: ast.expr, index: int) -> ast.Subscript:
    return ast.Subscript(value=value, slice=ast.Constant(value=index), ctx=ast.Load())


def stored(target: ast.expr) -> ast.Name | ast.Subscript | ast.Attribute | None:
    """The same place to be written to, None for what cannot be."""
    match target:
        case ast.Name(id=text):
            return ast.Name(id=text, ctx=ast.Store())
        case ast.Subscript(value=value, slice=index):
            return ast.Subscript(value=value, slice=index, ctx=ast.Store())
        case ast.Attribute(value=value, attr=attr):
            return ast.Attribute(value=value, attr=attr, ctx=ast.Store())
    return None


def _load(target: ast.expr) -> ast.expr:
    return loaded(target) or target


def loaded(target: ast.expr) -> ast.expr | None:
    match target:
        case ast.Name(id=text):
            return name(text)
        case ast.Subscript(value=value, slice=index):
            return ast.Subscript(value=value, slice=index, ctx=ast.Load())
        case ast.Attribute(value=value, attr=attr):
            return ast.Attribute(value=value, attr=attr, ctx=ast.Load())
    return None


# --- expressions -----------------------------------------------------------------------------------------------------


def instead(node: ast.expr, parent: ast.AST, place: str, names: Sequence[str], at: Pieces) -> Iterator[Found]:
    """What an expression may become, beside what `_edits` knows."""
    yield from _by_kind(node, parent, place)
    if isinstance(node, ast.Name | ast.Subscript | ast.Attribute) and place not in ("func", "value", "target"):
        yield from (("argument", 2.9, _method(node, method)) for method in ("lower", "strip"))
        if isinstance(parent, ast.Call):
            yield from (("argument", 2.7, _item(node, k)) for k in (0, -1))
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from _written(node.value, names, parent)
    if isinstance(parent, ast.Return | ast.Assign) and place == "value":
        yield from _values(node, names)
    if isinstance(parent, ast.Assign) and isinstance(node, ast.Constant) and type(node.value) is int:
        # The largest, or smallest, of what is all on one side of the number it begins with.
        yield from (("number", 2.2, _call("float", ast.Constant(value=text))) for text in ("-inf", "inf"))
    if isinstance(parent, ast.For | ast.comprehension) and place == "iter":
        yield from (("loop", 2.3, _method(node, attr)) for attr in ("items", "values", "keys"))
        yield "loop", 2.6, ast.Subscript(value=node, slice=ast.Slice(step=_minus_one()), ctx=ast.Load())
    if isinstance(node, ast.Name | ast.Subscript | ast.Call | ast.BinOp | ast.Constant | ast.Compare | ast.BoolOp):
        yield from _borrowed(node, parent, place, at)


def _by_kind(node: ast.expr, parent: ast.AST, place: str) -> Iterator[Found]:  # noqa: C901 - one case a kind of node
    match node:
        case ast.Tuple(elts=elts, ctx=ast.Load()):
            yield "argument", 1.8, ast.List(elts=elts, ctx=ast.Load())
            if len(elts) == 1:
                yield "argument", 1.6, elts[0]
        case ast.List(elts=elts, ctx=ast.Load()):
            yield "argument", 2.4, ast.Tuple(elts=elts, ctx=ast.Load())
        case ast.Call(func=ast.Name(id="len")) if isinstance(
            parent, ast.BinOp | ast.Compare | ast.Subscript | ast.Slice
        ):
            yield "off-by-one", 2.0, ast.BinOp(left=node, op=ast.Sub(), right=ast.Constant(value=1))
            yield "off-by-one", 2.2, ast.BinOp(left=node, op=ast.Add(), right=ast.Constant(value=1))
        case ast.Call(func=ast.Name(id="input"), args=args):
            yield from (("argument", 1.2, _call(kind, node)) for kind in ("int", "float"))
            yield "argument", 1.6, _method(node, "split")
            yield "argument", 1.5, _call("map", name("int"), _method(node, "split"))
        case ast.Call(func=ast.Attribute(value=value, attr="pop") as method, args=args) if len(args) < 2:
            yield "argument", 1.9, ast.Call(func=method, args=[] if args else [ast.Constant(value=0)], keywords=[])
            yield "argument", 2.0, ast.Subscript(value=value, slice=args[0] if args else _minus_one(), ctx=ast.Load())
        case ast.Call(func=ast.Attribute(value=value, attr="insert"), args=[ast.Constant(value=0), added]):
            yield "argument", 1.6, _method(value, "append", added)
        case ast.Call(func=ast.Name(id="max" | "min") as pick, args=[several], keywords=keywords):
            if all(keyword.arg != "default" for keyword in keywords):
                nothing = ast.keyword(arg="default", value=ast.Constant(value=0))
                yield "argument", 1.8, ast.Call(func=pick, args=[several], keywords=[*keywords, nothing])
        case ast.Call(func=ast.Attribute(value=value, attr="sort"), keywords=keywords):
            yield "none-result", 1.0, ast.Call(func=name("sorted"), args=[value], keywords=keywords)
        case ast.ListComp(elt=elt, generators=[one]) | ast.GeneratorExp(elt=elt, generators=[one]) if not one.ifs:
            kept = ast.comprehension(target=one.target, iter=one.iter, ifs=[elt], is_async=0)
            if (source := loaded(one.target)) is not None and not isinstance(elt, ast.Name | ast.Constant):
                yield "condition", 1.8, type(node)(elt=source, generators=[kept])
        case ast.Call(func=ast.Name(id="round"), args=[value, ast.Constant(value=int(digits))]):
            yield "text", 1.8, _formatted(value, digits)
        case ast.Call(func=ast.Name(id="str"), args=[value]):
            yield from (("text", 2.4, _formatted(value, digits)) for digits in (2, 1))
        case ast.Call(func=ast.Attribute(attr="split" | "rsplit") as method, args=[sign], keywords=[]):
            yield "argument", 2.2, ast.Call(func=method, args=[sign, ast.Constant(value=1)], keywords=[])
        case ast.Compare(left=ast.Call(func=ast.Name(id="type"), args=[value]), ops=[_], comparators=[ast.Name()]):
            for kind in _TYPES:
                checked = _call("isinstance", value, name(kind))
                yield "condition", 1.9, checked
                yield "condition", 1.9, ast.UnaryOp(op=ast.Not(), operand=checked)
        case ast.Call(func=ast.Name(id="int"), args=[only]):
            yield "argument", 1.8, _call("float", only)
            yield "argument", 2.2, _call("round", only)
        case ast.BoolOp(op=op, values=values) if all(_below(value) for value in values):
            yield "condition", 1.6, ast.BoolOp(op=op, values=[_from_zero(value) for value in values])
        case ast.BoolOp(op=op, values=[ast.Compare(left=left, ops=[sign], comparators=[_]) as first, *rest]):
            if any(not isinstance(value, ast.Compare) for value in rest):
                whole = [
                    v if isinstance(v, ast.Compare) else ast.Compare(left=left, ops=[sign], comparators=[v])
                    for v in rest
                ]
                yield "condition", 0.9, ast.BoolOp(op=op, values=[first, *whole])
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            if isinstance(op, ast.Lt | ast.LtE):
                least = ast.Constant(value=0)
                yield "condition", 2.1, ast.Compare(left=least, ops=[ast.LtE(), op], comparators=[left, right])
            for k in (0, 1, -1):
                yield "condition", 2.2, ast.Compare(left=_item(left, k), ops=[op], comparators=[_item(right, k)])
                yield "condition", 2.5, ast.Compare(left=_item(left, k), ops=[op], comparators=[right])
                yield "condition", 2.5, ast.Compare(left=left, ops=[op], comparators=[_item(right, k)])
            yield from (
                ("condition", 2.9, ast.Compare(left=_method(left, m), ops=[op], comparators=[right]))
                for m in ("lower", "strip")
            )
        case ast.BinOp(left=ast.List(elts=[_]) as rows, op=ast.Mult(), right=count):
            times = ast.comprehension(
                target=ast.Name(id="_", ctx=ast.Store()), iter=_call("range", count), ifs=[], is_async=0
            )
            yield "argument", 1.4, ast.ListComp(elt=rows.elts[0], generators=[times])
        case ast.BinOp(op=ast.Div()):
            yield "operator", 2.6, ast.BinOp(left=node, op=ast.Mult(), right=ast.Constant(value=100))
        case ast.BinOp(left=left, op=ast.Add(), right=right) if not isinstance(parent, ast.BinOp) or place == "left":
            yield "argument", 2.0, ast.BinOp(left=left, op=ast.Add(), right=_call("str", right))
            yield "argument", 2.4, ast.BinOp(left=_call("str", left), op=ast.Add(), right=right)
        case ast.BinOp(left=ast.BinOp(left=a, op=inner, right=b), op=outer, right=c):
            yield "order", 2.2, ast.BinOp(left=a, op=inner, right=ast.BinOp(left=b, op=outer, right=c))
        case ast.Subscript(value=value, slice=ast.Slice(lower=lower, upper=upper, step=None)):
            yield "line", 2.6, ast.Subscript(value=value, slice=ast.Slice(lower=lower, upper=upper, step=_minus_one()), ctx=ast.Load())  # fmt: skip
        case ast.Subscript(value=value, slice=index):
            yield "argument", 2.2, _method(value, "get", index, ast.Constant(value=0))
            yield "off-by-one", 2.4, ast.Subscript(value=value, slice=ast.UnaryOp(op=ast.USub(), operand=index), ctx=ast.Load())  # fmt: skip


def _below(node: ast.expr) -> bool:
    return isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Lt | ast.LtE)


def _from_zero(node: ast.expr) -> ast.expr:
    """`x < n` as `0 <= x < n`: places before the first one count from the end."""
    assert isinstance(node, ast.Compare)
    return ast.Compare(
        left=ast.Constant(value=0), ops=[ast.LtE(), *node.ops], comparators=[node.left, *node.comparators]
    )


_MODES = {"w": "a", "a": "w", "r": "w"}


def _written(text: str, names: Sequence[str], parent: ast.AST) -> Iterator[Found]:
    """A text with a variable's name in it that should be its value; a file opened another way; a space too many."""
    if isinstance(parent, ast.JoinedStr | ast.FormattedValue):
        return
    for found in names:
        place = re.search(rf"\b{re.escape(found)}\b", text)
        if place is None:
            continue
        before, after = text[: place.start()], text[place.end() :]
        value = ast.FormattedValue(value=name(found), conversion=-1)
        yield "text", 1.6, ast.JoinedStr(values=[ast.Constant(value=before), value, ast.Constant(value=after)])
        if not before and not after:
            yield "text", 1.4, name(found)
    if text in _MODES:
        yield "argument", 2.0, ast.Constant(value=_MODES[text])
    for new in dict.fromkeys((text.strip(), text + " ", text + "\n", text.lower(), text.capitalize())):
        if new != text and text:
            yield "text", 2.7, ast.Constant(value=new)


def _formatted(value: ast.expr, digits: int) -> ast.JoinedStr:
    spec = ast.JoinedStr(values=[ast.Constant(value=f".{digits}f")])
    return ast.JoinedStr(values=[ast.FormattedValue(value=value, conversion=-1, format_spec=spec)])


def _minus_one() -> ast.UnaryOp:
    return ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=1))


def _values(node: ast.expr, names: Sequence[str]) -> Iterator[Found]:
    for text in names:
        yield "result", 2.5, ast.List(elts=[name(text)], ctx=ast.Load())
        if isinstance(node, ast.Name) and node.id == text:
            continue
        yield "result", 2.7, ast.BinOp(left=node, op=ast.Add(), right=name(text))
        yield "result", 2.7, ast.BinOp(left=name(text), op=ast.Add(), right=node)
        yield "result", 3.0, ast.BinOp(left=node, op=ast.Sub(), right=name(text))
        yield "result", 3.0, ast.BinOp(left=node, op=ast.Mult(), right=name(text))
    yield "result", 2.6, ast.Subscript(value=node, slice=ast.Slice(step=_minus_one()), ctx=ast.Load())
    yield "result", 2.8, ast.UnaryOp(op=ast.USub(), operand=node)
    yield "result", 2.6, ast.UnaryOp(op=ast.Not(), operand=node)
    yield from (("result", 2.6, _call(kind, node)) for kind in _WRAPPED)
    yield from (("result", 3.0, _method(ast.Constant(value=text), "join", node)) for text in ("", " "))
    yield from (("result", 2.9, _method(node, method)) for method in _TEXT_METHODS)
    yield from (("result", 2.5, _item(node, k)) for k in (0, -1))
    if isinstance(node, ast.Dict | ast.Set) or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        yield from (
            ("result", 2.6, new)
            for new in (ast.Dict(keys=[], values=[]), _call("set"), ast.List(elts=[], ctx=ast.Load()))
        )
    if isinstance(node, ast.List | ast.Constant) and not getattr(node, "elts", None):
        yield from (
            ("result", 2.2, new) for new in (ast.Dict(keys=[], values=[]), _call("set"), ast.Constant(value=""))
        )


def _borrowed(node: ast.expr, parent: ast.AST, place: str, at: Pieces) -> Iterator[Found]:
    """Another expression of the program in this one's place, or one that an accepted program has."""
    if place == "func" or isinstance(parent, ast.Expr | ast.Attribute):
        return
    truth = isinstance(parent, ast.If | ast.While | ast.BoolOp)
    for cost, found in ((3.1, at.own), (2.0, at.given)):
        for piece in found:
            if truth == isinstance(piece, ast.Compare | ast.BoolOp):
                same = type(piece) is type(node)
                yield "condition" if truth else "line", cost - 0.3 * same, piece
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from (("text", 2.6, ast.Constant(value=text)) for text in at.texts if text != node.value)
        signs = [text for text in at.texts if len(text) == 1 and text not in node.value]
        yield from (("text", 2.5, ast.Constant(value=node.value + sign)) for sign in signs)


def calls(node: ast.Call, names: Sequence[str], functions: dict[str, int]) -> Iterator[Found]:
    """A whole call in another form: by another key, with an argument more, of the other value."""
    if (isinstance(node.func, ast.Name) and node.func.id in ("max", "min", "sorted")) or (
        isinstance(node.func, ast.Attribute) and node.func.attr == "sort"
    ):  # fmt: skip
        yield from _keyed(node)
    if isinstance(node.func, ast.Attribute) and len(node.args) == 1 and loaded(node.func.value) is not None:
        swapped = ast.Attribute(value=node.args[0], attr=node.func.attr, ctx=ast.Load())
        yield "order", 1.9, ast.Call(func=swapped, args=[node.func.value], keywords=[])
    if isinstance(node.func, ast.Name) and node.func.id not in functions and node.func.id not in dir(builtins):
        for text in names:
            owned = ast.Attribute(value=name(text), attr=node.func.id, ctx=ast.Load())
            yield "argument", 0.7, ast.Call(func=owned, args=node.args, keywords=node.keywords)
    if len(node.args) == 1 and not isinstance(node.args[0], ast.Starred | ast.GeneratorExp):
        only = node.args[0]
        yield "argument", 2.6, ast.Call(func=node.func, args=[ast.Starred(value=only, ctx=ast.Load())], keywords=node.keywords)  # fmt: skip
        for function, count in functions.items():
            if count == 1 and not (isinstance(node.func, ast.Name) and node.func.id == function):
                yield "argument", 2.2, ast.Call(func=node.func, args=[_call(function, only)], keywords=node.keywords)
    if isinstance(node.func, ast.Name) and node.func.id == "print":
        for key, text in (("sep", ""), ("end", ""), ("end", " "), ("sep", ", ")):
            more = ast.keyword(arg=key, value=ast.Constant(value=text))
            kept = [keyword for keyword in node.keywords if keyword.arg != key]
            yield "text", 2.2, ast.Call(func=node.func, args=node.args, keywords=[*kept, more])
    if isinstance(node.func, ast.Name) and functions.get(node.func.id, 0) > len(node.args):
        for text in names:
            yield "argument", 1.5, ast.Call(func=node.func, args=[*node.args, name(text)], keywords=node.keywords)


def _keyed(node: ast.Call) -> Iterator[Found]:
    keys = {keyword.arg: keyword for keyword in node.keywords}
    others = [keyword for keyword in node.keywords if keyword.arg != "key"]
    for k in (0, 1, -1):
        arguments = ast.arguments(
            posonlyargs=[], args=[ast.arg(arg="item")], kwonlyargs=[], kw_defaults=[], defaults=[]
        )
        asked = ast.Lambda(args=arguments, body=_item(name("item"), k))
        yield "argument", 2.4, ast.Call(func=node.func, args=node.args, keywords=[*others, ast.keyword(arg="key", value=asked)])  # fmt: skip
    getters = [ast.Attribute(value=arg, attr="get", ctx=ast.Load()) for arg in node.args if isinstance(arg, ast.Name)]
    for by in (name("len"), *getters):
        yield "argument", 2.4, ast.Call(func=node.func, args=node.args, keywords=[*others, ast.keyword(arg="key", value=by)])  # fmt: skip
    if isinstance(node.func, ast.Name) and node.func.id != "sorted":
        return
    if "reverse" in keys:
        rest = [keyword for keyword in node.keywords if keyword.arg != "reverse"]
        yield "argument", 1.4, ast.Call(func=node.func, args=node.args, keywords=rest)
    else:
        on = ast.keyword(arg="reverse", value=ast.Constant(value=True))
        yield "argument", 1.8, ast.Call(func=node.func, args=node.args, keywords=[*node.keywords, on])


# --- statements ------------------------------------------------------------------------------------------------------


def rewritten(  # noqa: C901 - one case a kind of step
    step: ast.stmt,
) -> Iterator[tuple[str, float, ast.stmt]]:
    """A step the other way round, or kept where it was only worked out."""
    match step:
        case ast.Assign(targets=[target], value=value) if (turned := stored(value)) is not None:
            source = loaded(target)
            if source is not None:
                yield "variable", 1.9, ast.Assign(targets=[turned], value=source)
        case ast.AugAssign(target=target, op=op, value=value) if (turned := stored(value)) is not None:
            source = loaded(target)
            if source is not None:
                wrapped = ast.List(elts=[source], ctx=ast.Load())
                yield "variable", 2.0, ast.AugAssign(target=turned, op=op, value=source)
                yield "variable", 2.2, ast.AugAssign(target=turned, op=op, value=wrapped)
    match step:
        case ast.AugAssign(target=ast.Subscript(value=value, slice=index) as place, op=op, value=more):
            for start in (ast.Constant(value=0), ast.List(elts=[], ctx=ast.Load())):
                got = ast.BinOp(left=_method(value, "get", index, start), op=op, right=more)
                yield "missing-part", 1.6, ast.Assign(targets=[place], value=got)
        case ast.Assign(targets=[ast.Subscript(value=value, slice=index) as place], value=new):
            for start in (ast.Constant(value=0), ast.List(elts=[], ctx=ast.Load())):
                got = ast.BinOp(left=_method(value, "get", index, start), op=ast.Add(), right=new)
                yield "missing-part", 2.2, ast.Assign(targets=[place], value=got)
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=text), attr="sort"), keywords=keywords)):
            ordered = ast.Call(func=name("sorted"), args=[name(text)], keywords=keywords)
            yield "none-result", 1.6, ast.Assign(targets=[ast.Name(id=text, ctx=ast.Store())], value=ordered)
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=text), attr=attr)) as call):
            yield (
                "missing-part",
                0.7 if attr in _WITHOUT_EFFECT else 1.9,
                ast.Assign(targets=[ast.Name(id=text, ctx=ast.Store())], value=call),
            )
        case ast.Expr(value=ast.Call(func=ast.Name(), args=[ast.Name(id=text), *_]) as call):
            yield "missing-part", 1.9, ast.Assign(targets=[ast.Name(id=text, ctx=ast.Store())], value=call)
        case ast.Assign(targets=[ast.Name() | ast.Attribute() as target], value=ast.List(elts=[only])):
            yield "missing-part", 2.0, ast.Expr(value=_method(_load(target), "append", only))
        case ast.Expr(value=ast.Compare(left=ast.Name(id=text), ops=[ast.Eq()], comparators=[right])):
            yield "operator", 0.8, ast.Assign(targets=[ast.Name(id=text, ctx=ast.Store())], value=right)
        case ast.Expr(value=ast.BinOp(left=ast.Name(id=text), right=right)):
            yield "operator", 1.5, ast.Assign(targets=[ast.Name(id=text, ctx=ast.Store())], value=right)
        case ast.Expr(value=ast.Call(func=ast.Name(id=text), args=[value])) if text not in dir(builtins):
            yield "line", 2.4, ast.Assign(targets=[ast.Name(id=text, ctx=ast.Store())], value=value)


def swapped(block: Block, place: int) -> ast.Assign | None:
    """`a = b` and then `b = a` loses one of them: both at once."""
    match block[place : place + 2]:
        case [ast.Assign(targets=[a], value=b), ast.Assign(targets=[c], value=d)]:
            if ast.unparse(a) == ast.unparse(d) and ast.unparse(b) == ast.unparse(c):
                places, values = ast.Tuple(elts=[a, c], ctx=ast.Store()), ast.Tuple(elts=[b, d], ctx=ast.Load())
                return ast.Assign(targets=[places], value=values)
    return None


def split(block: Block, place: int, inner: Block) -> Iterator[tuple[float, Block, Block, ast.stmt]]:
    """Several steps at the end of an inner block put behind it, several behind it put inside: what becomes of the outer
    and the inner block, and the first step that moved."""
    before, holder, after = block[:place], block[place], block[place + 1 :]
    for count in range(2, len(inner)):
        yield 1.6, [*before, holder, *inner[-count:], *after], inner[:-count], inner[-count]
    for count in range(2, len(after) + 1):
        yield 1.9, [*before, holder, *after[count:]], [*inner, *after[:count]], after[0]


def hoisted(block: Block, place: int, loop: ast.stmt) -> Iterator[tuple[float, Block, Block, ast.stmt]]:
    """A start value that is set anew in each round, set before the outer loop; one set too early, set in the loop."""
    body: Block = getattr(loop, "body", [])
    for k, step in enumerate(body):
        if k and len(body) > 1 and isinstance(step, ast.Assign):
            yield 2.6, [*block[:place], step, *block[place:]], [*body[:k], *body[k + 1 :]], step
    for k in range(max(0, place - 3), place):
        if isinstance(block[k], ast.Assign):
            yield 2.4, [*block[:k], *block[k + 1 :]], [block[k], *body], block[k]


def asks_empty(test: ast.expr, text: str) -> bool:
    """Whether a condition asks if a variable holds nothing: `not x`, `x == []`, `len(x) == 0`, one of several such."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=ast.Name(id=asked)):
            return asked == text
        case ast.Compare(left=ast.Call(func=ast.Name(id="len"), args=[counted]), comparators=[ast.Constant(value=0)]):
            return isinstance(counted, ast.Name) and counted.id == text
        case ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right]):
            names = {n.id for n in ast.walk(left) if isinstance(n, ast.Name)} - {"list", "tuple"}
            return names == {text} and is_empty(right)
        case ast.BoolOp(values=[first, *_]):
            return asks_empty(first, text)
    return False


def is_empty(node: ast.expr) -> bool:
    match node:
        case ast.List(elts=[]) | ast.Tuple(elts=[]) | ast.Dict(keys=[]) | ast.Constant(value=""):
            return True
    return False


def inside_out(step: ast.stmt) -> ast.stmt | None:
    """Two statements that stand one in the other, the other way round: a `try` around a loop becomes one inside it."""
    body: Block = getattr(step, "body", [])
    if not (isinstance(step, _NESTED) and len(body) == 1 and isinstance(body[0], _NESTED)):
        return None
    inner: Any = body[0]
    if getattr(inner, "orelse", None) or (getattr(step, "orelse", None) and not isinstance(step, ast.Try)):
        return None
    return _with_body(inner, [_with_body(step, inner.body)])


_NESTED = (ast.For, ast.While, ast.If, ast.Try, ast.With)


def _with_body(step: ast.stmt, body: Block) -> ast.stmt:
    return type(step)(**{**dict(ast.iter_fields(step)), "body": body})


def exchanged(function: ast.AST) -> Iterator[tuple[float, int, tuple[tuple[ast.AST, str, Any], ...]]]:
    """Two constants, or two conditions, that stand in each other's place."""
    constants = [n for n in ast.walk(function) if isinstance(n, ast.Constant) and type(n.value) in (int, str, bool)]
    for k, first in enumerate(constants[:EXCHANGED_MAX]):
        for second in constants[k + 1 : EXCHANGED_MAX]:
            if type(first.value) is type(second.value) and first.value != second.value:
                yield 2.5, first.lineno, ((first, "value", second.value), (second, "value", first.value))
    choices = [n for n in ast.walk(function) if isinstance(n, ast.If)]
    for k, one in enumerate(choices[:EXCHANGED_MAX]):
        for other in choices[k + 1 : EXCHANGED_MAX]:
            yield 2.4, one.lineno, ((one, "test", other.test), (other, "test", one.test))
            yield 2.6, one.lineno, ((one, "body", other.body), (other, "body", one.body))
            both = ((one, "test", other.test), (other, "test", one.test), (one, "body", other.body))
            yield 2.5, one.lineno, (*both, (other, "body", one.body))


def defaults(function: ast.FunctionDef) -> Iterator[tuple[tuple[ast.AST, str, Any], ...]]:
    """A list or the like as default, which all calls share: made anew in each call."""
    names = function.args.args[len(function.args.args) - len(function.args.defaults) :]
    for k, (arg, value) in enumerate(zip(names, function.args.defaults, strict=True)):
        if not isinstance(value, ast.List | ast.Dict | ast.Set | ast.Call):
            continue
        nothing = ast.Compare(left=name(arg.arg), ops=[ast.Is()], comparators=[ast.Constant(value=None)])
        start = ast.If(test=nothing, body=[ast.Assign(targets=[ast.Name(id=arg.arg, ctx=ast.Store())], value=value)], orelse=[])  # fmt: skip
        values = [*function.args.defaults[:k], ast.Constant(value=None), *function.args.defaults[k + 1 :]]
        yield (function.args, "defaults", values), (function, "body", [start, *function.body])


# --- objects ---------------------------------------------------------------------------------------------------------


def on_objects(tree: ast.Module) -> Iterator[tuple[float, int, tuple[tuple[ast.AST, str, Any], ...]]]:
    """An attribute by another's name; a local variable that was to be one; one of all objects that was to be each's own."""
    known = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)}
    for made in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        shared = {t.id for n in made.body if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)}
        methods = [n for n in made.body if isinstance(n, ast.FunctionDef) and n.args.args]
        for method in methods:
            yield from _kept(method, known | shared)
        yield from _own(made, methods)
        for method in methods:
            for node in ast.walk(method):
                match node:
                    case ast.Attribute(value=ast.Name(id=owner), attr=attr) if attr in shared:
                        other = made.name if owner == method.args.args[0].arg else method.args.args[0].arg
                        yield 1.9, node.lineno, ((node, "value", name(other)),)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in known:
            yield from (
                (2.0, node.lineno, ((node, "attr", attr),)) for attr in sorted(known - {node.attr})[:ATTRIBUTES_MAX]
            )


def _kept(
    method: ast.FunctionDef, known: set[str]
) -> Iterator[tuple[float, int, tuple[tuple[ast.AST, str, Any], ...]]]:
    """`title = title` becomes `self.title = title`: one of them, or all of the method; a name read likewise."""
    me = method.args.args[0].arg
    every: list[tuple[ast.AST, str, Any]] = []
    for node in ast.walk(method):
        match node:
            case ast.Assign(targets=[ast.Name(id=text)]) | ast.AugAssign(target=ast.Name(id=text)):
                field = "targets" if isinstance(node, ast.Assign) else "target"
                place = ast.Attribute(value=name(me), attr=text, ctx=ast.Store())
                every.append((node, field, [place] if field == "targets" else place))
                yield 1.8, node.lineno, (every[-1],)
    if len(every) > 1:
        yield 1.7, method.body[0].lineno, tuple(every)
    local = _defined(method)
    for holder in ast.walk(method):
        for field, value in ast.iter_fields(holder):
            if isinstance(value, ast.Name) and isinstance(value.ctx, ast.Load) and value.id in known - local:
                yield (
                    0.6,
                    value.lineno,
                    ((holder, field, ast.Attribute(value=name(me), attr=value.id, ctx=ast.Load())),),
                )


def _own(
    made: ast.ClassDef, methods: Sequence[ast.FunctionDef]
) -> Iterator[tuple[float, int, tuple[tuple[ast.AST, str, Any], ...]]]:
    """A list that all objects of a class share, made anew for each."""
    for step in made.body:
        match step:
            case ast.Assign(
                targets=[ast.Name(id=text)], value=ast.List() | ast.Dict() | ast.Set() | ast.Call() as value
            ):
                start = next((method for method in methods if method.name == "__init__"), None)
                me = start.args.args[0].arg if start else "self"
                place = ast.Attribute(value=name(me), attr=text, ctx=ast.Store())
                given = ast.Assign(targets=[place], value=value)
                rest: Block = [other for other in made.body if other is not step]
                if start is not None:
                    yield 1.5, step.lineno, ((made, "body", rest), (start, "body", [given, *start.body]))
                    continue
                arguments = ast.arguments(
                    posonlyargs=[], args=[ast.arg(arg=me)], kwonlyargs=[], kw_defaults=[], defaults=[]
                )
                born = ast.FunctionDef(name="__init__", args=arguments, body=[given], decorator_list=[])
                yield 1.5, step.lineno, ((made, "body", [born, *rest]),)


# --- names that nothing defines --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unknown:
    """A name that nothing defines, the places where it is read, and what it may have been meant to be, likeliest first."""

    text: str
    uses: tuple[ast.Name, ...]
    meant: tuple[str, ...]


def unknowns(function: ast.FunctionDef | ast.Module, module: ast.Module) -> list[Unknown]:
    local = _defined(function)
    known = local | _defined(module) | set(dir(builtins))
    uses: dict[str, list[ast.Name]] = {}
    for node in ast.walk(function) if isinstance(function, ast.FunctionDef) else _outside(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in known:
            uses.setdefault(node.id, []).append(node)
    near = sorted(local)
    idle = unread(function)
    return [
        Unknown(
            text,
            tuple(sorted(places, key=lambda use: (use.lineno, use.col_offset))),
            tuple(sorted(near, key=lambda other, text=text: (other not in idle, -_alike(text, other)))),  # type: ignore[misc]
        )
        for text, places in uses.items()
    ]


def unread(function: ast.AST) -> set[str]:
    """Variables that are given a value nobody asks for: under one of them is likely what a name without one was meant to be."""
    names = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
    read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    return {node.id for node in names} - read


def _outside(module: ast.Module) -> Iterator[ast.AST]:
    """What runs as the program is read: no function's inside."""
    for step in module.body:
        if not isinstance(step, ast.FunctionDef | ast.ClassDef):
            yield from ast.walk(step)


def _alike(a: str, b: str) -> float:
    return SequenceMatcher(None, a.lower(), b.lower(), autojunk=False).ratio()


def _defined(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
    return found


def first_unlike(own: ast.stmt, other: ast.stmt, following: int | None = None) -> int:
    """The student's line at which two statements of one kind part; `following` is where what comes after them stands."""
    if type(own) is not type(other) or _header(own) != _header(other):
        return own.lineno
    last = own
    for field_name in ("body", "orelse"):
        block: Block = getattr(own, field_name, [])
        for place, (mine, theirs) in enumerate(zip_longest(block, getattr(other, field_name, []))):
            if mine is None:
                return following or int(last.end_lineno or last.lineno)
            if theirs is None:
                return int(mine.lineno)
            if ast.dump(mine) != ast.dump(theirs):
                return first_unlike(mine, theirs, block[place + 1].lineno if place + 1 < len(block) else following)
            last = mine
    return own.lineno


def _header(step: ast.stmt) -> str:
    parts = [value for key, value in ast.iter_fields(step) if key not in ("body", "orelse", "finalbody", "handlers")]
    return " ".join(ast.dump(part) if isinstance(part, ast.AST) else repr(part) for part in parts)


def starts() -> Iterator[tuple[float, ast.expr]]:
    yield 1.0, ast.List(elts=[], ctx=ast.Load())
    yield 1.1, ast.Constant(value=0)
    yield 1.5, ast.Constant(value="")
    yield 1.5, ast.Dict(keys=[], values=[])
    yield 1.7, ast.Constant(value=1)
    yield 1.8, ast.Constant(value=None)
    yield 1.9, _call("set")


# --- a value held where its element is needed ------------------------------------------------------------------------


def lifted(function: ast.AST) -> Iterator[tuple[float, int, tuple[tuple[ast.AST, str, Any], ...]]]:
    """A variable that is given `x[k]` everywhere is given `x` instead, and `[k]` is asked for where it is compared."""
    given: dict[str, list[tuple[ast.Assign, ast.Subscript]]] = {}
    for node in ast.walk(function):
        match node:
            case ast.Assign(
                targets=[ast.Name(id=text)], value=ast.Subscript(slice=ast.Constant() | ast.UnaryOp()) as value
            ):
                given.setdefault(text, []).append((node, value))
    for text, places in given.items():
        keys = {ast.dump(value.slice) for _, value in places}
        written = sum(
            isinstance(n, ast.Name) and n.id == text and isinstance(n.ctx, ast.Store) for n in ast.walk(function)
        )
        if len(keys) != 1 or written != len(places) or len(places) < 2:
            continue
        index = places[0][1].slice
        sets: list[tuple[ast.AST, str, Any]] = [(assign, "value", value.value) for assign, value in places]
        for node in ast.walk(function):
            if isinstance(node, ast.Compare):
                sets += _asked(node, text, index)
        yield 1.8, places[0][0].lineno, tuple(sets)


def _asked(node: ast.Compare, text: str, index: ast.expr) -> Iterator[tuple[ast.AST, str, Any]]:
    def item(side: ast.expr) -> ast.expr:
        asked = isinstance(side, ast.Name) and side.id == text
        return ast.Subscript(value=side, slice=index, ctx=ast.Load()) if asked else side

    if any(isinstance(side, ast.Name) and side.id == text for side in (node.left, *node.comparators)):
        yield node, "left", item(node.left)
        yield node, "comparators", [item(side) for side in node.comparators]
