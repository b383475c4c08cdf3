"""What is read off a student's program, which never runs for it."""

import pytest

from learning.code_metrics import measure

BRANCHED = """
def sign(x):
    if x > 0 and x < 10 or x == 20:
        return 1
    for y in range(x):
        x = y if y else x
    return [a for a in range(3) if a]

print(sign(2))
"""


def test_branches_and_further_operands_count_in_the_function_they_stand_in() -> None:
    found = measure(BRANCHED)

    # one way, if, and, or, for, conditional, comprehension
    assert found == {"complexity": 7.0, "lines": 7.0, "functions": 1.0}


def test_a_straight_program_has_one_way_through() -> None:
    assert measure("x = 1\nprint(x)")["complexity"] == 1.0


@pytest.mark.parametrize("program", ["", "x = ", "a" * 30_000, "(" * 5000, "x = 1\x00"])
def test_what_is_no_readable_program_has_no_measures(program: str) -> None:
    assert measure(program) == {}


def test_a_student_s_bad_escape_warns_nobody() -> None:
    assert measure("print('\\d')")["complexity"] == 1.0
