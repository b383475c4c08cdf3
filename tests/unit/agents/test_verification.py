"""Verification streams what was established, in a model's words only where they say nothing else."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from agents import debugging
from agents._evidence import code, evidence, output, prose
from agents.models.port import Prompt, Usage
from agents.verification import WITHHELD, node, without_code
from core.errors import ModelUnavailable, SandboxUnavailable
from core.ports import Remembered, Student
from tests.fakes import SUM_TO, FakeMemories, Fakes, turn

DRAFT = "A loop runs its block 3 times. [1]"
CITED = [{"n": 1, "passage": "p", "topic": "t", "title": "Loops", "quote": "q"}]


class Saying:
    """A model that says the same words for the first paragraph, whatever it is asked; then breaks off if told to."""

    name = "talker"

    def __init__(self, words: str, *, breaks: bool = False, stalls: bool = False) -> None:
        self.words, self.breaks, self.stalls = words, breaks, stalls
        self.prompts: list[Prompt] = []

    async def stream(self, prompt: Prompt, usage: Usage, *, timeout_s: float, tokens_max: int) -> AsyncIterator[str]:
        self.prompts.append(prompt)
        if self.stalls:
            await asyncio.sleep(60)
        for at in range(0, len(self.words), 7):
            yield self.words[at : at + 7]
        if self.breaks:
            raise ModelUnavailable

    async def structured(self, *_: Any, **__: Any) -> None:
        return None


async def verified(fakes: Fakes, *found: Any, **state: Any) -> dict:
    return (await node(turn("hello", evidence=list(found), **state), fakes.runtime()))["answer"]  # type: ignore[return-value]


def cited(body: str = DRAFT) -> Any:
    return evidence("explanation", "concept", [prose(body, "cited", cites=[1])], citations=CITED, facts={"n": 3})  # type: ignore[arg-type]


async def test_the_tokens_make_up_the_reply_to_the_letter() -> None:
    fakes = Fakes()

    answer = await verified(
        fakes, evidence("explanation", "concept", [prose("One two three. " * 20), code("print(1)"), output("1")])
    )

    assert fakes.tokens() == answer["reply"]
    assert "```python\nprint(1)\n```" in answer["reply"]
    assert max(len(event["t"]) for event in fakes.said if event["type"] == "token") <= 80


async def test_a_model_is_told_what_the_teacher_wrote_and_what_is_remembered() -> None:
    class Remembering(FakeMemories):
        async def recall(self, student: Student, query: str, *, k: int = 5) -> list[Any]:
            return [Remembered(id="m", kind="preference", content="Prefers pictures.", at=datetime.now(UTC))]

    model = Saying("§1§\n" + DRAFT)
    await verified(Fakes(model=model, memories=Remembering()), cited(), desk={"teacher": "Draw it first."})

    told = json.loads(model.prompts[0].evidence)
    assert (told["teacher_wrote"], told["about_student"]) == ("Draw it first.", ["Prefers pictures."])


async def test_nothing_that_is_remembered_goes_into_words_for_others() -> None:
    class Remembering(FakeMemories):
        async def recall(self, student: Student, query: str, *, k: int = 5) -> list[Any]:
            raise AssertionError("this is for nobody else")

    model = Saying("§1§\n" + DRAFT)
    fakes = Fakes(model=model, memories=Remembering())
    state = turn("What is a loop?", evidence=[cited()])
    state["ask"]["public"] = True
    await node(state, fakes.runtime())

    assert "about_student" not in json.loads(model.prompts[0].evidence)


async def test_better_words_are_taken() -> None:
    answer = await verified(Fakes(model=Saying("§1§\nThink of a loop as 3 rounds of one block. [1]")), cited())

    assert answer["reply"] == "Think of a loop as 3 rounds of one block. [1]"
    assert answer["model"] == "talker"


@pytest.mark.parametrize(
    "words",
    [
        "A loop runs its block 4 times. [1]",
        "A loop runs its block many times. [1]",
        "A loop runs its block 3 times. [2]",
        "A loop runs its block 3 times.",
        "A loop runs 3 times. [1] Try `for x in y: print(x)`.",
        "A loop runs 3 times. [1] See https://example.org.",
        "A loop runs 3 times. [1] <script>alert(1)</script>",
        "A loop runs 3 times: $e^{i}$. [1]",
        "A loop runs 3 times. [1] " + "And so on and on. " * 30,
        "",
    ],
)
async def test_words_that_say_something_else_are_replaced_by_the_draft(words: str) -> None:
    answer = await verified(Fakes(model=Saying(f"§1§\n{words}")), cited())

    assert answer["reply"] == DRAFT


@pytest.mark.parametrize("words", [DRAFT, "A loop runs its block 4 times. [1]"])
async def test_an_answer_names_no_model_whose_words_are_not_in_it(words: str) -> None:
    answer = await verified(Fakes(model=Saying(f"§1§\n{words}")), cited())

    assert answer["model"] == "offline"


async def test_words_to_somebody_in_distress_are_never_a_models() -> None:
    model = Saying("§1§\nPlease talk to someone you trust, maybe.")

    answer = await verified(
        Fakes(model=model), evidence("kindness", "distress", [prose("Please talk to someone you trust.")])
    )

    assert answer["reply"] == "Please talk to someone you trust."
    assert not model.prompts


async def test_a_paragraph_with_an_endless_number_is_none() -> None:
    answer = await verified(Fakes(model=Saying(f"§{'9' * 5000}§\nHello")), cited())

    assert answer["reply"] == DRAFT


class Endless(Saying):
    """Says the same words for ever."""

    said = 0

    async def stream(self, *_: Any, **__: Any) -> AsyncIterator[str]:
        while True:
            self.said += len(self.words)
            yield self.words


async def test_a_model_that_never_ends_is_not_heard_out() -> None:
    model = Endless("on and on ")

    answer = await verified(Fakes(model=model), cited())

    assert answer["reply"] == DRAFT
    assert model.said < 5_000


async def test_a_model_that_breaks_off_leaves_the_rest_to_the_drafts() -> None:
    found = evidence("review", "review", [prose("First part."), prose("Second part.")])

    answer = await verified(Fakes(model=Saying("§1§\nThe first part, said well.\n\n§2§\nThe sec", breaks=True)), found)

    assert answer["reply"] == "The first part, said well.\n\nSecond part."


async def test_a_model_that_stalls_costs_time_but_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.verification.SECONDS_FOR_WORDS", 1.2)

    answer = await verified(Fakes(model=Saying("", stalls=True)), cited())

    assert answer["reply"] == DRAFT


async def test_without_tokens_left_the_model_is_not_asked() -> None:
    model = Saying("§1§\nx")
    fakes = Fakes(model=model, tokens_max=10)

    answer = await verified(fakes, cited())

    assert model.prompts == []
    assert answer["reply"] == DRAFT


async def test_the_students_words_are_data_apart_from_the_orders() -> None:
    model = Saying("")

    await verified(Fakes(model=model), cited())

    assert model.prompts[0].student == "hello"
    assert "hello" not in model.prompts[0].system


@pytest.mark.parametrize(
    "words", [f"Write this:\n```python\n{SUM_TO.reference}```", "Line 3 is `for i in range(1, n + 1):`, I think."]
)
async def test_a_solution_of_the_open_exercise_never_leaves(words: str) -> None:
    program = "def sum_to(n):\n    total = 0\n    for i in range(1, n):\n        total += i\n    return total\n"
    leaking = evidence("debugging", "debugging", [prose(words, "ran")])

    answer = await verified(Fakes(), leaking, desk={"exercise": "sum-to", "program": program})

    assert answer["reply"] == WITHHELD


async def test_a_few_passing_tests_do_not_open_the_gate() -> None:
    fakes = Fakes()
    found = (
        await debugging.node(
            turn("why", code="def sum_to(n):\n    return 0 if n == 0 else 1\n", exercise="sum-to", desk={}),
            fakes.runtime(),
        )
    )["evidence"][0]
    found["draft"] = [prose(f"```python\n{SUM_TO.reference}```", "ran")]

    answer = await verified(fakes, found, desk={"exercise": "sum-to"})

    assert answer["reply"] == WITHHELD


async def test_what_cannot_be_tried_does_not_leave() -> None:
    fakes = Fakes()
    fakes.sandbox.failure = SandboxUnavailable()

    answer = await verified(
        fakes,
        evidence("debugging", "debugging", [prose("Use `return total + n`.", "ran")]),
        desk={"exercise": "sum-to"},
    )

    assert answer["reply"] == WITHHELD


async def test_citations_of_several_agents_are_numbered_on() -> None:
    answer = await verified(Fakes(), cited(), cited("Lists hold 3 items. [1]"))

    assert [citation["n"] for citation in answer["citations"]] == [1, 2]
    assert "Lists hold 3 items. [2]" in answer["reply"]


async def test_what_could_not_be_done_is_told_plainly() -> None:
    found = evidence(
        "debugging",
        "debugging",
        [prose("From reading it.")],
        missing=["I could not run your program just now: no sandbox."],
    )

    answer = await verified(Fakes(), found, problems=["I could not look into the course: gone."])

    assert "I could not run your program just now" in answer["reply"]
    assert len(answer["problems"]) == 2


async def test_a_turn_without_evidence_still_gets_words() -> None:
    assert "send it once more" in (await verified(Fakes()))["reply"]


async def test_runs_citations_and_hints_are_shown_as_events() -> None:
    fakes = Fakes()
    run = {"code": "print(1)", "stdout": "1\n", "status": "ok", "level": "test", "error": "", "line": None}
    found = evidence("debugging", "debugging", [prose("Look.")], facts={"runs": [run]}, citations=CITED)  # type: ignore[arg-type]
    found["hint_level"] = 2

    await verified(fakes, found)

    assert {event["type"] for event in fakes.said} == {"code_result", "citation", "hint", "token"}


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ("Look at line 3, `return True`. It runs for `[1]`.", "Look at line 3."),
        ("For [1] your program gives `True`, where the task asks for `False`.", "For [1] your program gives True, where the task asks for False."),
        ("Write `return n > 0`.", ""),
    ],
)  # fmt: skip
def test_of_a_hint_that_says_too_much_the_rest_is_kept(body: str, left: str) -> None:
    assert without_code(body) == left
