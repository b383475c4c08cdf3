"""How a student's program is built, read from its syntax and never run: branches, size, functions."""

import ast
import warnings
from collections.abc import Iterator

_CHARS_MAX = 20_000
_BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.IfExp, ast.ExceptHandler, ast.comprehension, ast.match_case)


def measure(program: str) -> dict[str, float]:
    """`complexity` is McCabe's of the most branched function or of the code outside them; `lines` are those with code. Empty
    for what is no Python that can be read."""
    if not program.strip() or len(program) > _CHARS_MAX:
        return {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the student's own escapes and comparisons
            tree = ast.parse(program)
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        complexity = max(_complexity(node) for node in [tree, *functions])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    lines = {node.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt)}
    return {"complexity": float(complexity), "lines": float(len(lines)), "functions": float(len(functions))}


def _complexity(root: ast.AST) -> int:
    """One way through, and one more for every branch and every further operand of `and` and `or`."""
    found = 1
    for node in _own(root):
        if isinstance(node, ast.BoolOp):
            found += len(node.values) - 1
        elif isinstance(node, _BRANCHES):
            found += 1
    return found


def _own(root: ast.AST) -> Iterator[ast.AST]:
    """All below it, but not what belongs to a function inside it."""
    waiting = list(ast.iter_child_nodes(root))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += ast.iter_child_nodes(node)
