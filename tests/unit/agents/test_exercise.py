"""Exercises fit the student: what they are ready for and have not had."""

from agents.exercise import node
from core.errors import CourseUnavailable, DatabaseUnavailable
from core.ports import Attempt, SkillId
from tests.fakes import FakeCourse, FakeRecords, Fakes, turn, words


async def chosen(message: str, fakes: Fakes | None = None, **desk: object) -> dict:
    return await node(turn(message, desk=desk), (fakes or Fakes()).runtime())  # type: ignore[return-value]


def solved(item: str) -> Attempt:
    return Attempt(
        key=item,
        kind="exercise",
        item=item,
        skills=(SkillId("loops"),),
        correct=True,
        score=1.0,
        at=Fakes().clock.now(),
    )


async def test_a_named_topic_decides() -> None:
    assert (await chosen("give me something on functions"))["desk"]["exercise"] == "greet"
    assert (await chosen("a question about quadratics please"))["desk"]["exercise"] == "roots"


async def test_a_beginner_starts_where_nothing_else_is_needed() -> None:
    assert (await chosen("give me an exercise"))["desk"]["exercise"] == "sum-to"


async def test_what_is_solved_does_not_come_again() -> None:
    fakes = Fakes(records=FakeRecords({"loops": 0.9}, [solved("sum-to")]))

    assert (await chosen("next one", fakes))["desk"]["exercise"] != "sum-to"


async def test_another_one_is_another_one() -> None:
    update = await chosen("another one please", exercise="sum-to", offered=["sum-to"])

    assert update["desk"]["exercise"] != "sum-to"
    assert update["desk"]["offered"][0] == "sum-to"


async def test_statement_and_starter_are_shown_and_the_reference_is_not() -> None:
    found = (await chosen("give me an exercise on loops"))["evidence"][0]

    assert "sum of 1 to n" in words(found["draft"])
    assert "range(1, n + 1)" not in str(found)


async def test_without_records_the_topic_still_decides() -> None:
    records = FakeRecords()
    records.failure = DatabaseUnavailable()

    update = await chosen("functions exercise", Fakes(records=records))

    assert update["desk"]["exercise"] == "greet"
    assert update["evidence"][0]["missing"]


async def test_a_broken_course_is_told() -> None:
    course = FakeCourse()
    course.failure = CourseUnavailable()

    assert (await chosen("exercise", Fakes(course=course)))["evidence"][0]["missing"]
