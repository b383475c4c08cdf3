"""Puts a number on how hard a program is to test and to keep up, read from its tree alone."""

import ast
import math
from dataclasses import dataclass

from learning.code_metrics import measure

EASY, HARD = 5, 10
"""Ways through one function: up to the first few tests do, beyond the second it is better cut (McCabe 1976)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """`complexity` is McCabe's, of the most branched function `busiest` or (then empty) of the code outside; `depth` counts
    blocks in each other; `maintainability` runs from 0 to 100 (Oman and Hagemeister 1992, scaled as radon does)."""

    lines: int
    functions: int
    complexity: int
    busiest: str
    depth: int
    maintainability: int

    def facts(self) -> dict[str, int]:
        return {
            "lines": self.lines, "functions": self.functions, "complexity": self.complexity, "depth": self.depth,
            "maintainability": self.maintainability,
        }  # fmt: skip


def measure_structure(tree: ast.Module, code: str) -> Structure:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    outside = ast.Module([node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef)], [])
    ways = [(_ways(function), function.name) for function in functions] + [(_ways(outside), "")]
    most, busiest = max(ways, key=lambda one: one[0])
    lines = [line.strip() for line in code.split("\n") if line.strip()]
    return Structure(
        lines=len(lines),
        functions=len(functions),
        complexity=most,
        busiest=busiest,
        depth=max(nesting(tree.body), *(nesting(function.body) for function in functions), 0),
        maintainability=_maintainability(tree, sum(count for count, _ in ways), lines),
    )


def structure_words(structure: Structure) -> str:
    """One sentence or two for the student."""
    where = f"`{structure.busiest}`" if structure.busiest else "the program"
    ways = structure.complexity
    if ways == 1:
        verdict = f"There is one way through {where} (cyclomatic complexity 1)"
    else:
        grade = "easy to test" if ways <= EASY else "a good deal to test" if ways <= HARD else "too many to test well"
        verdict = f"There are {ways} ways through {where} (cyclomatic complexity {ways}), which is {grade}"
    depth = {0: "no block stands in another one", 1: "blocks are one level deep"}.get(
        structure.depth, f"blocks are up to {structure.depth} levels deep"
    )
    return f"{verdict}; {depth}."


def nesting(block: list[ast.stmt]) -> int:
    """How many blocks stand in each other, a chain of `elif` counting once."""
    deepest = 0
    for statement in block:
        if not isinstance(statement, (ast.If, ast.For, ast.While, ast.With, ast.Try)):
            continue
        deepest = max(deepest, 1 + nesting(statement.body))
        orelse: list[ast.stmt] = getattr(statement, "orelse", [])
        chained = isinstance(statement, ast.If) and len(orelse) == 1 and isinstance(orelse[0], ast.If)
        deepest = max(deepest, nesting(orelse) + (0 if chained else 1) if orelse else 0)
    return deepest


def _ways(node: ast.AST) -> int:
    return int(measure(ast.unparse(node)).get("complexity", 1))


def _maintainability(tree: ast.Module, ways: int, lines: list[str]) -> int:
    if not lines:
        return 100
    comments = sum(line.startswith("#") for line in lines) / len(lines)
    raw = 171 - 5.2 * math.log(max(_volume(tree), 1)) - 0.23 * ways - 16.2 * math.log(len(lines))
    return round(min(100, max(0, (raw + 50 * math.sin(math.sqrt(2.4 * comments))) * 100 / 171)))


def _volume(tree: ast.Module) -> float:
    """Halstead's: how many operators and operands there are, by how many different ones (1977)."""
    operators: list[str] = []
    operands: list[str] = []
    for node in ast.walk(tree):
        match node:
            case ast.BinOp() | ast.UnaryOp() | ast.AugAssign() | ast.BoolOp():
                operators.append(type(node.op).__name__)
            case ast.Compare():
                operators += [type(op).__name__ for op in node.ops]
            case ast.Name(id=name):
                operands.append(name)
            case ast.Constant(value=value):
                operands.append(repr(value))
    return (len(operators) + len(operands)) * math.log2(max(len({*operators}) + len({*operands}), 1))
