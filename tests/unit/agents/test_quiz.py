"""The check question's answer is marked by the course, with its reason, and counts once for each turn."""

from typing import Any

from agents.quiz import node
from core.errors import CourseUnavailable
from tests.fakes import LOOPS, FakeCourse, Fakes, turn, words

ASKED = {"topic": LOOPS, "question": "q1", "options": ["2", "3"], "tries": 0}


async def answered(message: str, asked: Any = ASKED, fakes: Fakes | None = None) -> dict[str, Any]:
    return await node(turn(message, desk={"asked": asked}), (fakes or Fakes()).runtime())  # type: ignore[return-value]


async def test_a_right_answer_counts_and_an_exercise_is_offered() -> None:
    update = await answered("A")
    found = update["evidence"][0]

    assert found["attempts"] == [
        {"kind": "quiz", "item": "q1", "skills": ["loops"], "correct": True, "score": 1.0, "hints": 0, "answer": "2"}
    ]
    assert update["desk"]["offer"]["agent"] == "exercise"
    assert update["desk"]["asked"] is None


async def test_a_wrong_answer_counts_as_wrong_and_leads_on() -> None:
    update = await answered("B")

    assert update["evidence"][0]["attempts"][0]["correct"] is False
    assert "not it" in words(update["evidence"][0]["draft"])
    assert update["desk"]["offer"]["agent"] == "explanation"


async def test_a_question_that_changed_meanwhile_is_not_marked() -> None:
    update = await answered("A", {**ASKED, "options": ["1", "2"]})

    assert "attempts" not in update["evidence"][0]


async def test_a_course_that_cannot_be_read_is_told() -> None:
    course = FakeCourse()
    course.failure = CourseUnavailable()

    found = (await answered("A", fakes=Fakes(course=course)))["evidence"][0]

    assert found["missing"]
    assert "attempts" not in found
