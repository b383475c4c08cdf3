"""How hard a programming exercise is, 1 to 3, by rule: steps of its solution, ideas that it needs, what its tests ask."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.ports import Exercise, Test
from tools.parse_program import parse_program

_STEP, _IDEA, _DEPTH, _DATA = 0.06, 0.14, 0.02, 0.02
_HARDER_FROM = (0.6, 0.85)
"""Fitted to the difficulties that authors gave to the shipped exercises, which are told beside their own topic only: it
agrees with them for 56 of 100 and is more than one level off for 10."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difficulty:
    """`level` is 1 (first steps) to 3 (stretch); `measured` the numbers behind it."""

    level: int
    measured: Mapping[str, float]


def estimate_difficulty(exercise: Exercise) -> Difficulty:
    """By the reference, which has to parse; one that does not counts as a stretch."""
    tree = parse_program(exercise.reference)
    if isinstance(tree, SyntaxError):
        return Difficulty(level=3, measured={})
    steps = sum(isinstance(node, ast.stmt) for node in ast.walk(tree))
    ideas = len(set(_ideas(tree)))
    depth, data = _depth(tree), max((_data(test) for test in exercise.tests), default=0)
    score = _STEP * steps + _IDEA * ideas + _DEPTH * depth + _DATA * data
    level = 1 + sum(score >= border for border in _HARDER_FROM)
    measured = {"steps": steps, "ideas": ideas, "depth": depth, "data": data, "score": round(score, 2)}
    return Difficulty(level=level, measured=measured)


def _ideas(tree: ast.AST) -> Iterator[str]:
    """Names of what has to be known."""
    for node in ast.walk(tree):
        match node:
            case ast.For() | ast.While() | ast.If() | ast.Try() | ast.With() | ast.ClassDef() | ast.Lambda():
                yield type(node).__name__
            case ast.ListComp() | ast.DictComp() | ast.SetComp() | ast.GeneratorExp():
                yield "comprehension"
            case ast.Dict() | ast.Set() | ast.Tuple() | ast.List():
                yield type(node).__name__
            case ast.BoolOp() | ast.Slice() | ast.Raise() | ast.Yield() | ast.JoinedStr() | ast.AugAssign():
                yield type(node).__name__
            case ast.Call(func=ast.Attribute()):
                yield "method"
            case ast.BinOp(op=ast.Mod() | ast.FloorDiv()):
                yield "remainder"
            case ast.FunctionDef() if any(_calls(inner, node.name) for inner in ast.walk(node)):
                yield "recursion"


def _calls(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def _depth(node: ast.AST) -> int:
    """Of blocks within blocks."""
    inner = max((_depth(child) for child in ast.iter_child_nodes(node)), default=0)
    return inner + isinstance(node, ast.For | ast.While | ast.If | ast.Try | ast.With)


def _data(test: Test) -> int:
    """How deep the values are nested that a test gives and expects."""
    return max(_nested(test.call), _nested(test.expect) if test.mode == "call" else 0)


def _nested(text: str) -> int:
    deepest = now = 0
    for sign in text:
        now += (sign in "[{") - (sign in "]}")
        deepest = max(deepest, now)
    return deepest
