"""One equation put into another follows, and a root below the line is not simple."""

from typing import Any

import pytest

from cas.checker import Checker
from core.ports import Equivalence

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(
    "lines",
    [
        ["y = x^2 - 3 and y = 2x", "x^2 - 3 = 2x"],
        ["x + y = 5 and y = x^2 - 1", "x + x^2 - 1 = 5"],
        ["2sin(x)cos(x) = sin(x)", "sin(x) = 0 or cos(x) = 1/2", "x = 0 or x = pi or x = pi/3 or x = 5pi/3"],
    ],
)
async def test_putting_one_equation_into_another_and_angles_of_factors_follow(
    patient: Checker, lines: list[str]
) -> None:
    assert (await patient.check_working(lines)).first_wrong is None


async def test_a_wrong_substitution_does_not_follow(patient: Checker) -> None:
    assert (await patient.check_working(["y = x^2 - 3 and y = 2x", "x^2 - 3 = 3x"])).first_wrong == 1


@pytest.mark.parametrize(
    ("answer", "reference", "form", "verdict"),
    [
        ("4/(3-sqrt(5))", "3+sqrt(5)", "simplified", "wrong_form"),
        ("2/sqrt(3)", "2sqrt(3)/3", "simplified", "wrong_form"),
        ("2sqrt(3)/3", "2sqrt(3)/3", "simplified", "equal"),
        ("3/sqrt(x)", "3/sqrt(x)", "simplified", "equal"),
    ],
)
async def test_a_root_of_a_number_below_the_line_is_not_simple(
    patient: Checker, answer: str, reference: str, form: Any, verdict: str
) -> None:
    assert (await patient.check(answer, reference, Equivalence(form=form))).verdict == verdict
