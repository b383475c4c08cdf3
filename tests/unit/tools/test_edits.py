"""Edits change a tree in place and take themselves back, and the slips of beginners are among them."""

import ast

import pytest

from tools._edits import applied, edits, undo


def versions(code: str) -> list[str]:
    tree = ast.parse(code)
    found = []
    for edit in edits(tree):
        before = applied(edit)
        found.append(ast.unparse(tree))
        undo(before)
    return found


@pytest.mark.parametrize(("wrong", "right"), [
    ("def f(n):\n    return n < 3", "def f(n):\n    return n <= 3"),
    ("def f(s):\n    for x in s:\n        t = x\n        return t", "def f(s):\n    for x in s:\n        t = x\n    return t"),
    ("def f(s):\n    s.append[1]", "def f(s):\n    s.append(1)"),
    ("def f(s):\n    s = s.append(1)", "def f(s):\n    s.append(1)"),
    ("def f(s):\n    t = s.copy\n    return t", "def f(s):\n    t = s.copy()\n    return t"),
    ("def f(s):\n    t = 0\n    for x in u:\n        t += u[x]\n    return t", "def f(s):\n    t = 0\n    for x in s:\n        t += s[x]\n    return t"),
    ("def f(s):\n    for i in range(len(s)):\n        return i", "def f(s):\n    for i in s:\n        return i"),
    ("def f(s):\n    print(s)", "def f(s):\n    return s"),
    ("def f(s):\n    return s[0]", "def f(s):\n    if not s:\n        return 0\n    return s[0]"),
    ("def f(s):\n    s += 1\n    return s", "def f(s):\n    s += [1]\n    return s"),
    ("def f(d):\n    return True", "def f(d):\n    return d == 0"),
])  # fmt: skip
def test_a_beginners_slip_is_one_edit_away(wrong: str, right: str) -> None:
    assert right in versions(wrong)


def test_every_edit_takes_itself_back() -> None:
    code = (
        "def f(a, b):\n    t = []\n    for i in range(len(a)):\n        if a[i] > b and i != 0:\n            t.append(a[i:])\n"
        "        else:\n            break\n    while b:\n        b -= 1\n    return t\n"
    )
    tree = ast.parse(code)
    before = ast.dump(tree, include_attributes=True)

    for edit in edits(tree):
        undo(applied(edit))

        assert ast.dump(tree, include_attributes=True) == before


def test_the_same_program_has_the_same_edits_in_the_same_order() -> None:
    code = "def f(a, b):\n    if a < b:\n        return a\n    return b\n"

    assert versions(code) == versions(code)
