"""Tells whether an exercise is too near to one that is there already: in its words, its meaning, or its program."""

import ast
import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence

from core.errors import CourseUnavailable
from core.ports import Exercise
from tools._distance import NODES_MAX, Shape, at_least, distance, shape
from tools.parse_program import parse_program

WORDS_ALIKE = 0.45
"""Share of three-word runs in common (Broder 1997), from which on two statements say the same."""
MEANING_ALIKE = 0.93
"""Cosine of two statements' embeddings: two tasks on one topic lie near 0.7 to 0.9."""
PROGRAM_ALIKE = 0.08
"""Edits of the tree, as a share of its nodes, up to which two solutions are one."""
_RUN = 3

Embed = Callable[[Sequence[str]], Awaitable[Sequence[Sequence[float]]]]


async def find_duplicate(new: Exercise, others: Sequence[Exercise], embed: Embed) -> tuple[Exercise, str] | None:
    """The one that it repeats, and by what. Without embeddings words and programs have to do."""
    if repeats := await asyncio.to_thread(_first_alike, new, others):
        return repeats
    near = [other for other in others if other.topic == new.topic]
    if not near:
        return None
    try:
        mine, *theirs = await embed([new.statement, *(other.statement for other in near)])
    except CourseUnavailable:
        return None
    for other, vector in zip(near, theirs, strict=True):
        if sum(a * b for a, b in zip(mine, vector, strict=True)) >= MEANING_ALIKE:
            return other, "what it asks"
    return None


def _first_alike(new: Exercise, others: Sequence[Exercise]) -> tuple[Exercise, str] | None:
    return next(((other, why) for other in others if (why := _alike(new, other))), None)


def _alike(new: Exercise, other: Exercise) -> str:
    if _plain(new.title) == _plain(other.title):
        return "its title"
    mine, theirs = _runs(new.statement), _runs(other.statement)
    if mine and theirs and len(mine & theirs) / min(len(mine), len(theirs)) >= WORDS_ALIKE:
        return "the words of its task"
    if new.subject == other.subject == "python" and same_solution(new.reference, other.reference):
        return "its solution"
    return ""


def same_solution(a: str, b: str) -> bool:
    """Whether two programs are one but for the names and a little more."""
    one, two = outline(a), outline(b)
    if one is None or two is None:
        return False
    size = max(len(one.labels), len(two.labels))
    most = int(PROGRAM_ALIKE * size)
    if abs(len(one.labels) - len(two.labels)) > most or at_least(one, two) > most:
        return False
    return size <= NODES_MAX and distance(one, two) <= most


def outline(program: str) -> Shape | None:
    """The tree with every name of the program's own numbered in order, docstrings left out; None when it does not parse."""
    tree = parse_program(program)
    if isinstance(tree, SyntaxError):
        return None
    return shape(_renamed(_undocumented(tree)))


def _undocumented(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.Module | ast.ClassDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def _renamed(tree: ast.Module) -> ast.Module:
    own = list(dict.fromkeys(_own_names(tree)))
    numbered = {name: f"n{number}" for number, name in enumerate(own)}
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) if name in numbered:
                node.id = numbered[name]
            case ast.arg(arg=name) if name in numbered:
                node.arg = numbered[name]
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) if name in numbered:
                node.name = numbered[name]
    return tree


def _own_names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.casefold()))


def _runs(text: str) -> set[tuple[str, ...]]:
    words = _plain(text).split()
    return {tuple(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1)}
