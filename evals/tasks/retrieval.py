"""How well passages are found: the search that a turn does, over a corpus of one's own or the published course."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.errors import Invalid
from core.ports import Course
from evals.datasets import Case, DocumentRow, Files, QueryRow, read_cases, read_qrels, read_rows
from evals.metrics import ranking_scores, share, times
from evals.product import Remembering
from evals.ragas_scores import IdScores, open_id_scores
from evals.task import Bench, Judge, Judged, Task
from knowledge.chunk import Document
from knowledge.course import open_course
from knowledge.embed import Encoder, open_encoder
from knowledge.search import Searcher, prepare, searcher_of

DEPTH = 10
_WARM = "what is a variable"


def read(files: Files) -> Sequence[Case]:
    """Queries about which nothing is judged are left out."""
    cases = read_cases(files.data, QueryRow)
    corpus = None if files.corpus is None else {row.id for row in read_rows(files.corpus, DocumentRow, unique="id")}
    if files.qrels is not None:
        judged = read_qrels(files.qrels, corpus)
        cases = [
            replace(case, row=case.row.model_copy(update={"relevant": tuple(sorted(judged[case.id]))}))
            for case in cases
            if case.id in judged
        ]
    kept = [case for case in cases if case.row.relevant]
    if not kept:
        raise Invalid(f"nothing says what is relevant for the queries of {files.data}: name --qrels")
    _check_known(kept, corpus, files.data)
    return kept


def _check_known(cases: Sequence[Case], corpus: Collection[str] | None, data: Path) -> None:
    """Raises Invalid where a corpus of one's own lacks what a query names as relevant."""
    for case in cases:
        missing = [name for name in case.row.relevant if corpus is not None and name not in corpus]
        if missing:
            raise Invalid(f"{data}: {case.id}: the corpus holds no document {missing[0][:80]!r}")


@asynccontextmanager
async def open_judge(bench: Bench, cases: Sequence[Case]) -> AsyncIterator[Judge]:
    settings = bench.settings
    ids = await asyncio.to_thread(open_id_scores)
    if bench.files.corpus is None:
        async with open_course(
            settings.knowledge, settings.data_dir, heal=True, on_progress=bench.on_progress
        ) as course:
            await course.search(_WARM)
            _check_named(cases, course, bench.files.data)
            yield _in_course(course, ids)
        return
    encoder, searcher = await asyncio.to_thread(_index, bench)
    yield _in_corpus(encoder, searcher, ids)


def _index(bench: Bench) -> tuple[Encoder, Searcher]:
    assert bench.files.corpus is not None
    rows = read_rows(bench.files.corpus, DocumentRow)
    documents = [Document(id=row.id, text=row.text, heading=row.title) for row in rows]
    encoder = open_encoder(
        bench.settings.knowledge.embedding_model, bench.settings.data_dir, bench.settings.knowledge.embedding_precision
    )
    remembering = Remembering(encoder, bench.settings.data_dir / "evals" / "vectors", bench.on_progress)
    searcher = searcher_of(documents, remembering, rerank=bench.settings.knowledge.rerank)
    encoder.encode([_WARM])
    return encoder, searcher


def _in_corpus(encoder: Encoder, searcher: Searcher, ids: IdScores | None) -> Judge:
    def find(query: str) -> list[tuple[str, str, float]]:
        prepared = prepare(query)
        hits = searcher.search(prepared, encoder.encode([prepared])[0], DEPTH)
        return [(d.id, d.whole, hit.score) for hit in hits for d in [searcher.documents[hit.place]]]

    async def judge(case: Case) -> Judged:
        began = time.perf_counter()
        found = await asyncio.to_thread(find, case.row.text)
        return await _judged(case.row, found, (time.perf_counter() - began) * 1000, ids)

    return judge


def _check_named(cases: Sequence[Case], course: Course, data: Path) -> None:
    """Raises Invalid for a topic that the published course does not have: every such query would count as missed."""
    topics = {str(topic.id) for topic in course.list_topics()}
    for case in cases:
        missing = [name for name in case.row.relevant if name.partition("#")[0] not in topics]
        if missing:
            raise Invalid(
                f"{data}: {case.id}: the course holds no topic {missing[0][:80]!r}; name --corpus for your own"
            )


def _in_course(course: Course, ids: IdScores | None) -> Judge:
    """A topic or a passage may be named as relevant; a topic counts once, where its first passage stands."""

    async def judge(case: Case) -> Judged:
        row: QueryRow = case.row
        began = time.perf_counter()
        passages = await course.search(row.text, k=DEPTH)
        took = (time.perf_counter() - began) * 1000
        found: dict[str, tuple[str, str, float]] = {}
        for passage in passages:
            name = str(passage.topic) if passage.topic in row.relevant else passage.id
            found.setdefault(name, (name, passage.text, passage.score))
        return await _judged(row, list(found.values()), took, ids)

    return judge


async def _judged(
    row: QueryRow, found: Sequence[tuple[str, str, float]], took_ms: float, ids: IdScores | None
) -> Judged:
    relevant = frozenset(row.relevant)
    scores: dict[str, Any] = ranking_scores([name for name, _, _ in found], relevant)
    if ids is not None:
        scores |= await ids.score([name for name, _, _ in found], sorted(relevant))
    return {
        "scores": scores | {"ms": round(took_ms, 3)}, "shown": row.text[:400], "wanted": sorted(relevant)[:10],
        "output": [{"id": name, "score": round(score, 4), "words": words[:400]} for name, words, score in found],
    }  # fmt: skip


TASK = Task(
    name="retrieval",
    about=__doc__ or "",
    read=read,
    open=open_judge,
    failed={"mrr_10": 0.0, "recall_10": 0.0, "hit_10": 0.0, "ndcg_10": 0.0},
    metrics=(
        share("mrr_10", "mean of 1 / rank of the first relevant passage among ten, 0 when there is none"),
        share("recall_10", "of what is relevant (at most ten) the share among the first ten"),
        share("hit_10", "queries with something relevant among the first ten"),
        share("ndcg_10", "discounted gain of the first ten by the best possible (Järvelin and Kekäläinen 2002)"),
        share("context_precision", "ragas, by ids: of the ten first the share that is relevant"),
        share("context_recall", "ragas, by ids: of what is relevant the share among the ten first"),
        *times("a query, embedding included, nothing cached"),
    ),
)
