"""Exercises fit the student: what they are ready for and have not had."""

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace

import pytest

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


class FakeMaker:
    """Has what it was given, and makes one more."""

    def __init__(self, kept: Sequence[Exercise] = (), new: Exercise | None = None) -> None:
        self.kept, self.new = list(kept), new
        self.asked: list[tuple[str, int, float]] = []

    def list_given(self, topic: TopicId) -> list[Exercise]:
        return [one for one in self.kept if one.topic == topic]

    async def make(self, topic: Topic, level: int, student: object, *, wait_s: float) -> Exercise | None:
        self.asked.append((topic.id, level, wait_s))
        return self.new


MADE = replace(SUM_TO, id=ExerciseId("made-1"), title="Made")


async def made(message: str, maker: FakeMaker, fakes: Fakes | None = None, **desk: object) -> dict:
    context = replace((fakes or Fakes()).runtime().context, maker=maker)
    return await node(turn(message, desk=desk), SimpleNamespace(context=context))  # type: ignore[return-value, arg-type]


async def test_while_the_course_has_one_nothing_is_made() -> None:
    maker = FakeMaker(new=MADE)

    update = await made("an exercise on loops", maker)

    assert update["desk"]["exercise"] == "sum-to"
    assert maker.asked == []


@pytest.mark.parametrize("message", ["an exercise on loops", "another one please", "a harder one on loops"])
async def test_when_all_of_a_topic_was_met_a_new_one_is_made(message: str) -> None:
    maker = FakeMaker(new=MADE)

    update = await made(message, maker, offered=["sum-to"], topic=LOOPS)

    assert update["desk"]["exercise"] == "made-1"
    assert "written by a language model" in words(update["evidence"][0]["draft"])
    assert [asked[0] for asked in maker.asked] == [LOOPS]


async def test_a_student_may_ask_for_one_that_is_not_in_the_course() -> None:
    update = await made("make me up an exercise on loops", FakeMaker(new=MADE))

    assert update["desk"]["exercise"] == "made-1"


async def test_one_that_was_kept_is_given_before_another_is_made_and_only_once() -> None:
    maker = FakeMaker([MADE])

    first = await made("an exercise on loops", maker, offered=["sum-to"])
    second = await made("an exercise on loops", maker, offered=["sum-to", "made-1"])

    assert first["desk"]["exercise"] == "made-1"
    assert second["desk"]["exercise"] != "made-1"
    assert len(maker.asked) == 1


async def test_where_nothing_is_made_the_turn_goes_on_as_without_a_model() -> None:
    plain = await chosen("an exercise on loops", offered=["sum-to"])

    update = await made("an exercise on loops", FakeMaker(), offered=["sum-to"])

    assert update["desk"]["exercise"] == plain["desk"]["exercise"]


async def test_the_same_again_is_no_wish_for_a_new_one() -> None:
    maker = FakeMaker(new=MADE)

    await made("a similar one please", maker, offered=["sum-to"], topic=LOOPS)
    await made("give me the exercise “Sum to n” on loops", maker, offered=["sum-to"])

    assert maker.asked == []


async def test_making_waits_within_what_the_turn_has_left() -> None:
    fakes, maker = Fakes(), FakeMaker(new=MADE)
    context = replace(fakes.runtime().context, maker=maker)
    context.budget.deadline = fakes.clock.monotonic() + 8

    await node(turn("an exercise on loops", desk={"offered": ["sum-to"]}), SimpleNamespace(context=context))  # type: ignore[arg-type]

    assert 0 <= maker.asked[0][2] <= 2


async def test_what_a_model_wrote_is_not_shown_as_an_authors() -> None:
    blocks = (await made("an exercise on loops", FakeMaker([MADE]), offered=["sum-to"]))["evidence"][0]["draft"]

    assert [block["checked"] for block in blocks if block["kind"] == "code"] == [""]
