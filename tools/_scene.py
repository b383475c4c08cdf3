"""Where an error happened: the program's tree, the line, and what names held then; read, never run."""

import ast
import builtins
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.ports import Raised
from tools.parse_program import parse_program

Function = ast.FunctionDef | ast.AsyncFunctionDef
BUILTIN = frozenset(name for name in dir(builtins) if not name.startswith("_") and name[0].islower())
_BLOCKS = (ast.If, ast.For, ast.While, ast.Try, ast.With, ast.Match)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`line` is 0 when it is not known; `held` are the values then, as their reprs."""

    tree: ast.Module
    code: str
    line: int
    message: str
    held: Mapping[str, str]

    @property
    def source(self) -> str:
        lines = self.code.split("\n")
        return lines[self.line - 1].strip() if 0 < self.line <= len(lines) else ""

    def here(self) -> Iterator[ast.AST]:
        """The nodes that begin on the line."""
        return (node for node in ast.walk(self.tree) if getattr(node, "lineno", 0) == self.line)

    def functions(self) -> list[Function]:
        return [node for node in ast.walk(self.tree) if isinstance(node, Function)]

    def around(self) -> Function | None:
        """The innermost function that the line belongs to."""
        holding = [one for one in self.functions() if one.lineno < self.line <= (one.end_lineno or one.lineno)]
        return max(holding, key=lambda one: one.lineno, default=None)

    def function(self, name: str) -> Function | None:
        return next((one for one in self.functions() if one.name == name), None)

    def value(self, node: ast.expr) -> object:
        """What an expression of names, numbers and `len` came to, or None where that cannot be told."""
        match node:
            case ast.Name(id=name):
                return literal(self.held.get(name, ""))
            case ast.Call(func=ast.Name(id="len"), args=[inner]):
                return size(self.value(inner))
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
                first, second = self.value(left), self.value(right)
                if isinstance(first, int) and isinstance(second, int):
                    return first + second if isinstance(op, ast.Add) else first - second
                return None
            case ast.Attribute() | ast.Call() | ast.Subscript():
                return None
        return literal(ast.unparse(node))


def scene_of(raised: Raised, code: str) -> Scene | None:
    tree = parse_program(code)
    if isinstance(tree, SyntaxError):
        return None
    return Scene(tree=tree, code=code, line=raised.line or 0, message=raised.message, held=raised.locals)


def literal(value: str) -> object:
    try:
        return ast.literal_eval(value)
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return None


def size(value: object) -> int | None:
    return len(value) if isinstance(value, list | tuple | str | dict | set | bytes) else None


def own(node: ast.AST) -> Iterator[ast.AST]:
    """What belongs to a scope, without that of functions and classes in it."""
    waiting = list(ast.iter_child_nodes(node))
    while waiting:
        inner = waiting.pop()
        yield inner
        if not isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            waiting += ast.iter_child_nodes(inner)


def given(scope: ast.AST, name: str) -> list[int]:
    """The lines on which the scope itself gives the name a value, in order."""
    lines = []
    for node in own(scope):
        match node:
            case ast.Name(id=same, ctx=ast.Store()) if same == name:
                lines.append(node.lineno)
            case ast.FunctionDef(name=same) | ast.AsyncFunctionDef(name=same) | ast.ClassDef(name=same) if same == name:
                lines.append(node.lineno)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                lines += [node.lineno for one in names if (one.asname or one.name.split(".")[0]) == name]
    return sorted(lines)


def block_around(scope: ast.AST, line: int) -> ast.AST | None:
    """The outermost `if`, loop or the like of the scope that holds the line."""
    blocks = [node for node in own(scope) if isinstance(node, _BLOCKS) and node.lineno < line <= (node.end_lineno or 0)]
    return min(blocks, key=lambda node: getattr(node, "lineno", 0), default=None)


def returns_nothing(function: Function) -> bool:
    """No `return` in it gives a value."""
    return not any(
        isinstance(node, ast.Yield | ast.YieldFrom) or (isinstance(node, ast.Return) and node.value is not None)
        for node in own(function)
    )
