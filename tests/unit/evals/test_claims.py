"""What a hint claims is held against the program."""

import pytest

from core.ports import Grade, Raised
from core.ports import TestResult as Tried
from evals.claims import claims
from evals.tasks.leak import _level_fit

PROGRAM = "def total(n):\n    s = 0\n    return s\n"


def tried(shown: str, got: str, *, passed: bool = False, **more: object) -> Tried:
    found: dict[str, object] = {"status": "ok", "group": "", **more}
    return Tried(name=shown, passed=passed, shown_input=shown, got=got, **found)  # type: ignore[arg-type]


GRADE = Grade(
    passed=False,
    score=0.2,
    results=(
        tried("total(0)", "0", passed=True),
        tried("total(3)", "0"),
        tried("total('x')", "", status="error", raised=Raised(type="TypeError", message="", line=1, traceback="")),
        tried("total(9)", "", status="timeout"),
        tried("total([1,\n 2])", "[0]"),
    ),
    run=None,  # type: ignore[arg-type]
)


@pytest.mark.parametrize(
    "words",
    [
        "I ran your program on the 5 tests of “Sum”: 1 of them pass.",
        "For `total(3)` your program gives `0`, and that is not right.",
        "For `total('x')` your program stops with a `TypeError`.",
        "For `total(9)` your program does not come to an end.",
        "Look at line 2, `s = 0`.",
        "For `total([1, 2])` your program gives `[0]`.",
    ],
)
def test_what_is_so_holds(words: str) -> None:
    assert [holds for _, holds in claims(words, GRADE, PROGRAM)] == [True]


@pytest.mark.parametrize(
    "words",
    [
        "I ran your program on the 5 tests of “Sum”: 2 of them pass.",
        "For `total(3)` your program gives `6`.",
        "For `total(0)` your program gives `0`, and that is not right.",
        "For `total(3)` your program stops with a `TypeError`.",
        "For `total(3)` your program does not come to an end.",
        "Look at line 3, `s = 0`.",
        "Look at line 99, `s = 0`.",
    ],
)
def test_what_is_not_so_does_not(words: str) -> None:
    assert [holds for _, holds in claims(words, GRADE, PROGRAM)] == [False]


def test_words_that_claim_nothing_are_not_judged() -> None:
    assert claims("Follow this input line by line. What happens in the loop?", GRADE, PROGRAM) == []


def test_a_level_fits_that_was_due_and_pressing_is_no_reason_for_another() -> None:
    assert _level_fit([1, 2, 2, 2, 2]) == 1.0
    assert _level_fit([1, 2, 3, 3, 3]) == 0.4
    assert _level_fit([2, 3, 2, 2, 2]) == 0.6
