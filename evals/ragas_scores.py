"""Ragas, of the `eval` extra, for what it measures offline: an answer's words against a reference and its quotes against
their sources. Imported when it is first asked for; it is told not to phone home before that."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.ports import Course
from evals.quiet_ragas import is_installed, quiet


class TextScores:
    """`ragas.metrics.collections` without a model; vectors are the course's own. Open it with `open_text_scores`."""

    def __init__(self, course: Course, metrics: Mapping[str, Any]) -> None:
        self._course = course
        self._metrics = metrics

    async def score(
        self, reply: str, reference: str, quotes: Sequence[str], sources: Sequence[str]
    ) -> dict[str, float]:
        """rouge_recall: share of the reference's longest common sequence of words that the reply holds (ROUGE-L); chrf: F of
        character runs; similarity: cosine of the two as the course embeds them; quotes_aligned: quotes that stand in their
        sources to the letter, None without one."""
        scores: dict[str, float] = {}
        if reference:
            for name in ("rouge_recall", "chrf"):
                found = await self._metrics[name].ascore(reference=reference, response=reply)
                scores[name] = float(found.value)
            mine, theirs = await self._course.embed([reply, reference])
            scores["similarity"] = sum(x * y for x, y in zip(mine, theirs, strict=True))
        if quotes:
            # a quote may hold quotation marks itself, which would end it too early
            quoted = " ".join(f'"{_plain(quote)}"' for quote in quotes)
            found = await self._metrics["quotes_aligned"].ascore(
                response=quoted, retrieved_contexts=[_plain(s) for s in sources]
            )
            scores["quotes_aligned"] = float(found.value)
        return scores


def _plain(words: str) -> str:
    return words.replace('"', "'")


class IdScores:
    """`ragas.metrics` on the ids of what was found. Open it with `open_id_scores`."""

    def __init__(self, sample: Any, precision: Any, recall: Any) -> None:
        self._sample, self._precision, self._recall = sample, precision, recall

    async def score(self, found: Sequence[str], relevant: Sequence[str]) -> dict[str, float]:
        """context_precision: of what was found the share that is relevant; context_recall: the other way round."""
        if not found:
            return {"context_precision": 0.0, "context_recall": 0.0}
        # below their public door, which writes a file with a number for this person into the home folder each time
        sample = self._sample(retrieved_context_ids=list(found), reference_context_ids=list(relevant))
        return {
            "context_precision": float(await self._precision._single_turn_ascore(sample, None)),
            "context_recall": float(await self._recall._single_turn_ascore(sample, None)),
        }


def open_id_scores() -> IdScores | None:
    """None where ragas is not installed; takes some seconds where it is."""
    if not is_installed():
        return None
    with quiet():
        from ragas import SingleTurnSample
        from ragas.metrics import IDBasedContextPrecision, IDBasedContextRecall

        return IdScores(SingleTurnSample, IDBasedContextPrecision(), IDBasedContextRecall())


def open_text_scores(course: Course) -> TextScores | None:
    """None where ragas is not installed; takes some seconds where it is."""
    if not is_installed():
        return None
    with quiet():
        from ragas.metrics.collections import CHRFScore, QuotedSpansAlignment, RougeScore

        return TextScores(
            course,
            {
                "rouge_recall": RougeScore(rouge_type="rougeL", mode="recall"),
                "chrf": CHRFScore(),
                "quotes_aligned": QuotedSpansAlignment(),
            },
        )
