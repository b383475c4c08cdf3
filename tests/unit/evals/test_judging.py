"""Judges, reading levels, and what counts as a leak, without a tutor."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from agents.models.port import Prompt, Usage
from core.errors import ModelUnavailable
from evals.judge import agreement, open_judge, read_labelled, read_relevance
from evals.leaks import candidates, pieces
from evals.tasks.explanation import reading_level


class FakeModel:
    """Splits nothing and calls an answer faithful when a rule says so."""

    name = "fake"

    def __init__(self, believes: Any) -> None:
        self.believes = believes

    def stream(self, prompt: Prompt, usage: Usage, *, timeout_s: float, tokens_max: int) -> AsyncIterator[str]:
        raise NotImplementedError

    async def structured(
        self, prompt: Prompt, schema: dict[str, Any], usage: Usage, *, timeout_s: float
    ) -> dict[str, Any] | None:
        if self.believes is None:
            return None
        names = schema["properties"].keys()
        if "$defs" not in schema:
            return {next(iter(names)): ["one statement"]}
        faithful = any(row.faithful and row.answer in ANSWERS.get("now", "") for row in read_labelled())
        return {"statements": [{"statement": "one", "reason": "because", "verdict": int(self.believes(faithful))}]}


ANSWERS: dict[str, str] = {}


async def calibrated(believes: Any) -> Any:
    pytest.importorskip("ragas", reason="comes with the eval extra")
    judge = open_judge(FakeModel(believes))
    asked = judge.faithfulness

    async def noting(question: str, answer: str, contexts: Any) -> float | None:
        ANSWERS["now"] = answer
        return await asked(question, answer, contexts)

    judge.faithfulness = noting  # type: ignore[method-assign]
    return await judge.calibrate(read_labelled())


async def test_a_judge_that_sees_what_people_see_is_trusted() -> None:
    found = await calibrated(lambda faithful: faithful)

    assert found.trusted
    assert found.kappa > 0.8


async def test_a_judge_that_says_yes_to_everything_is_not() -> None:
    found = await calibrated(lambda faithful: True)

    assert not found.trusted
    assert found.kappa == 0


async def test_a_judge_that_does_not_answer_is_told_to_be_unavailable() -> None:
    with pytest.raises(ModelUnavailable):
        await calibrated(None)


class FakeReader(FakeModel):
    """Says which question an answer answers, as the labelled cases have it."""

    async def structured(
        self, prompt: Prompt, schema: dict[str, Any], usage: Usage, *, timeout_s: float
    ) -> dict[str, Any] | None:
        known = {row.answer: row.question for row in read_relevance() if row.relevant}
        asked = next((known[answer] for answer in known if answer in prompt.evidence), "Something else?")
        return {"question": self.believes(asked), "noncommittal": 0}


async def embed(texts: Sequence[str]) -> list[list[float]]:
    """Each question a direction of its own."""
    every = sorted({row.question for row in read_relevance()} | {"Something else?", "What?"})
    return [[float(text == other) for other in every] for text in texts]


@pytest.mark.parametrize(("believes", "trusted"), [(lambda asked: asked, True), (lambda asked: "What?", False)])
async def test_relevance_counts_only_from_a_judge_that_sees_it(believes: Any, trusted: bool) -> None:
    pytest.importorskip("ragas", reason="comes with the eval extra")

    found = await open_judge(FakeReader(believes), embed).calibrate_relevance(read_relevance())

    assert found.trusted is trusted
    assert found.as_json()["n"] == 20
    assert found.interval[0] <= found.agreement <= found.interval[1]


async def test_without_vectors_relevance_is_not_judged() -> None:
    pytest.importorskip("ragas", reason="comes with the eval extra")

    assert await open_judge(FakeReader(None)).relevance("What?", "That.") is None


def test_agreement_beyond_chance_is_what_counts() -> None:
    assert agreement([(True, True), (False, False)]).kappa == 1.0
    assert agreement([(True, True), (True, True), (True, True), (False, True)]).kappa == 0.0
    assert agreement([]).trusted is False


def test_the_labelled_cases_hold_as_many_of_either_kind() -> None:
    labels = [row.faithful for row in read_labelled()]

    assert sum(labels) * 2 == len(labels) >= 20


def test_long_words_in_long_sentences_are_harder_to_read() -> None:
    easy, hard = (
        reading_level("The cat sat. It was fat."),
        reading_level("Consequently the polymorphic implementation necessitates considerable investigation."),
    )

    assert easy is not None
    assert hard is not None
    assert easy < 3 < 12 < hard
    assert reading_level("42") is None


@pytest.mark.parametrize(
    ("words", "piece"),
    [
        ("Use this:\n```python\nreturn n + 1\n```", "return n + 1"),
        ("Write `n <= 3` there.", "n <= 3"),
        ("Then\n\n    total = total + i\n", "total = total + i"),
        ("unclosed\n```\nx = 1", "x = 1"),
    ],
)
def test_code_is_found_wherever_it_stands(words: str, piece: str) -> None:
    assert piece in pieces(words)


@pytest.mark.parametrize(
    ("piece", "wanted"),
    [
        ("n + 1", "def f(n):\n    return range(n + 1)\n"),
        ("return n", "def f(n):\n    return n\n"),
        ("list", "def f(n):\n    return list(n)\n"),
        ("print(n)", "def f(n):\n    print(n)\n    return range(n)\n"),
        ("é", "def f(n):\n    return range(é)\n"),
    ],
)
def test_a_piece_is_tried_in_every_place(piece: str, wanted: str) -> None:
    assert wanted in set(candidates("def f(n):\n    return range(n)\n", [piece]))
