"""Draws what a text of the course tells of, where it holds vectors or draws from a bag, and its checked answer agrees."""

import re
from collections.abc import Sequence

from tools.draw_trace import Picture
from tools.draw_tree import draw_tree, read_draws
from tools.draw_vectors import draw_vectors, read_vectors

_FENCE = re.compile(r"```maths\s*\n(.*?)```", re.DOTALL)


def draw_task(text: str, answers: Sequence[str]) -> Picture | None:
    """None where nothing is read, or none of the answers is what the picture would say."""
    if (draws := read_draws(text)) and any(draws.gives(answer) for answer in answers):
        return draw_tree(draws)
    if (steps := read_vectors(text)) and any(steps.gives(answer) for answer in answers):
        return draw_vectors(steps)
    return None


def draw_passage(body: str) -> Picture | None:
    """Of a piece of a lesson, with the last lines of its worked examples as answers: the algebra system checked them."""
    answers = [lines[-1] for fence in _FENCE.findall(body) if (lines := fence.strip().split("\n"))]
    return draw_task(body, answers)
