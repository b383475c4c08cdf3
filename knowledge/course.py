"""The course that the rest of the school sees: topics and exercises from the folder, passages from the index."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from core.errors import CourseUnavailable, NotFound
from core.log import logger
from core.ports import VARIANT, Course, Exercise, ExerciseId, Lesson, Passage, Subject, Topic, TopicId
from core.settings import KnowledgeSettings
from knowledge.cache import Copy, files_of, read_copy, stamp_of
from knowledge.chunk import Document
from knowledge.content import Curriculum, gather, load_files
from knowledge.embed import Encoder, FloatArray, NoEncoder, clean, open_encoder
from knowledge.filters import Filters, filters_of, levels_of
from knowledge.frontmatter import Problem
from knowledge.index import (
    SHIPPED,
    Maker,
    OnProgress,
    fits,
    heading_of,
    lesson_of,
    records_of,
    silent,
    sound_course,
    version_of,
)
from knowledge.search import Searcher, distinct, prepare
from knowledge.store import Records, open_store
from knowledge.variants import Unfillable
from knowledge.versions import read_live, read_version

_VECTORS_KEPT = 512
_RESULTS_KEPT = 512
_WAIT_S = 300.0
_SPARE = 5  # passages that may turn out to say what a better one says already
_LOOK_S = 2.0
_log = logger("knowledge")
K = TypeVar("K")
V = TypeVar("V")
OnPublish = Callable[[Course], Awaitable[None]]


async def _nobody(course: Course) -> None:
    pass


@asynccontextmanager
async def open_course(
    settings: KnowledgeSettings,
    data_dir: Path,
    curriculum: Path = SHIPPED,
    *,
    heal: bool = False,
    on_progress: OnProgress = silent,
    on_publish: OnPublish = _nobody,
    look_s: float = _LOOK_S,
    encoder: Encoder | None = None,
) -> AsyncIterator["LiveCourse"]:
    """The published course, and while it is open each version that is published after it. `heal` builds the index when
    it is missing, out of date (and not held) or damaged, and where even that cannot be done (a Chroma server that does
    not answer, a model that is not there) searches by words alone until it can; without it a missing or damaged one
    raises CourseUnavailable, and one that is out of date is served as it is. Raises Invalid when nothing in the folder is
    sound. `on_publish` is awaited before a new version is served; every `look_s` seconds we look for one. `encoder` stands
    in for the one that the settings name."""

    def whole() -> IndexedCourse:
        return _open(settings, data_dir, curriculum, heal, on_progress, encoder)

    try:
        opened = await asyncio.to_thread(whole)
    except CourseUnavailable as error:
        if not heal:
            raise
        opened = await asyncio.to_thread(_open_by_words, data_dir, curriculum, error)
    course = LiveCourse(opened, _Watch(settings, data_dir, on_publish, look_s, whole))
    watching = asyncio.create_task(course.follow())
    try:
        yield course
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


def _open(
    settings: KnowledgeSettings,
    data_dir: Path,
    folder: Path,
    heal: bool,
    on_progress: OnProgress,
    given: Encoder | None,
) -> "IndexedCourse":
    encoder = given or _open_encoder(settings, data_dir, on_progress)
    try:
        found = read_live(settings, data_dir)
        damaged = False
    except CourseUnavailable as error:
        if not (heal and error.facts.get("damaged")):
            raise
        found, damaged = None, True
    course = None
    if heal:
        found, course = _heal(settings, data_dir, folder, found, damaged, encoder, on_progress)
    if found is None:
        raise CourseUnavailable("The course has not been indexed yet; run `learnflow index`.")
    return course_of(found, encoder, course, rerank=settings.rerank)


def _open_by_words(data_dir: Path, folder: Path, failure: CourseUnavailable) -> "IndexedCourse":
    """What was live last, or else the folder; without vectors."""
    _log.warning("knowledge.searched_by_words_alone", reason=failure.message)
    copy = read_copy(data_dir)
    files, problems = (files_of(copy), list[Problem]()) if copy else gather([folder])
    _, _, course = sound_course(files, problems, {})
    encoder = NoEncoder()
    records = tuple(record for record, _ in records_of(course, encoder.fingerprint))
    found = Records(records=records, vectors=encoder.encode([record.text for record in records]))
    return IndexedCourse(course, encoder, version_of(course, encoder), found, lacking=failure.message)


def _heal(
    settings: KnowledgeSettings,
    data_dir: Path,
    folder: Path,
    found: Copy | None,
    damaged: bool,
    encoder: Encoder,
    on_progress: OnProgress,
) -> tuple[Copy | None, Curriculum | None]:
    """What the folder says, made live where it is not; a version that is held stays, made anew for another model. The
    curriculum comes along when it was read for this."""
    held = found is not None and found.held
    if found and held and fits(found.version, encoder):
        return found, None
    files, problems = (files_of(found), list[Problem]()) if found and held else gather([folder])
    source = "what was live before" if held else "the shipped course" if folder == SHIPPED else str(folder)
    _, wrong, course = sound_course(files, problems, found.files if found else {})
    if wrong:
        # a file that somebody broke must not keep a server from starting
        _log.warning("knowledge.files_left_as_they_were", problems=len(wrong))
    if found and found.version == version_of(course, encoder):
        return found, course
    maker = Maker(settings, data_dir, encoder, on_progress)
    maker.make(files, problems, source=source, rebuild=damaged, held=held, wait_s=_WAIT_S)
    return read_live(settings, data_dir), None


def open_version(
    settings: KnowledgeSettings, data_dir: Path, name: str | None = None, *, encoder: Encoder | None = None
) -> "IndexedCourse":
    """One version by the beginning of its name, or the live one, as students get it. Blocking. Raises NotFound, Conflict
    for a beginning that several have, CourseUnavailable."""
    found = read_version(settings, data_dir, name) if name else read_live(settings, data_dir)
    if found is None:
        raise CourseUnavailable("The course has not been indexed yet; run `learnflow index`.")
    return course_of(
        found,
        encoder or open_encoder(settings.embedding_model, data_dir, settings.embedding_precision),
        rerank=settings.rerank,
    )


def course_of(
    found: Copy, encoder: Encoder, course: Curriculum | None = None, *, rerank: bool = True
) -> "IndexedCourse":
    """A version as students get it; `course` is its curriculum where that was read already. Raises CourseUnavailable
    for one that was made with another model."""
    if not fits(found.version, encoder):
        raise CourseUnavailable(
            "The course was indexed with another embedding model or by another release; run `learnflow index`.",
            version=found.version,
        )
    course = course or load_files(files_of(found))
    return IndexedCourse(course, encoder, found.version, found.found, rerank=rerank)


def _open_encoder(settings: KnowledgeSettings, data_dir: Path, on_progress: OnProgress) -> Encoder:
    on_progress(0, 1, "opening the embedding model")
    return open_encoder(settings.embedding_model, data_dir, settings.embedding_precision)


@dataclass(frozen=True, slots=True)
class _Watch:
    settings: KnowledgeSettings
    data_dir: Path
    on_publish: OnPublish
    look_s: float
    whole: "Callable[[], IndexedCourse]"

    def stamp(self) -> object:
        """Changes when another version is published. Blocking; raises CourseUnavailable."""
        if self.settings.chroma_url is None:
            return stamp_of(self.data_dir)
        with open_store(self.settings.chroma_url, self.data_dir) as store:
            return store.live()

    def curriculum(self, version: str) -> Curriculum:
        """What an earlier version was made of. Blocking; raises NotFound, CourseUnavailable."""
        with open_store(self.settings.chroma_url, self.data_dir) as store:
            if store.manifest(version) is None:
                raise NotFound(f"The course's version {version[:60]} is no longer kept.", version=version[:60])
            files = store.files(version)
        return load_files({name: text.encode() for name, text in files.items()})


def _lesson(course: Curriculum, name: TopicId, version: str) -> Lesson:
    topic = next((topic for topic in course.topics if topic.id == name), None)
    if topic is None:
        raise NotFound(f"There is no topic {name[:100]}.", topic=name[:100])
    return lesson_of(course, topic, version)


class LiveCourse:
    """core.ports.Course: whatever is published now. Every call is answered by one version; results are kept with the
    version that they came from, so that none outlives it."""

    def __init__(self, course: "IndexedCourse", watch: _Watch) -> None:
        self._now = course
        self._watch = watch
        self._earlier: tuple[str, Curriculum] | None = None

    @property
    def now(self) -> "IndexedCourse":
        """One version, which stays what it is."""
        return self._now

    @property
    def version(self) -> str:
        return self._now.version

    @property
    def lacking(self) -> str:
        return self._now.lacking

    async def search(
        self,
        query: str,
        *,
        k: int = 5,
        subject: Subject | None = None,
        module: str | None = None,
        level: int | None = None,
        topics: Collection[TopicId] | None = None,
    ) -> list[Passage]:
        return await self._now.search(query, k=k, subject=subject, module=module, level=level, topics=topics)

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        return await self._now.embed(texts)

    def list_topics(self, subject: Subject | None = None) -> Sequence[Topic]:
        return self._now.list_topics(subject)

    def get_topic(self, topic: TopicId) -> Topic:
        return self._now.get_topic(topic)

    async def read_lesson(self, topic: TopicId, *, version: str = "") -> Lesson:
        now = self._now
        if version in ("", now.version):
            return await now.read_lesson(topic)
        if self._earlier is None or self._earlier[0] != version:
            self._earlier = version, await asyncio.to_thread(self._watch.curriculum, version)
        return _lesson(self._earlier[1], topic, version)

    def list_exercises(self, *, topic: TopicId | None = None, subject: Subject | None = None) -> Sequence[Exercise]:
        return self._now.list_exercises(topic=topic, subject=subject)

    def get_exercise(self, exercise: ExerciseId) -> Exercise:
        return self._now.get_exercise(exercise)

    async def follow(self) -> None:
        """Take over each version that is published, for ever, and what was lacking as soon as it is there."""
        seen: object = None
        told = self.lacking
        while True:
            await asyncio.sleep(self._watch.look_s)
            try:
                stamp = None if self.lacking else await asyncio.to_thread(self._watch.stamp)
                if self.lacking or stamp != seen:
                    await self.refresh()
                    seen = stamp
                told = ""
            except Exception as error:  # the outermost loop of this task: whatever fails is tried again
                if str(error) != told:
                    _log.warning("knowledge.version_not_taken_over", failure=error)
                told = str(error)

    async def refresh(self) -> None:
        """Serve what is live now, when that is another version. Raises CourseUnavailable, Invalid, and what `on_publish`
        raises; then the old version stays."""
        course = await asyncio.to_thread(self._load)
        if course:
            await self._watch.on_publish(course)
            self._now = course
            _log.info("knowledge.version_taken_over", version=course.version)

    def _load(self) -> "IndexedCourse | None":
        if self.lacking:
            return self._watch.whole()
        found = read_live(self._watch.settings, self._watch.data_dir)
        if found is None or found.version == self._now.version:
            return None
        return course_of(found, self._now.encoder, rerank=self._watch.settings.rerank)


class IndexedCourse:
    """core.ports.Course over one version in memory; searching reads nothing from disk."""

    def __init__(
        self,
        course: Curriculum,
        encoder: Encoder,
        version: str,
        found: Records,
        *,
        rerank: bool = True,
        lacking: str = "",
    ) -> None:
        self._course = course
        self.encoder = encoder
        self.lacking = lacking
        self._version = version
        self._topics = {topic.id: topic for topic in course.topics}
        self._exercises = {exercise.id: exercise for exercise in course.exercises}
        self._passages, self._searcher = _in_memory(found, self._topics, rerank)
        anchors = {
            f"{topic.id}#{number}": section.anchor
            for topic in course.topics
            for number, section in enumerate(lesson_of(course, topic, version).sections)
        }
        self._passages = [
            replace(passage, version=version, anchor=anchors.get(passage.id, "")) for passage in self._passages
        ]
        self._levels = levels_of(course.topics)
        number = {name: at for at, name in enumerate(self._topics)}
        self._topic_of = np.array([number[passage.topic] for passage in self._passages], np.int64)
        self._vectors: _Recent[str, FloatArray] = _Recent(_VECTORS_KEPT)
        self._results: _Recent[tuple[str, int, Filters], tuple[Passage, ...]] = _Recent(_RESULTS_KEPT)

    @property
    def version(self) -> str:
        return self._version

    async def search(
        self,
        query: str,
        *,
        k: int = 5,
        subject: Subject | None = None,
        module: str | None = None,
        level: int | None = None,
        topics: Collection[TopicId] | None = None,
    ) -> list[Passage]:
        """The best first; none for a query without a word. A long query is cut: its ends count."""
        prepared = prepare(query)
        if not prepared or k <= 0:
            return []
        key = (prepared, k, filters_of(subject, module, level, topics))
        if (kept := self._results.get(key)) is None:
            kept = await asyncio.to_thread(self._search, *key)
            self._results.put(key, kept)
        return list(kept)

    async def explain(
        self,
        query: str,
        *,
        k: int = 5,
        subject: Subject | None = None,
        module: str | None = None,
        level: int | None = None,
        topics: Collection[TopicId] | None = None,
    ) -> list[tuple[Passage, Mapping[str, float]]]:
        """What a search gives, each passage with what every view of it added to its rank."""
        prepared = prepare(query)
        filters = filters_of(subject, module, level, topics)
        return await asyncio.to_thread(self._explain, prepared, k, filters) if prepared and k > 0 else []

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        if self.lacking:
            raise CourseUnavailable(self.lacking)
        vectors: list[list[float]] = (await asyncio.to_thread(self._embed, texts)).tolist()
        return vectors

    def list_topics(self, subject: Subject | None = None) -> Sequence[Topic]:
        return [topic for topic in self._course.topics if subject in {None, topic.subject}]

    def get_topic(self, topic: TopicId) -> Topic:
        if topic not in self._topics:
            raise NotFound(f"There is no topic {topic[:100]}.", topic=topic[:100])
        return self._topics[topic]

    async def read_lesson(self, topic: TopicId, *, version: str = "") -> Lesson:
        if version not in ("", self._version):
            raise NotFound(f"This is not the version {version[:60]}.", version=version[:60])
        return _lesson(self._course, topic, self._version)

    def list_exercises(self, *, topic: TopicId | None = None, subject: Subject | None = None) -> Sequence[Exercise]:
        return [
            exercise
            for exercise in self._course.exercises
            if topic in {None, exercise.topic} and subject in {None, exercise.subject}
        ]

    def get_exercise(self, exercise: ExerciseId) -> Exercise:
        template, _, seed = exercise.partition(VARIANT)
        if seed:
            with suppress(Unfillable):  # a seed that no numbers were found for is one variant fewer
                if (varied := self._course.vary(ExerciseId(template), seed)) is not None:
                    return replace(varied, id=exercise)
        if exercise not in self._exercises:
            raise NotFound(f"There is no exercise {exercise[:100]}.", exercise=exercise[:100])
        return self._exercises[exercise]

    def _search(self, query: str, k: int, filters: Filters) -> tuple[Passage, ...]:
        return tuple(passage for passage, _ in self._explain(query, k, filters))

    def _explain(self, query: str, k: int, filters: Filters) -> list[tuple[Passage, Mapping[str, float]]]:
        allowed = self._allowed(filters)
        hits = self._searcher.search(query, self._embed([query])[0], k + _SPARE, allowed=allowed)
        kept = distinct([self._passages[hit.place].text for hit in hits])[:k]
        return [(replace(self._passages[hits[i].place], score=hits[i].score), hits[i].shares) for i in kept]

    def _allowed(self, filters: Filters) -> npt.NDArray[np.bool_] | None:
        fitting = filters.fitting(self._course.topics, self._levels)
        if fitting is None:
            return None
        return np.array([topic in fitting for topic in self._topics], bool)[self._topic_of]

    def _embed(self, texts: Sequence[str]) -> FloatArray:
        cleaned = [clean(text).strip() for text in texts]
        known = {text: vector for text in cleaned if (vector := self._vectors.get(text)) is not None}
        fresh = sorted({text for text in cleaned if text not in known})
        for text, vector in zip(fresh, self.encoder.encode(fresh), strict=True):
            known[text] = vector
            self._vectors.put(text, vector)
        return np.stack([known[text] for text in cleaned]) if cleaned else self.encoder.encode([])


def _in_memory(found: Records, topics: dict[TopicId, Topic], rerank: bool) -> tuple[list[Passage], Searcher]:
    """Passages of topics that have left the folder since the index was built are left out."""
    records = list(enumerate(found.records))
    leads = [row for row, record in records if record.field == "lead" and record.facts["topic"] in topics]
    leads.sort(key=lambda row: int(found.records[row].facts["place"]))
    passages = [_passage(found, row) for row in leads]
    place = {passage.id: i for i, passage in enumerate(passages)}
    rows = sorted(
        (place[record.document], int(record.facts["number"]), row)
        for row, record in records
        if record.field == "chunk" and record.document in place
    )
    chunks = [row for _, _, row in rows]
    owners = np.array([owner for owner, _, _ in rows], np.int64)
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
