"""The size of a repair is the least number of nodes to delete, insert or rename."""

import ast

import pytest

from tools._distance import at_least, distance, shape


@pytest.mark.parametrize(("before", "after", "edits"), [
    ("x = 1", "x = 1", 0),
    ("x = 1", "x = 2", 1),
    ("x = a", "x = a + 1", 3),
    ("if a:\n    b\n    c", "if a:\n    b\nc", 2),
    ("for a in b:\n    c", "c", 3),
])  # fmt: skip
def test_the_fewest_edits_are_counted(before: str, after: str, edits: int) -> None:
    a, b = shape(ast.parse(before)), shape(ast.parse(after))

    assert distance(a, b) == edits
    assert at_least(a, b) <= edits


def test_the_distance_is_the_same_both_ways() -> None:
    a = shape(ast.parse("def f(x):\n    for i in x:\n        if i:\n            return i\n"))
    b = shape(ast.parse("def f(x):\n    while x:\n        x = x[1:]\n    return x\n"))

    assert distance(a, b) == distance(b, a) > 0
