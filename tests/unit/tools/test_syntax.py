"""A program that does not parse is mended near where Python stumbled."""

import ast

import pytest

from tools._syntax import mend
from tools.parse_program import compiles


@pytest.mark.parametrize(("broken", "right"), [
    ("ofr i in x:\n    print(i)\n", "for i in x:\n    print(i)\n"),
    ("def f(x):\n    retrun x\n", "def f(x):\n    return x\n"),
    ("f(x):\n    return x\n", "def f(x):\n    return x\n"),
    ("x = [] for i in y:\n    x.append(i)\n", "x = []\nfor i in y:\n    x.append(i)\n"),
    ("while x:\n        y = 1\n    z = 2\n", "while x:\n    y = 1\n    z = 2\n"),
    ("x = (a[(1])\n", "x = (a[1])\n"),
])  # fmt: skip
def test_what_was_meant_is_found(broken: str, right: str) -> None:
    fixed = mend(broken)

    assert fixed is not None
    assert ast.dump(ast.parse(fixed)) == ast.dump(ast.parse(right))


def test_two_slips_in_two_places_are_both_mended() -> None:
    fixed = mend("def f(x:\n    if x = 1\n        retrun x\n    return 0\n")

    assert fixed is not None
    assert compiles(fixed)
    assert "return x" in fixed


@pytest.mark.parametrize(
    "text", ["", ")))", "((((\n" * 20, "if\n" * 30, "'''\nx", "\x00", "x = '\n\\", "    \n\t y\n  z", "else:\n" * 9]
)
def test_whatever_it_is_the_search_comes_to_an_end(text: str) -> None:
    fixed = mend(text)

    assert fixed is None or compiles(fixed)
