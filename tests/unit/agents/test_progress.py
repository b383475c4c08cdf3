"""Progress writes each attempt down once, and raises what a teacher must see."""

from agents._evidence import evidence, prose
from agents.progress import node
from core.errors import DatabaseUnavailable
from core.ports import Achievement
from tests.fakes import Fakes, turn

ANSWER = {"reply": "r", "problems": [], "mastery": []}


def attempted(**more: object) -> dict:
    found = evidence("grading", "submission", [prose("x")])
    found["attempts"] = [{"kind": "exercise", "item": "sum-to", "skills": ["loops"], "correct": True, "score": 1.0}]
    return {**found, **more}


async def noted(fakes: Fakes, *found: dict) -> dict:
    return await node(turn("hello", evidence=list(found), answer=ANSWER), fakes.runtime())  # type: ignore[return-value]


async def test_an_attempt_moves_mastery_and_is_told() -> None:
    fakes = Fakes()

    update = await noted(fakes, attempted())

    assert update["answer"]["mastery"] == [{"skill": "loops", "before": 0.2, "after": 0.4}]
    assert [event["type"] for event in fakes.said] == ["mastery"]


async def test_what_an_attempt_earns_is_told_in_the_turn_and_its_answer() -> None:
    fakes = Fakes()
    earned = Achievement(kind="first_solved", about="", title="First", words="You did it.", at=fakes.clock.now())
    fakes.records.earns = (earned,)

    update = await noted(fakes, attempted())

    told = {"kind": "first_solved", "about": "", "title": "First", "words": "You did it."}
    assert fakes.said[-1] == {"type": "achievement", **told}
    assert update["answer"]["achievements"] == [told]


async def test_a_turn_taken_up_again_counts_nothing_twice() -> None:
    fakes = Fakes()

    await noted(fakes, attempted(), attempted())
    update = await noted(fakes, attempted(), attempted())

    assert [attempt.key for attempt in fakes.records.attempts] == ["t1:0", "t1:1"]
    assert update["answer"]["mastery"] == []


async def test_an_alert_reaches_the_teacher() -> None:
    fakes = Fakes()
    alert = {"kind": "wellbeing", "severity": "high", "reason": "r", "advice": "a"}

    await noted(fakes, {**evidence("kindness", "distress", []), "alert": alert})

    assert fakes.records.alerts[0]["key"] == "t1:alert:0"


async def test_what_the_turn_showed_is_remembered() -> None:
    fakes = Fakes()

    await noted(fakes, attempted(facts={"concept": "off-by-one"}))

    assert fakes.memories.kept[0]["misconceptions"] == ["off-by-one"]
    assert fakes.memories.kept[0]["solved"] == ["sum-to"]


async def test_records_that_are_away_are_told_and_no_failure() -> None:
    fakes = Fakes()
    fakes.records.failure = DatabaseUnavailable()

    update = await noted(fakes, attempted())

    assert "could not write this attempt" in update["answer"]["problems"][0]
