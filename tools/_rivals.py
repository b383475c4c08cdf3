"""Which of several changes that pass every test is the one that was meant: what each would leave the program like.

Tests alone seldom tell: where one line could be mended, another often could too. What tells then is what people write.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

ODD_FROM = 2
"""Numbers below it stand in any program; another one that the program did not hold is likely made up for the tests' sake."""
MENDED_MAX = 2
MENDED, PUTS, KEEPS, ODD, AGAIN = 0.9, 0.85, 0.3, 0.4, 0.5
_METHODS = {
    "append", "extend", "insert", "remove", "pop", "sort", "reverse", "clear", "copy", "index", "count", "lower", "upper", "strip", "lstrip",
    "rstrip", "split", "join", "replace", "keys", "values", "items", "get", "update", "add", "discard", "isdigit", "isalpha", "startswith",
    "endswith", "title", "capitalize", "find",
}  # fmt: skip
_GIVES_ONLY = {"lower", "upper", "strip", "lstrip", "rstrip", "replace", "title", "capitalize", "join", "split", "copy", "index", "count", "sorted", "reversed", "list", "len", "str", "int"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trace:
    """What a change does to a program. `mended`: how many places that cannot have been meant are right now, less than 0
    for new ones; `odd`: it holds a new number; `puts`: all it does is to add steps; `keeps`: the same steps stand there,
    some elsewhere or not at all."""

    mended: int
    odd: bool
    puts: bool
    keeps: bool


class Reading:
    """A student's program, read once for all changes to it."""

    def __init__(self, tree: ast.AST) -> None:
        self._useless = useless(tree)
        self._steps = Counter(_steps(tree))
        self._numbers = set(_numbers(tree))

    def trace(self, code: str) -> Trace:
        """Raises SyntaxError, RecursionError."""
        tree = ast.parse(code)
        steps = Counter(_steps(tree))
        new, gone = steps - self._steps, self._steps - steps
        mended = self._useless - useless(tree)
        return Trace(
            mended=max(-MENDED_MAX, min(MENDED_MAX, mended)),
            odd=any(number >= ODD_FROM and number not in self._numbers for number in _numbers(tree)),
            puts=bool(new) and not gone,
            keeps=not new,
        )

    def strange(self, code: str, changes: int) -> float:
        """How unlikely what a version of so many changes leaves is to be what was meant, in the cost of a change."""
        trace = self.trace(code)
        return (
            PUTS * trace.puts + ODD * trace.odd - KEEPS * trace.keeps - MENDED * trace.mended + AGAIN * (changes - 1)
        )


def useless(tree: ast.AST) -> int:
    """How many places are surely not what was meant: a method named and not called, a value made and dropped, one kept
    that nobody reads, a condition under which nothing is done."""
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    kept = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AugAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    return len(kept - read) + sum(_idle(node) for node in ast.walk(tree)) + _uncalled(tree)


def _idle(node: ast.AST) -> bool:
    match node:
        case ast.If(body=[ast.Pass()], orelse=[]):
            return True
        case ast.Expr(value=ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name))):
            return name in _GIVES_ONLY
        case ast.Expr(value=value):
            return not isinstance(value, ast.Call | ast.Constant | ast.Yield | ast.YieldFrom | ast.Await | ast.ListComp)
    return False


def _uncalled(tree: ast.AST) -> int:
    """Not those handed to a call, as in `key=str.lower`."""
    named = {
        id(node) for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and node.attr in _METHODS
    }  # fmt: skip
    used = {
        id(child) for node in ast.walk(tree) if isinstance(node, ast.Call | ast.keyword) for child in ast.iter_child_nodes(node)
    }  # fmt: skip
    return len(named - used)


def _steps(tree: ast.AST) -> Iterator[str]:
    """Every statement without what stands inside it, and without `pass`, which holds a place."""
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not isinstance(node, ast.Pass):
            blocks = ("body", "orelse", "finalbody", "handlers")
            parts = [value for name, value in ast.iter_fields(node) if name not in blocks]
            shown = (ast.dump(part) if isinstance(part, ast.AST) else _listed(part) for part in parts)
            yield f"{type(node).__name__} {' '.join(shown)}"


def _listed(part: object) -> str:
    if isinstance(part, list):
        return " ".join(ast.dump(item) if isinstance(item, ast.AST) else repr(item) for item in part)
    return repr(part)


def _numbers(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and type(node.value) is int:
            yield abs(node.value)
