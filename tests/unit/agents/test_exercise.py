"""Exercises fit the student: what they are ready for and have not had."""

from dataclasses import replace

from agents.exercise import choose, node
from core.errors import CourseUnavailable, DatabaseUnavailable
from core.ports import Attempt, Exercise, ExerciseId, SkillId, Topic, TopicId
from tests.fakes import LOOPS, SUM_TO, FakeCourse, FakeRecords, Fakes, turn, walk, words


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


def test_a_topic_said_in_full_beats_one_that_shares_a_word() -> None:
    topics = {name: _topic(name, title) for name, title in (("while", "While loops"), ("for", "For loops"))}
    bank = [_exercise("digits", "while"), _exercise("total", "for")]

    chosen = choose(bank, topics, {}, [], {}, "an exercise on for loops", "python")

    assert chosen is not None
    assert chosen.id == "total"


def _topic(name: str, title: str) -> Topic:
    return Topic(
        id=TopicId(name), module="m", module_title="Control flow", subject="python", title=title, summary="",
        objectives=(), skills=(), prerequisites=(), examples=(), pitfalls=(), quiz=(), exercises=(), order=1,
    )  # fmt: skip


def _exercise(name: str, topic: str) -> Exercise:
    return Exercise(
        id=ExerciseId(name), topic=TopicId(topic), subject="python", title=name, statement="", skills=(), difficulty=1, hints=()
    )  # fmt: skip


class VaryingCourse(FakeCourse):
    """Every exercise has other numbers for every seed."""

    def get_exercise(self, exercise: ExerciseId) -> Exercise:
        name, _, seed = exercise.partition(":")
        found = super().get_exercise(ExerciseId(name))
        return replace(found, id=exercise, statement=f"{found.statement} Seed {seed}.") if seed else found


async def test_what_was_solved_comes_back_with_other_numbers() -> None:
    fakes = Fakes(course=VaryingCourse(exercises=[SUM_TO]), records=FakeRecords(attempts=[solved("sum-to")]))

    found = (await chosen("an exercise on loops", fakes))["evidence"][0]
    again = (await chosen("an exercise on loops", fakes))["evidence"][0]

    assert found["exercise"].startswith("sum-to:")
    assert "Seed" in words(found["draft"])
    assert again == found  # the turn taken again after a crash shows the same numbers


async def test_a_similar_one_is_the_same_task_with_other_numbers_each_time() -> None:
    fakes = Fakes(course=VaryingCourse())

    first = await chosen("give me a similar one", fakes, offered=["sum-to"])
    second = await chosen("give me a similar one", fakes, offered=first["desk"]["offered"])

    names = [update["desk"]["exercise"] for update in (first, second)]
    assert all(name.startswith("sum-to:") for name in names)
    assert names[0] != names[1]


async def test_an_exercise_without_variants_comes_back_as_it_was() -> None:
    fakes = Fakes(course=FakeCourse(exercises=[SUM_TO]), records=FakeRecords(attempts=[solved("sum-to")]))

    assert (await chosen("an exercise on loops", fakes))["desk"]["exercise"] == "sum-to"


async def test_a_variant_is_marked_with_its_own_numbers_and_counts_for_its_exercise() -> None:
    fakes = Fakes(course=VaryingCourse())

    done = await walk(turn("", code=SUM_TO.reference, submission=True, desk={"exercise": "sum-to:7"}), fakes)

    attempt = fakes.records.attempts[0]
    assert "is solved" in done["answer"]["reply"]
    assert (attempt.item, attempt.detail["variant"]) == ("sum-to", "7")


async def test_a_similar_one_is_another_where_there_are_no_other_numbers() -> None:
    fakes = Fakes()
    state = turn("give me a similar one", desk={"topic": LOOPS, "exercise": SUM_TO.id, "offered": [SUM_TO.id]})

    update = await node(state, fakes.runtime())

    assert update["desk"]["exercise"].partition(":")[0] != SUM_TO.id
