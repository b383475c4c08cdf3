"""Retrieval looks the message up in the course."""

from dataclasses import replace

import pytest

from agents.retrieval import node
from agents.turn import Desk
from core.errors import CourseUnavailable, DatabaseUnavailable
from tests.fakes import FUNCTIONS, LOOP_PASSAGE, LOOPS, FakeCourse, FakeRecords, Fakes, turn


async def test_passages_are_kept_as_plain_values() -> None:
    update = await node(turn("what is a for loop?"), Fakes().runtime())

    assert update["passages"][0]["id"] == "loops#1"


async def test_a_short_question_is_looked_up_with_the_topic_on_the_desk() -> None:
    course = FakeCourse()

    await node(turn("but why?", desk={"topic": "python/loops"}), Fakes(course=course).runtime())

    assert course.queries == ["why? Loops"]


async def test_the_program_is_left_out_of_the_search_and_the_error_is_not() -> None:
    course = FakeCourse()

    await node(turn("help\n```python\nsecret_name = 1\n```", error="KeyError: 'a'"), Fakes(course=course).runtime())

    assert "secret_name" not in course.queries[0]
    assert "KeyError" in course.queries[0]


async def test_a_broken_course_is_a_problem_not_a_failure() -> None:
    course = FakeCourse()
    course.failure = CourseUnavailable()

    update = await node(turn("hello"), Fakes(course=course).runtime())

    assert update["passages"] == []
    assert "could not look into the course" in update["problems"][0]


async def test_a_second_explanation_looks_through_its_own_topic_alone() -> None:
    course = FakeCourse()
    desk: Desk = {"topic": LOOPS, "last": "explanation", "said": "What is a loop?", "told": []}

    await node(turn("I still don't understand", desk=desk), Fakes(course=course).runtime())

    assert course.topics == [[LOOPS]]


async def test_a_first_question_is_looked_up_everywhere() -> None:
    course = FakeCourse()

    await node(
        turn("What is a function?", desk={"topic": LOOPS, "last": "explanation"}), Fakes(course=course).runtime()
    )

    assert course.topics == [None]


async def test_a_passage_keeps_the_version_it_was_found_in() -> None:
    course = FakeCourse([replace(LOOP_PASSAGE, version="v7")])

    update = await node(turn("What is a loop?"), Fakes(course=course).runtime())

    assert update["passages"][0]["version"] == "v7"


@pytest.mark.parametrize(
    ("met", "far", "first"),
    [
        ({"loops": 0.7}, 0.01, "functions#1"),  # functions build on loops: both can be followed
        ({"quadratics": 0.7}, 0.01, "loops#1"),
        ({"quadratics": 0.7}, 0.2, "functions#1"),
        ({}, 0.01, "functions#1"),
    ],
)
async def test_of_two_passages_as_near_the_one_that_can_be_followed_comes_first(
    met: dict[str, float], far: float, first: str
) -> None:
    ahead = replace(LOOP_PASSAGE, id="functions#1", topic=FUNCTIONS, title="Functions", score=LOOP_PASSAGE.score + far)
    fakes = Fakes(course=FakeCourse([ahead, LOOP_PASSAGE]), records=FakeRecords(met))

    update = await node(turn("what does this print?"), fakes.runtime())

    assert update["passages"][0]["id"] == first
    assert len(update["passages"]) == 2


async def test_without_records_the_order_is_that_of_nearness() -> None:
    ahead = replace(LOOP_PASSAGE, id="functions#1", topic=FUNCTIONS)
    records = FakeRecords({"quadratics": 0.7})
    records.failure = DatabaseUnavailable()

    update = await node(turn("x?"), Fakes(course=FakeCourse([ahead, LOOP_PASSAGE]), records=records).runtime())

    assert update["passages"][0]["id"] == "functions#1"


async def test_a_short_question_that_names_something_is_looked_up_alone() -> None:
    course = FakeCourse()

    await node(turn("ok whats recursion", desk={"topic": "python/loops"}), Fakes(course=course).runtime())

    assert course.queries == ["what is recursion"]


@pytest.mark.parametrize(
    ("asked", "looked_up"),
    [
        ("Warum funktioniert meine Schleife nicht richtig?", "why works my loop not right?"),
        ("¿Cómo ordeno una lista en este programa?", "how sort a list"),
    ],
)
async def test_a_foreign_question_is_looked_up_by_english_words(asked: str, looked_up: str) -> None:
    course = FakeCourse()

    await node(turn(asked), Fakes(course=course).runtime())

    assert looked_up in course.queries[0]
