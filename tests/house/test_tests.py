"""The tests themselves: none may depend on which test ran before it."""

import ast
from pathlib import Path

from tests.house.test_rooms import ROOT


def test_no_coroutine_asks_for_a_fixture_by_name() -> None:
    """One that is already open is given; one that is not cannot begin inside a running loop, and then fails for every
    later test of the session too."""
    asking = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sorted((ROOT / "tests").glob("**/*.py"))
        for call in _asked_in_coroutines(path)
    ]

    assert asking == []


def _asked_in_coroutines(path: Path) -> list[ast.Attribute]:
    coroutines = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.AsyncFunctionDef)]
    inside = (node for coroutine in coroutines for node in ast.walk(coroutine))
    return [node for node in inside if isinstance(node, ast.Attribute) and node.attr == "getfixturevalue"]
