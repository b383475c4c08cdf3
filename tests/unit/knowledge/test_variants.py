"""An exercise with parameters: shown as written, drawn anew from a seed, and never more than arithmetic."""

import re
from pathlib import Path

import pytest

from core.errors import Invalid
from core.ports import ExerciseId
from knowledge.content import load_curriculum
from knowledge.index import SHIPPED
from knowledge.variants import Unfillable, evaluate, fill
from tests.small_course import MATHS_EXERCISE, write_course

FILE = "maths/01-algebra/exercises/square-of-sum.md"
SQUARE = ExerciseId("maths.algebra.square-of-sum")
TEMPLATE = (
    MATHS_EXERCISE.replace("reference: x^2 + 6*x + 9", "reference: x^2 <<+2*a>>*x + <<a*a>>")
    .replace("working: [(x + 3)^2, x^2 + 6*x + 9]", 'working: ["(x <<+a>>)^2", "x^2 <<+2*a>>*x + <<a*a>>"]')
    .replace("answer: x^2 + 9,", "answer: x^2 + <<a*a>>,")
    .replace("The middle is 6x.", "The middle is <<2*a>>x.")
    .replace("$(x+3)^2$", "$(x <<+a>>)^2$")
    .replace("hints:", "variant:\n  parameters:\n    a: {shown: 3, low: -9, high: 9}\n  where: [a * a > 1]\nhints:")
)


def test_an_exercise_with_parameters_shows_its_own_numbers(tmp_path: Path) -> None:
    course = load_curriculum(write_course(tmp_path, {FILE: TEMPLATE}))

    square = course.exercises[1]
    assert square.answer is not None
    assert square.statement == "Expand $(x + 3)^2$."
    assert square.answer.working == ("(x + 3)^2", "x^2 + 6*x + 9")
    assert (square.answer.reference, square.mistakes[0].answer) == ("x^2 + 6*x + 9", "x^2 + 9")
    assert square.hints[2] == "The middle is 6x."


def test_a_seed_gives_the_same_numbers_again_and_others_give_others(tmp_path: Path) -> None:
    course = load_curriculum(write_course(tmp_path, {FILE: TEMPLATE}))

    drawn = [course.vary(SQUARE, seed) for seed in range(30)]

    assert drawn == [course.vary(SQUARE, seed) for seed in range(30)]
    statements = {exercise.statement for exercise in drawn if exercise}
    assert len(statements) > 8
    assert "Expand $(x - 4)^2$." in statements
    assert not statements & {"Expand $(x + 0)^2$.", "Expand $(x + 1)^2$.", "Expand $(x - 1)^2$."}, (
        "`where` forbids them"
    )


def test_an_exercise_without_parameters_has_no_variants(tmp_path: Path) -> None:
    course = load_curriculum(write_course(tmp_path))

    assert course.vary(SQUARE, 1) is None


def test_no_slot_is_left_open_in_the_variants_that_we_ship() -> None:
    course = load_curriculum(SHIPPED)

    drawn = [course.vary(exercise, seed) for exercise in course.templates for seed in range(5)]

    assert len(drawn) >= 200
    assert [exercise.id for exercise in drawn if exercise and "<<" in repr(exercise)] == []


def test_values_are_exact_and_may_carry_their_sign() -> None:
    assert fill("<<a/b>> and x <<+a>> and x <<+-b>>, <<root(a*a)>> <<abs(-b)>>", {"a": 3, "b": 4}) == (  # type: ignore[dict-item]
        "3/4 and x + 3 and x - 4, 3 4"
    )


@pytest.mark.parametrize(
    "source",
    ["b", "a.real", "__import__('os')", "open('x')", "[1][0]", "'a' * 9", "1.5", "2 ** 99", "root(2)", "1 / 0", "a +",
     "(9**12)**12**1", "(lambda: 1)()", "9" * 40],
)  # fmt: skip
def test_anything_but_short_arithmetic_is_refused(source: str) -> None:
    with pytest.raises(Unfillable):
        evaluate(source, {"a": 1})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        (FILE, TEMPLATE.replace("shown: 3", "shown: 1"), ":14: variant: the shown numbers do not fulfil"),
        (FILE, TEMPLATE.replace("<<a*a>>", "<<a*b>>"), ":14: variant: `a*b`: b is no parameter"),
        (
            FILE,
            TEMPLATE.replace("shown: 3", "shown: 12"),
            ":15: variant.parameters.a: Value error, 12 is shown but never",
        ),
        (FILE, TEMPLATE.replace("low: -9, high: 9", "low: 3"), "a parameter needs choices, or low < high"),
    ],
)
def test_a_variant_that_cannot_be_filled_is_named_with_its_line(
    tmp_path: Path, file: str, text: str, expected: str
) -> None:
    with pytest.raises(Invalid, match="problem") as caught:
        load_curriculum(write_course(tmp_path, {file: text}))

    told = [f":{p['line']}: {p['message']}" for p in caught.value.facts["problems"]]
    assert any(expected in line for line in told), told


def test_a_program_and_its_tests_get_the_same_numbers() -> None:
    course = load_curriculum(SHIPPED)

    varied = course.vary(ExerciseId("python.basics.update-score"), 3)
    shown = next(e for e in course.exercises if e.id == "python.basics.update-score")

    assert varied is not None
    assert varied.statement != shown.statement
    given = re.search(r"gives (\d+) points for every coin and takes away (\d+) points", varied.statement)
    assert given is not None
    example = next(t for t in varied.tests if t.call == "update_score(100, 2, 1)")
    assert int(example.expect) == 100 + 2 * int(given[1]) - int(given[2])
    assert f"{given[1]} * coins" in varied.reference
