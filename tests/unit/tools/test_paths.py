"""A path leads to one version of a program and back, and what it left possible can follow."""

import ast

import pytest

from tools._paths import Paths, Steps

CODE = "def f(s):\n    t = []\n    for x in s:\n        if x < 3:\n            t.append(x)\n    return s\n"


def paths(code: str = CODE, *donors: str) -> Paths:
    return Paths(code, donors, ())


def versions(at: Paths, path: Steps = ()) -> dict[str, Steps]:
    """Each version one step further, with the first path that leads to it."""
    found: dict[str, Steps] = {}
    with at.along(path):
        steps = [step for step, _ in at.further(path)]
    for step in steps:
        found.setdefault(at.written((*path, step)), (*path, step))
    return found


def test_what_a_path_changed_is_taken_back() -> None:
    at = paths()
    before = ast.dump(at.tree, include_attributes=True)

    for path in list(versions(at).values())[:200]:
        at.written(path)

        assert ast.dump(at.tree, include_attributes=True) == before


def test_two_changes_are_made_together() -> None:
    at = paths()
    first = versions(at)[ast.unparse(ast.parse(CODE.replace("return s", "return t")))]

    both = ast.unparse(ast.parse(CODE.replace("return s", "return t").replace("< 3", "<= 3")))

    assert both in versions(at, first)


def test_two_steps_of_one_block_are_put_in_one_after_the_other() -> None:
    code = "def f(s):\n    for x in s:\n        n += 1\n"
    at = paths(code)
    first = versions(at)["def f(s):\n    n = 0\n    for x in s:\n        n += 1"]

    assert "def f(s):\n    n = 0\n    for x in s:\n        n += 1\n    return n" in versions(at, first)


def test_a_variable_that_a_change_brought_can_be_returned() -> None:
    code = "def f(s):\n    for x in s:\n        kept.append(x)\n"
    at = paths(code)
    first = versions(at)["def f(s):\n    kept = []\n    for x in s:\n        kept.append(x)"]

    assert "def f(s):\n    kept = []\n    for x in s:\n        kept.append(x)\n    return kept" in versions(at, first)


def test_what_a_change_made_new_can_be_changed_again() -> None:
    donor = "def f(s):\n    return sorted(s, reverse=True)\n"
    at = paths("def f(s):\n    return s\n", donor)
    first = versions(at)["def f(s):\n    return sorted(s, reverse=True)"]

    assert "def f(s):\n    return sorted(s, reverse=False)" in versions(at, first)


def test_a_path_means_the_same_wherever_it_is_followed() -> None:
    here, there = paths(), paths()

    for text, path in list(versions(here, next(iter(versions(here).values()))).items())[:100]:
        assert there.written(path) == text


@pytest.mark.parametrize("path", [(10**9,), (0, 10**9), (-1,)])
def test_a_path_that_there_is_not_is_refused(path: Steps) -> None:
    with pytest.raises(IndexError):
        paths().written(path)


def test_no_version_holds_itself() -> None:
    at = paths("def f(a, b):\n    for i in range(len(a)):\n        if a[i] + b[i] > a[0]:\n            return a[i]\n")

    for path in list(versions(at).values())[:60]:
        for text in list(versions(at, path))[:40]:
            ast.parse(text)
