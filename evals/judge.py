"""A language model as a judge: it is tried on labelled cases first, and its scores count only if it agrees with them."""

import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from pydantic import BaseModel, Field, ValidationError

from agents.models.port import Model, Prompt, Usage
from core.errors import Invalid, ModelUnavailable
from evals.datasets import Row, read_rows
from evals.quiet_ragas import quiet

LABELLED = Path(__file__).parent / "suites" / "judge.jsonl"
RELEVANCE = Path(__file__).parent / "suites" / "judge_relevance.jsonl"
AGREEMENT_MIN = 0.8
KAPPA_MIN = 0.6  # "substantial" by Landis and Koch 1977: agreement beyond what chance would give
_TIMEOUT_S = 60.0
_TRIES = 2
_RULES = "You judge answers of a tutor for a study. Reply with the JSON object that is asked for and nothing else."
T = TypeVar("T", bound=BaseModel)
Embed = Callable[[Sequence[str]], Awaitable[Sequence[Sequence[float]]]]


class LabelledRow(Row):
    """An answer whose every statement follows from the contexts (1), or not (0)."""

    id: str = ""
    question: str = Field(min_length=1)
    answer: str = Field(min_length=1)
    contexts: tuple[str, ...] = Field(min_length=1)
    faithful: int = Field(ge=0, le=1)


class RelevanceRow(Row):
    """An answer that answers the question (1), or speaks of something else or of nothing (0)."""

    id: str = ""
    question: str = Field(min_length=1)
    answer: str = Field(min_length=1)
    relevant: int = Field(ge=0, le=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How far a judge agrees with people: the share with its 95 % bootstrap interval, and Cohen's kappa; `n` labelled
    cases were judged."""

    n: int
    agreement: float
    kappa: float
    interval: tuple[float, float] = (0.0, 1.0)

    @property
    def trusted(self) -> bool:
        return self.agreement >= AGREEMENT_MIN and self.kappa >= KAPPA_MIN

    def as_json(self) -> dict[str, Any]:
        return {"n": self.n, "agreement": round(self.agreement, 4), "interval": [round(x, 4) for x in self.interval],
                "kappa": round(self.kappa, 4), "trusted": self.trusted}  # fmt: skip


class Judge:
    """Faithfulness and answer relevance by ragas, asked of a model behind the product's own port. Open it with
    `open_judge`."""

    def __init__(self, faithfulness: Any, relevance: Any = None) -> None:
        self._faithfulness = faithfulness
        self._relevance = relevance

    async def faithfulness(self, question: str, answer: str, contexts: Sequence[str]) -> float | None:
        """The share of the answer's statements that follow from the contexts; None when it states nothing. Raises
        ModelUnavailable."""
        found = await self._faithfulness.ascore(user_input=question, response=answer, retrieved_contexts=list(contexts))
        return _number(found.value)

    async def relevance(self, question: str, answer: str) -> float | None:
        """How near the questions that the answer would answer are to the one that was asked, 0 for an evasion; None
        without vectors. Raises ModelUnavailable."""
        if self._relevance is None:
            return None
        return _number((await self._relevance.ascore(user_input=question, response=answer)).value)

    async def calibrate(self, rows: Sequence[LabelledRow]) -> Calibration:
        """Judged faithful is a share of one half or more. Raises ModelUnavailable."""
        pairs = []
        for row in rows:
            value = await self.faithfulness(row.question, row.answer, row.contexts)
            pairs.append((bool(row.faithful), value is not None and value >= 0.5))
        return agreement(pairs)

    async def calibrate_relevance(self, rows: Sequence[RelevanceRow]) -> Calibration:
        """Judged relevant is one half or more. Raises ModelUnavailable."""
        pairs = []
        for row in rows:
            value = await self.relevance(row.question, row.answer)
            pairs.append((bool(row.relevant), value is not None and value >= 0.5))
        return agreement(pairs)


def _number(value: Any) -> float | None:
    return None if math.isnan(float(value)) else float(value)


def agreement(pairs: Sequence[tuple[bool, bool]]) -> Calibration:
    """Of (label, judgement) pairs. Kappa is 0 where one of the two never varies."""
    n = len(pairs)
    same = sum(a == b for a, b in pairs) / n if n else 0.0
    yes_a, yes_b = (sum(pair[side] for pair in pairs) / n if n else 0.0 for side in (0, 1))
    chance = yes_a * yes_b + (1 - yes_a) * (1 - yes_b)
    kappa = (same - chance) / (1 - chance) if chance < 1 else 0.0
    return Calibration(n=n, agreement=same, kappa=kappa, interval=_spread([a == b for a, b in pairs]))


def _spread(same: Sequence[bool]) -> tuple[float, float]:
    if not same:
        return (0.0, 1.0)
    drawn = np.random.default_rng(0).choice(np.asarray(same, float), (1000, len(same))).mean(axis=1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)


def read_labelled() -> list[LabelledRow]:
    return read_rows(LABELLED, LabelledRow)


def read_relevance() -> list[RelevanceRow]:
    return read_rows(RELEVANCE, RelevanceRow)


def open_judge(model: Model, embed: Embed | None = None) -> Judge:
    """`embed` gives the vectors that relevance is measured by. Raises Invalid where ragas is not installed."""
    with quiet():
        try:
            from ragas.embeddings.base import BaseRagasEmbedding
            from ragas.llms.base import InstructorBaseRagasLLM
            from ragas.metrics.collections import AnswerRelevancy, Faithfulness
        except ImportError as error:
            raise Invalid(f"a judge needs ragas: pip install 'learnflow[eval]' ({error})") from error

    class OverPort(InstructorBaseRagasLLM):
        """What ragas asks of a model, answered by the product's own."""

        def generate(self, prompt: str, response_model: type[T]) -> T:
            raise NotImplementedError("only asked for asynchronously")

        async def agenerate(self, prompt: str, response_model: type[T]) -> T:
            return await _ask(model, prompt, response_model)

    class OverCourse(BaseRagasEmbedding):
        """Vectors as the course has them."""

        def embed_text(self, text: str, **_: Any) -> list[float]:
            raise NotImplementedError("only asked for asynchronously")

        async def aembed_text(self, text: str, **_: Any) -> list[float]:
            assert embed is not None
            return list((await embed([text]))[0])

    with quiet():
        relevance = AnswerRelevancy(llm=OverPort(), embeddings=OverCourse()) if embed is not None else None
        return Judge(Faithfulness(llm=OverPort()), relevance)


async def _ask(model: Model, prompt: str, wanted: type[T]) -> T:
    asked = Prompt(name="judge", version="v1", system=_RULES, evidence=prompt, student="", draft="")
    for _ in range(_TRIES):
        found = await model.structured(asked, wanted.model_json_schema(), Usage(), timeout_s=_TIMEOUT_S)
        try:
            if found is not None:
                return wanted.model_validate(found)
        except ValidationError:
            continue
    raise ModelUnavailable(f"{model.name} gave no judgement of the form that was asked for")
