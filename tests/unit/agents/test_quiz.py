"""The check question's answer is marked by the course, with its reason, and counts once for each turn."""

from typing import Any

import pytest

from agents.quiz import node
from core.errors import CourseUnavailable
from core.ports import Option, Question, SkillId
from tests.fakes import LOOPS, FakeCourse, Fakes, turn, walk, words

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


async def asked(message: str, desk: Any) -> dict[str, Any]:
    plan = [{"agent": "quiz", "intent": "exercise", "focus": message, "how": "ask"}]
    return await node(turn(message, plan=plan, desk=desk), Fakes().runtime())  # type: ignore[return-value]


async def test_a_question_is_asked_on_the_topic_that_is_named() -> None:
    update = await asked("quiz me on loops", {"topic": "python/functions"})

    assert update["desk"]["asked"]["topic"] == LOOPS
    assert "- **A** 2" in words(update["evidence"][0]["draft"])


async def test_no_question_is_asked_twice_in_a_row() -> None:
    update = await asked("another question", {"topic": LOOPS, "told": ["q1"]})

    assert update["desk"]["asked"] is None
    assert update["desk"]["offer"]["agent"] == "exercise"


KINDS = {
    "multiple": Question(
        id="m", prompt="Which go through a list?", kind="multiple", skill=SkillId("loops"),
        options=(Option(label="for", correct=True, why=""), Option(label="if", correct=False, why="It asks once."), Option(label="while", correct=True, why="")),
    ),
    "numeric": Question(
        id="n", prompt="How often does `range(2, 8)` go round?", kind="numeric", skill=SkillId("loops"), why="8 - 2 rounds.",
        options=(Option(label="6", correct=True, why=""), Option(label="7", correct=False, why="The end is left out.")),
    ),
    "text": Question(
        id="t", prompt="Which word leaves a loop?", kind="text", skill=SkillId("loops"), why="It ends the loop at once.",
        options=(Option(label="break", correct=True, why=""),),
    ),
}  # fmt: skip


async def put_and_answered(kind: str, *answers: str) -> list[dict[str, Any]]:
    """A question of the kind is asked for, then answered in as many messages; the answers of the turns."""
    fakes, desk, done = Fakes(), {}, []
    fakes.course.quiz = (KINDS[kind],)
    for message in ("quiz me on loops", *answers):
        plan = {"intent": "exercise"} if not done else {}
        state = await walk(turn(message, desk=desk, **plan), fakes)  # type: ignore[arg-type]
        desk = state["desk"]
        done.append({**state["answer"], "attempts": [(a.correct, a.score) for a in fakes.records.attempts]})
    return done


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("multiple", "A and C"), ("multiple", "c, a"), ("multiple", "AC"), ("numeric", "6"), ("numeric", "I think it's 6"), ("numeric", "6.0 times"), ("text", "break"),
        ("text", "it's `Break`."),
    ],
)  # fmt: skip
async def test_a_right_answer_of_any_kind_is_understood_in_a_conversation(kind: str, answer: str) -> None:
    _, last = await put_and_answered(kind, answer)

    assert last["attempts"] == [(True, 1.0)]
    assert "Yes, " in last["reply"]


@pytest.mark.parametrize(
    ("kind", "wrong", "told", "right"),
    [
        ("multiple", "A, B", "2 are right, and you sent 2", "for; while"),
        ("numeric", "7", "The end is left out.", "6"),
        ("text", "stop", "is not it", "break"),
    ],
)
async def test_a_wrong_answer_gets_a_second_try_before_the_right_one_is_told(
    kind: str, wrong: str, told: str, right: str
) -> None:
    _, first, second = await put_and_answered(kind, wrong, wrong)

    assert told in first["reply"]
    assert "The right answer" not in first["reply"]
    assert f"The right answer is: {right}" in second["reply"]


@pytest.mark.parametrize(
    ("kind", "message"), [("text", "idk"), ("text", "can I have a hint?"), ("numeric", "why?"), ("multiple", "what?")]
)
async def test_a_question_back_is_no_answer(kind: str, message: str) -> None:
    _, last = await put_and_answered(kind, message)

    assert last["attempts"] == []


async def test_things_are_put_in_order_by_their_letters() -> None:
    steps = ("open it", "read it", "close it")
    one = Question(id="o", prompt="In which order?", kind="ordering", skill=SkillId("loops"), options=tuple(Option(label=s, correct=True, why="") for s in steps))  # fmt: skip
    fakes = Fakes()
    fakes.course.quiz = (one,)
    state = await walk(turn("quiz me on loops", desk={}, intent="exercise"), fakes)
    shown = state["desk"]["asked"]["options"]

    right = ", ".join("ABC"[shown.index(label)] for label in steps)
    state = await walk(turn(right, desk=state["desk"]), fakes)

    assert "that is the order" in state["answer"]["reply"]
    assert [(a.correct, a.score) for a in fakes.records.attempts] == [(True, 1.0)]
