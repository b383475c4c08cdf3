"""Conditions that hold always or never, that say the opposite of what is printed under them, or that nothing resets."""

import ast
import re
from collections.abc import Iterator

from tools._scene import own, returns_nothing
from tools._slip import Slip


def conditions(tree: ast.Module) -> Iterator[Slip]:
    typed = {
        node.targets[0].id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and "input(" in ast.unparse(node.value)
    }
    for node in ast.walk(tree):
        yield from _decided(node)
        if isinstance(node, ast.If):
            yield from _opposite(node, typed)
        if isinstance(node, ast.While):
            yield from _not_reset(node)


def _decided(node: ast.AST) -> Iterator[Slip]:
    """`x != 1 or x != 2` holds for everything, `x == 1 and x == 2` for nothing."""
    match node:
        case ast.BoolOp(op=op, values=[ast.Compare(left=left, ops=[first], comparators=[a]), ast.Compare(left=again, ops=[second], comparators=[b])]) if (
            ast.dump(left) == ast.dump(again) and ast.dump(a) != ast.dump(b)
        ):  # fmt: skip
            name = ast.unparse(left)
            if isinstance(op, ast.Or) and isinstance(first, ast.NotEq) and isinstance(second, ast.NotEq):
                what = f"With `or` one true side is enough, and `{name}` always differs from at least one of the two. So the whole condition is always true."
            elif isinstance(op, ast.And) and isinstance(first, ast.Eq) and isinstance(second, ast.Eq):
                what = f"With `and` both sides must be true, and `{name}` cannot equal two different values at once. So the whole condition is never true."
            else:
                return
            yield Slip(
                line=node.lineno,
                name="decided-before",
                what=what,
                look="Say the condition aloud for one value that should end it: which of the two sides is true then?",
                change="Join the two comparisons with the other word.",
            )


_LESS = re.compile(r"\b(?:too )?(?:low|small|little|less|smaller|lower|short|young|cold)\b", re.IGNORECASE)
_MORE = re.compile(r"\b(?:too )?(?:high|big|large|much|more|bigger|higher|larger|long|old|hot)\b", re.IGNORECASE)


def _opposite(node: ast.If, typed: set[str]) -> Iterator[Slip]:
    """`if guess > secret: print("too low")`, where `guess` is what was typed in."""
    match node.test, node.body:
        case (
            ast.Compare(left=ast.Name(id=name), ops=[op], comparators=[other]),
            [ast.Expr(value=ast.Call(func=ast.Name(id="print"), args=[ast.Constant(value=str() as said)])), *_],
        ) if name in typed:
            above = isinstance(op, ast.Gt | ast.GtE)
            if not above and not isinstance(op, ast.Lt | ast.LtE):
                return
            wrong, right = (_LESS, _MORE) if above else (_MORE, _LESS)
            if re.search(r"\btoo\b", said, re.IGNORECASE) and wrong.search(said) and not right.search(said):
                yield Slip(
                    line=node.lineno,
                    name="says-the-opposite",
                    what=f"This asks whether `{name}` is {'greater' if above else 'less'} than `{ast.unparse(other)}`, and under it stands a text that says the opposite: “{said}”.",
                    look=f"When `{name}` is {'greater' if above else 'less'}, what should the player read?",
                    change="Swap the two texts, or turn the two comparisons round, but not both.",
                )


def _not_reset(outer: ast.While) -> Iterator[Slip]:
    """An inner loop whose counter has run out after the first round of the outer one."""
    for inner in outer.body:
        if not isinstance(inner, ast.While) or not isinstance(inner.test, ast.Compare):
            continue
        watched = {n.id for n in ast.walk(inner.test) if isinstance(n, ast.Name)}
        counted = {n.target.id for n in own(inner) if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name)}
        outside = {
            n.id
            for step in outer.body
            if step is not inner
            for n in ast.walk(step)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }
        leaves = any(isinstance(n, ast.Break | ast.Return) for n in ast.walk(inner))
        for name in sorted(watched & counted - outside):
            others = watched - {name}
            if not leaves and not others & outside:
                yield Slip(
                    line=inner.lineno,
                    name="not-reset",
                    what=f"`{name}` is counted up by the inner loop and never set back. After the first round of the outer loop it still holds its last value, so this inner loop does not run again.",
                    look=f"On which line should `{name}` get its first value, so that every round starts afresh?",
                    change=f"Give `{name}` its first value inside the outer loop, just before the inner one begins.",
                )


# --- worth saying only to who complains of it --------------------------------------------------------------------------


def complaints(tree: ast.Module) -> Iterator[Slip]:
    """What is often meant that way: looked at only where the student says that something comes too often, or is `None`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.For | ast.While):
            yield from _printed_each_round(node)
        if isinstance(node, ast.FunctionDef) and not returns_nothing(node) and _falls_through(node.body):
            yield Slip(
                line=node.lineno,
                name="some-ways",
                what=f"`{node.name}` gives back a value on some ways through it only. Where no `return` is met, it ends by itself and the call is `None`.",
                look="For which input is none of the conditions true, and what should come back then?",
                change="Think of the case that none of the conditions covers, and give back a value for it as well.",
            )


def _printed_each_round(loop: ast.For | ast.While) -> Iterator[Slip]:
    match loop.body:
        case [*_, ast.Expr(value=ast.Call(func=ast.Name(id="print"))) as last] if len(loop.body) > 1:
            yield Slip(
                line=last.lineno,
                name="printed-each-round",
                what=f"This line is moved in as far as the lines above it, so it belongs to the loop of line {loop.lineno} and runs in every round.",
                look="Should it run in each round, or once when the loop is over?",
                change="How far a line is moved in says what it belongs to: bring it back to where the loop's first line starts if it should run once.",
            )


def _falls_through(body: list[ast.stmt]) -> bool:
    match body[-1]:
        case ast.Return() | ast.Raise() | ast.While() | ast.Try() | ast.With() | ast.Match():
            return False
        case ast.If(body=yes, orelse=no):
            return not no or _falls_through(yes) or _falls_through(no)
    return True
