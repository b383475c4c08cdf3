"""Reports are kind and in figures of the school's records."""

from agents.progress_report import node
from core.errors import DatabaseUnavailable
from core.ports import Attempt
from tests.fakes import FakeRecords, Fakes, turn, words

SOLVED = Attempt(key="k", kind="exercise", item="sum-to", skills=(), correct=True, score=1.0, at=Fakes().clock.now())


async def reported(records: FakeRecords, message: str = "how am I doing?", intent: str = "progress") -> dict:
    plan = [{"agent": "progress_report", "intent": intent, "focus": message}]
    return (await node(turn(message, plan=plan), Fakes(records=records).runtime()))["evidence"][0]  # type: ignore[return-value]


async def test_a_clean_page_is_said_kindly() -> None:
    assert "clean page" in words((await reported(FakeRecords()))["draft"])


async def test_strong_and_weak_skills_are_named_in_figures() -> None:
    records = FakeRecords({"loops": 0.9, "functions": 0.2}, [SOLVED])

    said = words((await reported(records))["draft"])

    assert "loops (90 %)" in said
    assert "functions (20 %)" in said


async def test_the_next_topic_is_one_that_the_student_is_ready_for() -> None:
    said = words((await reported(FakeRecords({"loops": 0.9}), "what should I do next?", "course"))["draft"])

    assert "Functions" in said


async def test_the_order_of_two_topics_comes_from_the_course() -> None:
    said = words((await reported(FakeRecords(), "do i need to know loops before functions?", "course"))["draft"])

    assert said.startswith("Yes")


async def test_records_that_are_away_are_told() -> None:
    records = FakeRecords()
    records.failure = DatabaseUnavailable()

    assert "could not open your records" in (await reported(records))["missing"][0]
