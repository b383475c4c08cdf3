"""At a limit of their plan a student is met kindly, loses nothing, and keeps what is free."""

import dataclasses
from typing import Any

import pytest

from agents._allowance import ALLOWANCE
from agents.triage import node
from agents.verification import node as verify
from core.errors import DatabaseUnavailable
from tests.fakes import FakeEntitlements, Fakes, turn
from tests.unit.agents.test_verification import Saying, cited

PASSAGES = [
    {"id": "loops#1", "topic": "loops", "subject": "python", "title": "Loops", "heading": "What is a loop?", "body": "…", "score": 0.9}
]  # fmt: skip


class Down(FakeEntitlements):
    async def allow(self, student: Any, meter: str) -> Any:
        raise DatabaseUnavailable

    async def take(self, student: Any, meter: str, amount: int, *, key: str) -> Any:
        raise DatabaseUnavailable

    async def spend(self, student: Any, meter: str, amount: int, *, key: str) -> None:
        raise DatabaseUnavailable


async def triaged(message: str, entitlements: FakeEntitlements, **state: Any) -> Any:
    return await node(turn(message, passages=PASSAGES, **state), Fakes(entitlements=entitlements).runtime())


async def test_a_turn_is_counted_by_its_own_name() -> None:
    entitlements = FakeEntitlements()

    for _ in range(2):
        await triaged("what is a loop?", entitlements)

    assert entitlements.spent == {"t1": 1}


async def test_at_the_limit_the_plan_is_a_kind_word_with_the_lessons_that_are_near() -> None:
    update = await triaged("what is a loop?", FakeEntitlements(allowed=False))

    said = " ".join(block["body"] for block in update["evidence"][0]["draft"])
    assert [step["agent"] for step in update["plan"]] == [ALLOWANCE]
    assert "Your plan allows no more runs today." in said
    assert "Loops: What is a loop?" in said


async def test_the_question_is_kept_for_a_yes_on_another_day() -> None:
    refused = await triaged("what is a loop?", FakeEntitlements(allowed=False))

    tomorrow = await triaged("yes", FakeEntitlements(), desk=refused["desk"])

    assert tomorrow["plan"] == [refused["desk"]["offer"]]
    assert (tomorrow["plan"][0]["agent"], tomorrow["plan"][0]["focus"]) == ("explanation", "what is a loop?")


async def test_a_program_is_not_promised_to_be_kept() -> None:
    refused = await triaged("why?", FakeEntitlements(allowed=False), code="print(1", intent="debugging")

    assert "offer" not in refused["evidence"][0]


@pytest.mark.parametrize(
    ("message", "state"),
    [("hello", {"submission": True}), ("how am I doing?", {}), ("thank you!", {}), ("I want to die", {})],
)
async def test_what_is_free_is_neither_counted_nor_refused(message: str, state: dict[str, Any]) -> None:
    entitlements = FakeEntitlements(allowed=False)

    update = await triaged(message, entitlements, **state)

    assert ALLOWANCE not in [step["agent"] for step in update["plan"]]
    assert entitlements.spent == {}


async def test_who_cannot_be_counted_is_answered() -> None:
    update = await triaged("what is a loop?", Down())

    assert [step["agent"] for step in update["plan"]] == ["explanation"]


# --- the language model --------------------------------------------------------------------------------------------


async def verified(entitlements: FakeEntitlements, model: Any) -> Any:
    fakes = Fakes(entitlements=entitlements, model=model)
    return (await verify(turn("hello", evidence=[cited()]), fakes.runtime()))["answer"]


class Limited(FakeEntitlements):
    def __init__(self, limit: int) -> None:
        super().__init__(allowed=False)
        self.limit = limit

    async def allow(self, student: Any, meter: str) -> Any:
        return dataclasses.replace(await super().allow(student, meter), limit=self.limit)


async def test_a_plan_without_a_model_is_answered_by_the_draft_and_never_asks_one() -> None:
    model = Saying("§1§\nA loop runs 3 times, you see. [1]")

    answer = await verified(Limited(0), model)

    assert model.prompts == []
    assert (answer["model"], answer["reply"]) == ("offline", "A loop runs its block 3 times. [1]")


async def test_a_share_that_is_used_up_is_told_and_the_answer_is_whole() -> None:
    model = Saying("§1§\nA loop runs 3 times, you see. [1]")

    answer = await verified(Limited(500), model)

    assert model.prompts == []
    assert answer["reply"].startswith("A loop runs its block 3 times. [1]")
    assert "used up" in answer["reply"]


async def test_what_a_model_took_is_counted_once_by_the_turn() -> None:
    class Counting(Saying):
        async def stream(self, prompt: Any, usage: Any, **limits: Any) -> Any:
            usage.tokens_in, usage.tokens_out = 30, 12
            async for piece in super().stream(prompt, usage, **limits):
                yield piece

    entitlements = FakeEntitlements()

    await verified(entitlements, Counting("§1§\nA loop runs its block 3 times. [1]"))

    assert entitlements.spent == {"t1": 42}


async def test_an_answer_is_not_lost_because_it_cannot_be_counted() -> None:
    answer = await verified(Down(), Saying("§1§\nA loop, three times. [1]"))

    assert answer["reply"].startswith("A loop runs its block 3 times. [1]")
