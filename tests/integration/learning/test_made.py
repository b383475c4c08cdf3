"""Exercises that a model made are kept as they are, found beside the course and never in it, and can be taken away."""

from dataclasses import replace
from typing import Any

import pytest

from core import db
from core.clock import FakeClock
from core.errors import Conflict, Invalid, NotFound
from core.ports import Equivalence, ExerciseId, MadeExercise, MathsAnswer, Mistake, Test, TopicId
from learning.made import PostgresMade, WidenedCourse, open_made
from tests.fakes import LOOPS, SUM_TO, FakeCourse

MADE = replace(
    SUM_TO,
    id=ExerciseId("made-1"),
    mistakes=(Mistake(answer="def sum_to(n): return n", misconception="one"),),
    tests=(
        *SUM_TO.tests,
        Test(name="any", mode="property", call="sum_to", given=("integers(0, 9)",), reference="x = 1"),
    ),
    correct=("def sum_to(n): return sum(range(n + 1))",),
)


def made(**changes: Any) -> MadeExercise:
    return MadeExercise(
        exercise=replace(MADE, **changes), content_version="v1", model="test:m", prompt="making.v1",
        made_at=FakeClock().now(), measured={"steps": 5.0},
    )  # fmt: skip


async def test_it_comes_back_as_it_was_kept(pool: db.Pool) -> None:
    shelf = PostgresMade(pool, FakeClock())

    await shelf.keep(made())

    assert await shelf.get_made(MADE.id) == made()
    assert shelf.list_given(LOOPS) == [MADE]
    assert shelf.list_given(TopicId("other")) == []


async def test_one_in_mathematics_keeps_its_answer_and_rule(pool: db.Pool) -> None:
    answer = MathsAnswer(reference="x = 3", rule=Equivalence(form="exact", sigfigs=3), working=("2x = 6", "x = 3"))
    shelf, one = (
        PostgresMade(pool, FakeClock()),
        made(subject="maths", tests=(), correct=(), reference="", answer=answer),
    )

    await shelf.keep(one)

    assert await shelf.get_made(MADE.id) == one


async def test_an_id_is_taken_once(pool: db.Pool) -> None:
    shelf = PostgresMade(pool, FakeClock())
    await shelf.keep(made())

    with pytest.raises(Conflict):
        await shelf.keep(made(title="Other"))


async def test_the_course_finds_it_and_does_not_list_it(pool: db.Pool) -> None:
    shelf, plain = PostgresMade(pool, FakeClock()), FakeCourse()
    await shelf.keep(made())
    course = WidenedCourse(plain, shelf.find_given)

    assert course.get_exercise(MADE.id) == MADE
    assert course.get_exercise(SUM_TO.id) == SUM_TO
    assert list(course.list_exercises()) == list(plain.list_exercises())


async def test_what_is_withdrawn_is_gone_for_students_and_stays_readable_for_the_staff(pool: db.Pool) -> None:
    shelf = PostgresMade(pool, FakeClock())
    await shelf.keep(made())
    await shelf.keep(made(id=ExerciseId("made-2")))

    await shelf.withdraw(MADE.id, "unclear")
    again = await shelf.withdraw(MADE.id, "another reason")

    assert again.withdrawn_because == "unclear"
    assert [one.id for one in shelf.list_given()] == ["made-2"]
    with pytest.raises(NotFound):
        WidenedCourse(FakeCourse(), shelf.find_given).get_exercise(MADE.id)
    assert [one.exercise.id for one in await shelf.list_made()] == ["made-2"]
    assert len(await shelf.list_made(withdrawn=True, topic=LOOPS)) == 2


async def test_what_one_process_keeps_or_withdraws_another_sees(pool: db.Pool) -> None:
    async with open_made(pool, FakeClock(), look_s=60) as here:
        there = PostgresMade(pool, FakeClock())
        await there.keep(made())
        await here.refresh()
        seen = here.find_given(MADE.id)
        await there.withdraw(MADE.id)
        await here.refresh()

    assert seen == MADE
    assert here.list_given() == []


@pytest.mark.parametrize("because", ["x" * 501, "a\x00b"])
async def test_a_reason_that_cannot_be_kept_is_refused(pool: db.Pool, because: str) -> None:
    shelf = PostgresMade(pool, FakeClock())

    with pytest.raises(Invalid):
        await shelf.withdraw(MADE.id, because)
    with pytest.raises(NotFound):
        await shelf.withdraw(MADE.id)
