"""The first line that does not follow is found, and lost or gained solutions are named."""

import pytest

from cas import working

WRONG = [
    (["2x + 3 = 7", "2x = 10", "x = 5"], 1, "sign error"),
    (["x^2 = 5x", "x = 5"], 1, "divided by zero"),
    (["x(x-1) = 2(x-1)", "x = 2"], 1, "divided by zero"),
    (["x^2 = 9", "x = 3"], 1, "lost root"),
    (["√(x+2) = x", "x + 2 = x^2", "x = 2 or x = -1"], 1, "squared both sides"),
    (["(x+3)^2", "= x^2 + 9"], 1, "bracket expansion"),
    (["3(x+2) = 15", "3x + 2 = 15", "3x = 13"], 1, "bracket expansion"),
    (["-2x < 6", "x < -3"], 1, "inequality reversed"),
    (["x^2 - 5x + 6 = 0", "(x-2)(x-3) = 0", "x = -2 or x = -3"], 2, "sign error"),
    (["x^2 + 2x = 8", "x(x+2) = 8", "x = 8 or x = 6"], 2, "zero product"),
    (["2x+y=7, x-y=2", "3x = 9", "x = 4"], 2, "arithmetic"),
    (["sin x = 1/2", "x = π/3"], 1, ""),
]  # fmt: skip

RIGHT = [
    ["2x + 3 = 7", "2x = 4", "x = 2"],
    ["x^2 = 9", "x = ±3"],
    ["x² − 5x + 6 = 0", "⇒ (x−2)(x−3) = 0", "so x = 2 or x = 3"],
    ["y = 2x + 1", "y = 2(x+1) - 1"],
    ["dy/dx = 3x^2 + 2x", "= x(3x+2)"],
    ["e^(2x) = 5", "2x = ln 5", "x = ln(5)/2"],
    ["2x + y = 7, x - y = 2", "3x = 9", "x = 3"],
    ["-2x < 6", "x > -3"],
    ["(x+1)/2 = 3", "x + 1 = 6", "x = 5"],
    ["sin x = 1/2", "x = π/6"],
    ["\\frac{x}{2} = 3", "x = 6"],
]


@pytest.mark.parametrize(("lines", "first", "slip"), WRONG)
def test_the_first_line_that_does_not_follow_is_found(lines: list[str], first: int, slip: str) -> None:
    verdict = working.check(lines)

    assert (verdict.first_wrong, verdict.slip) == (first, slip), verdict.why


@pytest.mark.parametrize("lines", RIGHT)
def test_sound_working_is_accepted(lines: list[str]) -> None:
    verdict = working.check(lines)

    assert verdict.first_wrong is None
    assert "follows" in verdict.why
    assert len(verdict.latex) == len(lines)


def test_an_unreadable_line_is_named_and_not_called_wrong() -> None:
    verdict = working.check(["x + 1 = 3", "hmm?? §§", "x = 2"])

    assert verdict.first_wrong is None
    assert "line 2" in verdict.why


def test_no_lines_and_many_lines_are_answered() -> None:
    assert working.check([]).first_wrong is None
    assert working.check(["x = 1"] * 500).first_wrong is None
