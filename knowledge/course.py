"""The course that the rest of the school sees: topics and exercises from the folder, passages from the index."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

import numpy as np

from core.errors import CourseUnavailable, NotFound
from core.ports import Course, Exercise, ExerciseId, Passage, Subject, Topic, TopicId
from core.settings import KnowledgeSettings
from knowledge.cache import read_copy, write_copy
from knowledge.chunk import Document
from knowledge.content import SUBJECTS, Curriculum, load_curriculum
from knowledge.embed import Encoder, FloatArray, clean, open_encoder
from knowledge.index import SHIPPED, OnProgress, build, fits, heading_of, silent, version_of
from knowledge.search import Searcher, prepare
from knowledge.store import Records, check_folder, open_store

_VECTORS_KEPT = 512
_RESULTS_KEPT = 512
_WAIT_S = 300.0
K = TypeVar("K")
V = TypeVar("V")


@asynccontextmanager
async def open_course(
    settings: KnowledgeSettings,
    data_dir: Path,
    curriculum: Path = SHIPPED,
    *,
    heal: bool = False,
    on_progress: OnProgress = silent,
    encoder: Encoder | None = None,
) -> AsyncIterator[Course]:
    """The published course. `heal` builds the index when it is missing, out of date or damaged; without it a missing
    or damaged one raises CourseUnavailable, and one that is out of date is served as it is. Raises Invalid when the
    content is wrong. `encoder` stands in for the one that the settings name."""
    yield await asyncio.to_thread(_open, settings, data_dir, curriculum, heal, on_progress, encoder)


def _open(
    settings: KnowledgeSettings,
    data_dir: Path,
    folder: Path,
    heal: bool,
    on_progress: OnProgress,
    given: Encoder | None,
) -> "IndexedCourse":
    course = load_curriculum(folder)
    encoder = given or _open_encoder(settings, data_dir, on_progress)
    try:
        found = _read_live(settings, data_dir)
        damaged = False
    except CourseUnavailable as error:
        if not (heal and error.facts.get("damaged")):
            raise
        found, damaged = None, True
    if heal and (found is None or found[0] != version_of(course, encoder)):
        build(settings, data_dir, folder, rebuild=damaged, on_progress=on_progress, encoder=encoder, wait_s=_WAIT_S)
        found = _read_live(settings, data_dir)
    if found is None:
        raise CourseUnavailable("The course has not been indexed yet; run `learnflow index`.")
    if not fits(found[0], encoder):
        raise CourseUnavailable(
            "The course was indexed with another embedding model or by another release; run `learnflow index`.",
            version=found[0],
        )
    return IndexedCourse(course, encoder, *found, rerank=settings.rerank)


def _open_encoder(settings: KnowledgeSettings, data_dir: Path, on_progress: OnProgress) -> Encoder:
    on_progress(0, 1, "opening the embedding model")
    return open_encoder(settings.embedding_model, data_dir)


def _read_live(settings: KnowledgeSettings, data_dir: Path) -> tuple[str, Records] | None:
    """From the copy where it is the live version's, so that a warm start does not wait for Chroma."""
    copy = read_copy(data_dir)
    if settings.chroma_url is None:
        check_folder(data_dir)
        # in a data folder of our own each publication writes the copy as well
        if copy:
            return copy
    with open_store(settings.chroma_url, data_dir) as store:
        version = store.live()
        if version is None:
            return None
        if copy and copy[0] == version:
            return copy
        found = store.read(version)
    write_copy(data_dir, version, found)
    return version, found


class IndexedCourse:
    """core.ports.Course over an index in memory; searching reads nothing from disk."""

    def __init__(
        self, course: Curriculum, encoder: Encoder, version: str, found: Records, *, rerank: bool = True
    ) -> None:
        self._course = course
        self._encoder = encoder
        self._version = version
        self._topics = {topic.id: topic for topic in course.topics}
        self._exercises = {exercise.id: exercise for exercise in course.exercises}
        self._passages, self._searcher = _in_memory(found, self._topics, rerank)
        self._of_subject = {
            subject: np.array([passage.subject == subject for passage in self._passages], bool) for subject in SUBJECTS
        }
        self._vectors: _Recent[str, FloatArray] = _Recent(_VECTORS_KEPT)
        self._results: _Recent[tuple[str, int, Subject | None], tuple[Passage, ...]] = _Recent(_RESULTS_KEPT)

    @property
    def version(self) -> str:
        return self._version

    async def search(self, query: str, *, k: int = 5, subject: Subject | None = None) -> list[Passage]:
        """The best first; none for a query without a word. A long query is cut: its ends count."""
        prepared = prepare(query)
        if not prepared or k <= 0:
            return []
        key = (prepared, k, subject)
        if (kept := self._results.get(key)) is None:
            kept = await asyncio.to_thread(self._search, *key)
            self._results.put(key, kept)
        return list(kept)

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        vectors: list[list[float]] = (await asyncio.to_thread(self._embed, texts)).tolist()
        return vectors

    def list_topics(self, subject: Subject | None = None) -> Sequence[Topic]:
        return [topic for topic in self._course.topics if subject in {None, topic.subject}]

    def get_topic(self, topic: TopicId) -> Topic:
        if topic not in self._topics:
            raise NotFound(f"There is no topic {topic[:100]}.", topic=topic[:100])
        return self._topics[topic]

    def list_exercises(self, *, topic: TopicId | None = None, subject: Subject | None = None) -> Sequence[Exercise]:
        return [
            exercise
            for exercise in self._course.exercises
            if topic in {None, exercise.topic} and subject in {None, exercise.subject}
        ]

    def get_exercise(self, exercise: ExerciseId) -> Exercise:
        if exercise not in self._exercises:
            raise NotFound(f"There is no exercise {exercise[:100]}.", exercise=exercise[:100])
        return self._exercises[exercise]

    def _search(self, query: str, k: int, subject: Subject | None) -> tuple[Passage, ...]:
        allowed = self._of_subject[subject] if subject else None
        hits = self._searcher.search(query, self._embed([query])[0], k, allowed=allowed)
        return tuple(replace(self._passages[hit.place], score=hit.score) for hit in hits)

    def _embed(self, texts: Sequence[str]) -> FloatArray:
        cleaned = [clean(text).strip() for text in texts]
        known = {text: vector for text in cleaned if (vector := self._vectors.get(text)) is not None}
        fresh = sorted({text for text in cleaned if text not in known})
        for text, vector in zip(fresh, self._encoder.encode(fresh), strict=True):
            known[text] = vector
            self._vectors.put(text, vector)
        return np.stack([known[text] for text in cleaned]) if cleaned else self._encoder.encode([])


def _in_memory(found: Records, topics: dict[TopicId, Topic], rerank: bool) -> tuple[list[Passage], Searcher]:
    """Passages of topics that have left the folder since the index was built are left out."""
    rows = sorted(
        (
            (int(record.facts["place"]), record.field == "chunk", int(record.facts["number"]), row)
            for row, record in enumerate(found.records)
            if record.facts["topic"] in topics
        )
    )
    leads = [row for *_, chunk, _, row in rows if not chunk]
    chunks = [row for *_, chunk, _, row in rows if chunk]
    passages = [_passage(found, row) for row in leads]
    place = {passage.id: i for i, passage in enumerate(passages)}
    owners = np.array([place[found.records[row].document] for row in chunks], np.int64)
    documents = [Document(id=p.id, text=p.text, heading=heading_of(p.title, p.heading)) for p in passages]
    return passages, Searcher(documents, found.vectors[leads], found.vectors[chunks], owners, rerank=rerank)


def _passage(found: Records, row: int) -> Passage:
    record = found.records[row]
    topic = str(record.facts["topic"])
    return Passage(
        id=record.document,
        topic=TopicId(topic),
        subject="maths" if record.facts["subject"] == "maths" else "python",
        title=str(record.facts["title"]),
        heading=str(record.facts["heading"]),
        text=record.text,
        score=0.0,
    )


class _Recent(Generic[K, V]):
    """The values used last, at most `size`; safe to share between threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def get(self, key: K) -> V | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: K, value: V) -> None:
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)
