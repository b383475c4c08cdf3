"""Working in a student's own layout is followed: words, names, systems, limits and intervals; and its slips are named."""

import pytest

from cas import working

SOUND = [
    "2x + y = 7   (1) | x - y = 2   (2) | (1)+(2): 3x = 9 | x = 3 | y = 1",
    "y = (3x+1)^4 | let u = 3x + 1 | dy/dx = 4u^3 * 3 | = 12(3x+1)^3",
    "e^(2x) - 3e^x + 2 = 0 | let u = e^x | u^2 - 3u + 2 = 0 | (u-1)(u-2) = 0 | u = 1 or u = 2 | x = 0 or x = ln 2",
    "gradient = (7 - 1)/(5 - 2) = 6/3 = 2 | y - 1 = 2(x - 2) | y = 2x - 3",
    "∫_1^2 (3x^2 + 2x) dx | = [x^3 + x^2]_1^2 | = (8 + 4) - (1 + 1) | = 12 - 2 = 10",
    "y = 2x + 1 | x^2 + y^2 = 10 | x^2 + (2x+1)^2 = 10 | 5x^2 + 4x - 9 = 0",
    "xy = 12, x + y = 7 | x(7 - x) = 12 | x^2 - 7x + 12 = 0",
    "sin x = 0.5 for 0 <= x <= 360 | x = sin^-1(0.5) = 30 | x = 30 or 150",
    "3^(2x) - 4*3^x + 3 = 0 | let y = 3^x | (y - 1)(y - 3) = 0 | y = 1 or y = 3 | 3^x = 1 so x = 0 | 3^x = 3 so x = 1",
    "A = πr² | r² = A/π | r = √(A/π)",
    "a = 3, d = 4 | u_n = a + (n-1)d | u_20 = 3 + 19*4 | = 79",
    "y = x e^x | dy/dx = e^x + x e^x = (1 + x)e^x | d2y/dx2 = e^x + (1+x) e^x = (2 + x)e^x",
    "x^2 - 4x + 7 = (x - 2)^2 - 4 + 7 = (x-2)^2 + 3 | minimum value = 3",
    "√(2x + 3) = x | 2x + 3 = x² | x = 3 or x = -1 | check: x = -1 gives √1 = 1 ≠ -1 so x = 3",
]
WRONG = [
    ("2x + y = 7 | x - y = 2 | subtract: x = 5", 2, "sign error"),
    ("x^2 + 6x + 2 | = (x + 3)^2 + 9 + 2", 1, "completing the square"),
    ("x^2 - 8x + 5 = 0 | (x - 8)^2 - 64 + 5 = 0", 1, "completing the square"),
    ("x/3 + 2 = 5 | x + 2 = 15", 1, "not every term multiplied"),
    ("3/(x-1) = 2/5 | 15 = 2x - 1", 1, "bracket expansion"),
    ("2^x = 10 | x = log(10/2)", 1, "log law"),
    ("x^2 + 6x + 8 = 0 | x^2 + 6x + 9 = 0", 1, "copied wrongly"),
    ("6x - 3 = 4x + 11 | 2x = 15", 1, "arithmetic"),
    ("(x+3)/3 = 5 | x = 5", 1, "cancelling terms"),
    ("x^2 - 4x + 1 = 0 | x = (-4 ± sqrt(16 - 4))/2", 1, "sign error"),
    ("∫_0^2 3x^2 dx | = [x^3]_0^2 | = 0 - 8", 2, "limits swapped"),
    ("∫_0^2 3x^2 dx | = [x^3]_0^2 | = 8 - 1", 2, "arithmetic"),
    ("∫_0^2 3x^2 dx | = [6x]_0^2", 1, "integration"),
    ("sin x = 1/2 for 0° ≤ x ≤ 360° | x = 30°", 1, "lost root"),
    ("sin(x + 30) = 1 | sin x + sin 30 = 1", 1, "function of a sum"),
    ("cos 2x = sin x | 1 - sin^2 x = sin x", 1, "trig identity"),
    ("a = b | a^2 = ab | a^2 - b^2 = ab - b^2 | a + b = b", 3, "divided by zero"),
    ("(x+3)^2 = x^2 + 9", 0, "bracket expansion"),
    ("let u = x^2 | y = u^3 | u' = 3x", 2, ""),
]


@pytest.mark.parametrize("script", SOUND)
def test_sound_working_in_a_layout_of_its_own_is_let_stand(script: str) -> None:
    verdict = working.check(script.split(" | "))

    assert verdict.first_wrong is None, verdict.why


@pytest.mark.parametrize(("script", "first", "slip"), WRONG)
def test_the_slip_is_found_among_the_words(script: str, first: int, slip: str) -> None:
    verdict = working.check(script.split(" | "))

    assert (verdict.first_wrong, verdict.slip) == (first, slip), verdict.why


def test_a_remark_that_holds_mathematics_is_not_claimed_to_follow() -> None:
    verdict = working.check(["x^2 = 9", "because 9 gives two roots as 3*3 equals 9", "x = ±3"])

    assert verdict.first_wrong is None
    assert "line 2" in verdict.why
