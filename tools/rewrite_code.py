"""Writes one finding of a review into the program, where that is safe to try: only the lines concerned change."""

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile
from operator import eq
from textwrap import dedent

from tools.parse_program import compiles, parse_program
from tools.review_code import Edit, Finding

Change = Callable[[ast.stmt, list[ast.stmt]], list[ast.stmt] | None]
"""From a statement, with its neighbour where the rule needs one, to those in their place; None when it does not apply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """The whole program with one finding taken up, and the new lines alone."""

    program: str
    lines: str


def rewrite_code(code: str, finding: Finding) -> Rewrite | None:
    """None where no rewrite is known, or comments would be lost."""
    change = None if finding.source else _CHANGES.get(finding.rule)
    tree = parse_program(code)
    if finding.edits:
        return _edited(code, finding.edits)
    if finding.rule == "one-line" and isinstance(tree, ast.Module):
        return _unfolded(code, tree, finding.line)
    if change is None or isinstance(tree, SyntaxError):
        return None
    place = _place(tree, finding.line)
    if place is None:
        return None
    block, at = place
    first = max(0, at - 1) if finding.rule in _WITH_THE_ONE_BEFORE else at
    last = at + 1 if finding.rule in _WITH_THE_ONE_AFTER and not getattr(block[at], "orelse", []) else at
    new = change(block[at], [*block[first:at], *block[at + 1 : last + 1]])
    return None if new is None else _put(code, block[first], block[min(last, len(block) - 1)], new)


_WITH_THE_ONE_BEFORE = {"manual-sum", "append-loop"}
_WITH_THE_ONE_AFTER = {"return-condition"}


def _place(tree: ast.Module, line: int) -> tuple[list[ast.stmt], int] | None:
    """The innermost block and place of the statement that begins on the line, or that holds it."""
    best: tuple[list[ast.stmt], int] | None = None
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if not isinstance(block, list):
                continue
            for at, one in enumerate(block):
                holds = isinstance(one, ast.stmt) and one.lineno <= line <= (one.end_lineno or one.lineno)
                if holds and (best is None or one.lineno >= best[0][best[1]].lineno):
                    best = (block, at)
    return best


def _edited(code: str, edits: Sequence[Edit]) -> Rewrite | None:
    """What a linter offers, put in from the end on; where nothing is left to show, words do better."""
    lines = code.splitlines(keepends=True)
    starts = [0, *accumulate(map(len, lines))]
    done = code
    for edit in sorted(edits, key=lambda one: (one.line, one.column), reverse=True):
        if not (edit.line <= len(starts) and edit.end_line <= len(starts)):
            return None
        first, last = starts[edit.line - 1] + edit.column - 1, starts[edit.end_line - 1] + edit.end_column - 1
        done = done[:first] + edit.content + done[last:]
    old, new = code.splitlines(), done.splitlines()
    same = len(list(takewhile(bool, map(eq, old, new))))
    tail = len(list(takewhile(bool, map(eq, old[same:][::-1], new[same:][::-1]))))
    changed, gone = new[same : len(new) - tail], old[same : len(old) - tail]
    if not changed or not compiles(done) or any("#" in line for line in gone):
        return None
    return Rewrite(program=done, lines=dedent("\n".join(changed)))


def _unfolded(code: str, tree: ast.Module, line: int) -> Rewrite | None:
    """All that begins on one line, each on a line of its own."""
    for node in ast.walk(tree):  # outer blocks come first
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            here = (
                [one for one in block if isinstance(one, ast.stmt) and one.lineno == line]
                if isinstance(block, list)
                else []
            )
            if here:
                return _put(code, here[0], here[-1], here)
    return None


def _put(code: str, first: ast.stmt, last: ast.stmt, new: list[ast.stmt]) -> Rewrite | None:
    lines = code.split("\n")
    begin, end = first.lineno - 1, last.end_lineno or last.lineno
    old = lines[begin:end]
    if any("#" in line for line in old) or lines[begin][: first.col_offset].strip():
        return None
    indent = " " * first.col_offset
    made = ast.unparse(ast.fix_missing_locations(ast.Module(body=new, type_ignores=[]))).split("\n")
    done = "\n".join([*lines[:begin], *(indent + line if line else line for line in made), *lines[end:]])
    if not compiles(done) or made == [line[first.col_offset :] for line in old]:
        return None
    return Rewrite(program=done, lines=dedent("\n".join(made)))


# --- one change a rule


class _Each(ast.NodeTransformer):
    """Puts the expression that `change` gives in the place of each that it knows, inside one statement."""

    def __init__(self, change: Callable[[ast.expr], ast.expr | None]) -> None:
        self.change = change

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        return (self.change(node) or node) if isinstance(node, ast.expr) else node


def _each(change: Callable[[ast.expr], ast.expr | None]) -> Change:
    def changed(statement: ast.stmt, beside: list[ast.stmt]) -> list[ast.stmt] | None:
        return [_Each(change).visit(ast.parse(ast.unparse(statement)).body[0])]

    return changed


def _none(node: ast.expr) -> ast.expr | None:
    match node:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq() as op], comparators=[ast.Constant(value=None) as none]):
            return ast.Compare(left=left, ops=[ast.Is() if isinstance(op, ast.Eq) else ast.IsNot()], comparators=[none])
    return None


def _truth(node: ast.expr) -> ast.expr | None:
    match node:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq() as op], comparators=[ast.Constant(value=bool(said))]):
            return left if said is isinstance(op, ast.Eq) else ast.UnaryOp(op=ast.Not(), operand=left)
    return None


def _value(node: ast.expr) -> ast.expr | None:
    match node:
        case ast.Compare(
            left=left, ops=[ast.Is() | ast.IsNot() as op], comparators=[ast.Constant(value=str() | int()) as c]
        ):
            return ast.Compare(left=left, ops=[ast.Eq() if isinstance(op, ast.Is) else ast.NotEq()], comparators=[c])
    return None


def _membership(node: ast.expr) -> ast.expr | None:
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=ast.Compare(left=left, ops=[ast.In()], comparators=[right])):
            return ast.Compare(left=left, ops=[ast.NotIn()], comparators=[right])
    return None


def _condition(statement: ast.stmt, beside: list[ast.stmt]) -> list[ast.stmt] | None:
    match statement:
        case ast.If(test=test, body=[ast.Return(value=ast.Constant(value=bool(first)))], orelse=orelse):
            match orelse or beside:
                case [ast.Return(value=ast.Constant(value=bool(second)))] if first is not second:
                    test = _Each(_truth).visit(ast.parse(ast.unparse(test), mode="eval").body)
                    asked: ast.expr = test if _is_truth(test) or not first else _call("bool", test)
                    return [ast.Return(value=asked if first else ast.UnaryOp(op=ast.Not(), operand=asked))]
    return None


def _is_truth(test: ast.expr) -> bool:
    match test:
        case ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return True
        case ast.BoolOp(values=values):
            return all(map(_is_truth, values))
    return False


def _items(statement: ast.stmt, beside: list[ast.stmt]) -> list[ast.stmt] | None:
    """`for i in range(len(xs))` where i only reads xs[i]: go through the items."""
    match statement:
        case ast.For(
            target=ast.Name(id=index), iter=ast.Call(args=[*_, ast.Call(args=[ast.Name(id=what)])] as bounds)
        ) if len(bounds) == 1:
            name = _item_name(what, statement)

            def read(node: ast.expr) -> ast.expr | None:
                match node:
                    case ast.Subscript(value=ast.Name(id=held), slice=ast.Name(id=at)) if (held, at) == (what, index):
                        return ast.Name(id=name, ctx=ast.Load())
                return None

            copy = ast.parse(ast.unparse(statement)).body[0]
            assert isinstance(copy, ast.For)
            copy.target, copy.iter = ast.Name(id=name, ctx=ast.Store()), ast.Name(id=what, ctx=ast.Load())
            copy.body = [_Each(read).visit(one) for one in copy.body]
            return [copy]
    return None


def _item_name(what: str, statement: ast.stmt) -> str:
    """`number` for `numbers`; never a name that is used in the loop already."""
    used = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
    wanted = what[:-1] if len(what) > 3 and what.endswith("s") and not what.endswith("ss") else "item"
    return wanted if wanted not in used else f"one_{wanted}"


def _sum(statement: ast.stmt, beside: list[ast.stmt]) -> list[ast.stmt] | None:
    match statement, beside:
        case (
            ast.For(
                target=ast.Name(id=item),
                iter=over,
                body=[ast.AugAssign(target=ast.Name(id=total), value=ast.Name(id=added))],
                orelse=[],
            ),
            [ast.Assign(targets=[ast.Name(id=start)], value=ast.Constant(value=0))],
        ) if item == added and start == total:
            return [_assign(total, _call("sum", over))]
    return None  # fmt: skip


def _collected(statement: ast.stmt, beside: list[ast.stmt]) -> list[ast.stmt] | None:
    """A loop that only appends to a list that was just begun: a comprehension."""
    match statement, beside:
        case (
            ast.For(target=ast.Name() as item, iter=over, body=[inner], orelse=[]),
            [ast.Assign(targets=[ast.Name(id=start)], value=ast.List(elts=[]))],
        ):
            tests, last = (
                ([inner.test], inner.body) if isinstance(inner, ast.If) and not inner.orelse else ([], [inner])
            )
            match last:
                case [
                    ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=held), attr="append"), args=[value]))
                ] if held == start and start not in _names(over, value, *tests):
                    loop = ast.comprehension(target=item, iter=over, ifs=tests, is_async=0)
                    return [_assign(start, ast.ListComp(elt=value, generators=[loop]))]
    return None


def _names(*parts: ast.expr) -> set[str]:
    return {node.id for part in parts for node in ast.walk(part) if isinstance(node, ast.Name)}


def _augmented(statement: ast.stmt, beside: list[ast.stmt]) -> list[ast.stmt] | None:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.BinOp(left=ast.Name(id=same), op=op, right=right)) if (
            name == same
        ):
            return [ast.AugAssign(target=ast.Name(id=name, ctx=ast.Store()), op=op, value=right)]
    return None


def _assign(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign(targets=[ast.Name(id=name, ctx=ast.Store())], value=value)


def _call(name: str, argument: ast.expr) -> ast.expr:
    return ast.Call(func=ast.Name(id=name, ctx=ast.Load()), args=[argument], keywords=[])


_CHANGES: dict[str, Change] = {
    "none-comparison": _each(_none), "true-comparison": _each(_truth), "is-literal": _each(_value), "not-in": _each(_membership),
    "return-condition": _condition, "range-len": _items, "manual-sum": _sum, "append-loop": _collected,
    "self-assign": _augmented,
}  # fmt: skip
