"""How an idea is explained: whole turns, with citations, length, reading level, and what ragas says of the words."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from agents.models.open import open_models
from core.clock import SystemClock
from core.ports import Ask
from evals.classroom import Classroom, Said, open_classroom
from evals.datasets import Case, ExplanationRow, Files, read_cases
from evals.judge import Judge as ModelJudge
from evals.judge import open_judge as open_model_judge
from evals.judge import read_labelled, read_relevance
from evals.metrics import share, times
from evals.ragas_scores import TextScores, open_text_scores
from evals.task import Bench, Judge, Judged, Task

PASSAGES = 10


def read(files: Files) -> Sequence[Case]:
    return read_cases(files.data, ExplanationRow)


@asynccontextmanager
async def open_judge(bench: Bench, cases: Sequence[Case]) -> AsyncIterator[Judge]:
    async with open_classroom(bench.settings, bench.on_progress) as room:
        model_judge = await _tried_judge(bench, room)
        texts = open_text_scores(room.course)

        async def judge(case: Case) -> Judged:
            return await _judge(case.row, room, texts, model_judge)

        yield judge


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    """A judge, and for which of its scores it was shown that people see the same."""

    judge: ModelJudge
    trusted: frozenset[str]


async def _tried_judge(bench: Bench, room: Classroom) -> _Tried | None:
    """The model that the settings name for the role `judge`, tried on labelled cases; how far it agrees with people stands
    in the result, and only scores on which it does are asked for. Raises ModelUnavailable, and Invalid without ragas."""
    settings = bench.settings
    if "judge" not in settings.models.roles:
        return None
    model = open_models(settings.model, settings.models, SystemClock())["judge"]
    judge = open_model_judge(model, room.course.embed)
    bench.on_progress(0, 1, "trying the judge on labelled cases")
    found = {
        "faithfulness": await judge.calibrate(read_labelled()),
        "answer_relevance": await judge.calibrate_relevance(read_relevance()),
    }
    bench.notes["judge"] = {"model": model.name, **{name: tried.as_json() for name, tried in found.items()}}
    return _Tried(judge=judge, trusted=frozenset(name for name, tried in found.items() if tried.trusted))


async def _judge(row: ExplanationRow, room: Classroom, texts: TextScores | None, tried: _Tried | None) -> Judged:
    said, _ = await room.say(await room.add_student(), Ask(message=row.text))
    citations = said.answer.get("citations", [])
    sources = {p.id: p.text for p in await room.course.search(row.text, k=PASSAGES)}
    contexts = [sources[c["passage"]] for c in citations if c["passage"] in sources]
    prose = _prose(said)
    scores: dict[str, Any] = {
        "explained": float(bool({"concept", "maths"} & set(said.answer.get("intents", [])))),
        "cites": float(bool(citations)),
        "right_topic": float(bool({c["topic"] for c in citations} & set(row.topics))) if row.topics else None,
        "words": float(len(re.findall(r"[A-Za-z']+", prose))),
        "reading_level": reading_level(prose),
        "ms": round(said.ms, 2),
    }
    if texts is not None:
        scores |= await texts.score(
            prose, row.reference, [c["quote"].rstrip("…") for c in citations if c["passage"] in sources], contexts
        )
    if tried is not None and contexts and "faithfulness" in tried.trusted:
        scores["faithfulness"] = await tried.judge.faithfulness(row.text, prose, contexts)
    if tried is not None and prose and "answer_relevance" in tried.trusted:
        scores["answer_relevance"] = await tried.judge.relevance(row.text, prose)
    return {
        "scores": scores, "shown": row.text, "wanted": row.reference, "group": row.topics[0] if row.topics else "",
        "output": [{"message": row.text, "reply": said.reply}], "trace": [said.trace],
    }  # fmt: skip


def _prose(said: Said) -> str:
    return "\n\n".join(
        block["body"] for block in said.answer.get("blocks", []) if block["kind"] in ("prose", "question")
    )


def reading_level(words: str) -> float | None:
    """The school grade at which the words can be read (Flesch and Kincaid 1975); 8 is a 14-year-old. None for no words."""
    found = re.findall(r"[A-Za-z']+", re.sub(r"`[^`]*`|\$[^$]*\$", " x ", words))
    if not found:
        return None
    sentences = max(1, len(re.findall(r"[.!?:]+(?:\s|$)", words)))
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", word.lower().removesuffix("e")))) for word in found)
    return round(0.39 * len(found) / sentences + 11.8 * syllables / len(found) - 15.59, 2)


TASK = Task(
    name="explanation",
    about=__doc__ or "",
    read=read,
    open=open_judge,
    jobs=2,
    failed={"right_topic": 0.0, "explained": 0.0, "cites": 0.0},
    metrics=(
        share("right_topic", "explanations that cite a topic which is named as right"),
        share("explained", "questions that were understood as questions for an explanation"),
        share("cites", "replies that cite the course"),
        share("quotes_aligned", "ragas: quotes that stand in the cited passage to the letter"),
        share("rouge_recall", "ragas: share of the reference's words, in order, that the reply holds (ROUGE-L recall)"),
        share("chrf", "ragas: agreement of character runs with the reference (chrF)"),
        share("similarity", "cosine of reply and reference as the course embeds them"),
        share(
            "faithfulness", "ragas, by a judge that agrees with people: statements that follow from the cited passages"
        ),
        share(
            "answer_relevance",
            "ragas, by a judge that agrees with people: how near the questions that the reply answers are to the one asked",
        ),
        share("words", "mean words in a reply"),
        share("reading_level", "mean school grade at which a reply can be read (Flesch-Kincaid; 8 is age 14)", "lower"),
        *times("a turn"),
    ),
)
