"""Builds the index of a curriculum: a new version beside the live one, swapped in by one write."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import numpy as np

from core.errors import Conflict, Invalid
from core.ports import Lesson, Section, Topic
from core.settings import KnowledgeSettings
from knowledge.cache import Copy, read_copy
from knowledge.chunk import Document, cut
from knowledge.content import Curriculum, Files, gather, invalid, load_files, salvage
from knowledge.embed import Encoder, FloatArray, find_model, fingerprint_of, open_encoder
from knowledge.frontmatter import Problem
from knowledge.lesson import anchors_of
from knowledge.lock import alone
from knowledge.store import Manifest, Record, Records, Store, chroma_folder, open_store
from knowledge.versions import Diff, compare, copy_of, find_back, find_version, prune, publish, read_live

SHIPPED = Path(__file__).resolve().parent / "curriculum"
OnProgress = Callable[[int, int, str], None]

# raise it when passages, chunks or records change their form: every index is then built again
_FORM = 2
# after each batch all but one of the encoder's threads wait a moment, and a build that is asked to stop does so
_BATCH = 128
_WRITTEN_AT_ONCE = 256
_MISTAKES = "Common mistakes"
_NOTHING = Records(records=(), vectors=np.zeros((0, 0), np.float32))


class Stopped(Exception):
    """The build was asked to stop; what it has embedded is kept for the next one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a build did, or a dry run would do. added, unchanged and removed count passages, `fresh` the texts that were
    embedded; `problems` are those of files that were left as they were, or out."""

    version: str
    live: bool
    diff: Diff
    problems: tuple[Problem, ...]
    added: int
    unchanged: int
    removed: int
    fresh: int
    seconds: float


def silent(done: int, total: int, what: str) -> None:
    pass


async def index(
    settings: KnowledgeSettings,
    data_dir: Path,
    curriculum: Path | Sequence[Path] = SHIPPED,
    *,
    rebuild: bool = False,
    live: bool = True,
    held: bool = False,
    on_progress: OnProgress = silent,
) -> Summary:
    """Make the index say what the folders say. `on_progress(done, total, what)` is called from a worker thread.
    `rebuild` starts from nothing and moves a broken index aside; without `live` the new version waits to be published;
    `held` keeps a start of the server from replacing it. Raises Invalid when nothing in the folder is sound, Conflict
    when another process is indexing, CourseUnavailable. Cancelled, it stops after the batch in hand."""
    stop = Event()
    try:
        return await asyncio.to_thread(
            build, settings, data_dir, curriculum,
            rebuild=rebuild, live=live, held=held, on_progress=on_progress, stop=stop,
        )  # fmt: skip
    except asyncio.CancelledError:
        stop.set()
        raise


def build(
    settings: KnowledgeSettings,
    data_dir: Path,
    curriculum: Path | Sequence[Path] = SHIPPED,
    *,
    rebuild: bool = False,
    live: bool = True,
    held: bool = False,
    on_progress: OnProgress = silent,
    encoder: Encoder | None = None,
    wait_s: float = 0.0,
    stop: Event | None = None,
) -> Summary:
    """The same, blocking, with an encoder that is open already; `wait_s` is how long to wait for another indexer. A bad
    file keeps its last good state in the index, or stays out of it."""
    folders = [curriculum] if isinstance(curriculum, Path) else list(curriculum)
    files, problems = gather(folders)
    on_progress(0, 1, "opening the embedding model")
    encoder = encoder or open_encoder(settings.embedding_model, data_dir, settings.embedding_precision)
    source = ", ".join("the shipped course" if folder == SHIPPED else str(folder) for folder in folders)
    maker = Maker(settings, data_dir, encoder, on_progress, stop or Event())
    return maker.make(files, problems, source=source, rebuild=rebuild, live=live, held=held, wait_s=wait_s)


def plan(settings: KnowledgeSettings, data_dir: Path, curriculum: Path | Sequence[Path] = SHIPPED) -> Summary:
    """What a build would do; writes nothing and opens no model. Raises what `build` raises, but Conflict."""
    started = time.monotonic()
    gathered, problems = gather([curriculum] if isinstance(curriculum, Path) else list(curriculum))
    copy = read_live(settings, data_dir)
    files, wrong, course = sound_course(gathered, problems, copy.files if copy else {})
    fingerprint = fingerprint_of(find_model(settings.embedding_model), settings.embedding_precision)
    records = records_of(course, fingerprint)
    known = _vectors_of(copy.found if copy else None)
    return _summary(
        version=f"{course.version}-{fingerprint}-{_FORM}",
        live=False,
        diff=compare(copy.files if copy else {}, files),
        problems=wrong,
        old=copy.found if copy else _NOTHING,
        new=records,
        fresh=len({record.digest for record, _ in records} - known.keys()),
        seconds=time.monotonic() - started,
    )


def publish_version(settings: KnowledgeSettings, data_dir: Path, name: str, *, wait_s: float = 0.0) -> str:
    """Make a whole version live, by the beginning of its name; held, so that a restart does not undo it. Returns its
    name. Raises NotFound, Conflict, CourseUnavailable."""
    with alone(data_dir, wait_s), open_store(settings.chroma_url, data_dir) as store:
        version = find_version(store, name).version
        _refuse_another_model(settings, version)
        publish(store, data_dir, version, held=True)
    return version


def roll_back(settings: KnowledgeSettings, data_dir: Path, *, wait_s: float = 0.0) -> str:
    """Make the version live that was live before; again goes further back. Returns its name. Raises Conflict when there
    is none, CourseUnavailable."""
    with alone(data_dir, wait_s), open_store(settings.chroma_url, data_dir) as store:
        version = find_back(store)
        _refuse_another_model(settings, version)
        publish(store, data_dir, version, held=True, back=True)
    return version


def sound_course(
    files: Files, problems: Sequence[Problem], last: Mapping[str, str]
) -> tuple[dict[str, str], tuple[Problem, ...], Curriculum]:
    """The files that can be indexed, what is wrong with the others, and the course they make. Raises Invalid when no
    topic is left."""
    sound, wrong, course = salvage(files, problems, {name: text.encode() for name, text in last.items()})
    if not course.topics:
        raise invalid(wrong) if wrong else Invalid("There is no topic here: a curriculum holds python/ and maths/.")
    return {name: content.decode() for name, content in sound.items()}, tuple(wrong), course


@dataclass(frozen=True, slots=True)
class Maker:
    """Builds versions; blocking."""

    settings: KnowledgeSettings
    data_dir: Path
    encoder: Encoder
    on_progress: OnProgress = silent
    stop: Event = field(default_factory=Event)

    def make(
        self,
        files: Files,
        problems: Sequence[Problem],
        *,
        source: str,
        rebuild: bool = False,
        live: bool = True,
        held: bool = False,
        strict: bool = False,
        wait_s: float = 0.0,
    ) -> Summary:
        """`strict` refuses all of it for one bad file. Raises Invalid, Conflict, CourseUnavailable, Stopped."""
        started = time.monotonic()
        with alone(self.data_dir, wait_s):
            # vectors that are already there are right whatever became of the database around them
            copy = read_copy(self.data_dir)
            if rebuild:
                _start_afresh(self.settings, self.data_dir)
            with open_store(self.settings.chroma_url, self.data_dir) as store:
                last = _last(store, copy)
                if strict:
                    # as it stands: what would have to be left out with a bad file is no fault of its own
                    load_files(files, problems)
                sound, found, course = sound_course(files, problems, last.files)
                version = version_of(course, self.encoder)
                records = records_of(course, self.encoder.fingerprint)
                known = {**_vectors_of(copy.found if copy else None), **_vectors_of(last.found)}
                fresh = self._write(store, version, records, known)
                self._seal(store, version, records, sound, source)
                if live:
                    made = Copy(version=version, found=_found(records, known), files=sound, held=held)
                    publish(store, self.data_dir, version, held=held, copy=made)
                prune(store, keep=version)
        return _summary(
            version=version,
            live=live,
            diff=compare(last.files, sound),
            problems=found,
            old=last.found,
            new=records,
            fresh=fresh,
            seconds=time.monotonic() - started,
        )

    def _write(
        self,
        store: Store,
        version: str,
        records: Sequence[tuple[Record, str]],
        known: dict[str, FloatArray],
    ) -> int:
        """What is missing of the version; afterwards all of its vectors are known. Returns how many texts were
        embedded."""
        written: set[str] = set()
        for name in store.versions():
            # a build that was broken off: perhaps of this version, perhaps of a like one
            if name == version or store.manifest(name) is None:
                found = store.read(name)
                known |= _vectors_of(found)
                written |= {record.id for record in found.records if name == version}
        missing = [(record, text) for record, text in records if record.id not in written]
        # threads that each have a text of like length finish together; the longest first, so that the time left is not
        # praised
        missing.sort(key=lambda pair: -len(pair[1]))
        fresh = 0
        with _Writer(store, version) as writer:
            for start in range(0, len(missing), _BATCH):
                if self.stop.is_set():
                    raise Stopped
                self.on_progress(len(written) + start, len(records), "embedding the course")
                batch = missing[start : start + _BATCH]
                fresh += _embed(batch, known, self.encoder)
                writer.add([record for record, _ in batch], np.stack([known[record.digest] for record, _ in batch]))
        self.on_progress(len(records), len(records), "embedding the course")
        return fresh

    def _seal(
        self,
        store: Store,
        version: str,
        records: Sequence[tuple[Record, str]],
        files: Mapping[str, str],
        source: str,
    ) -> None:
        if store.manifest(version):
            return
        if store.count(version) != len(records):
            # the lock holds in one data folder; a Chroma server may be written to from several
            raise Conflict("Another indexer removed part of this version; run the same command again.")
        passages = len(_passages(records))
        store.seal(
            Manifest(version=version, made_at=time.time(), source=source, files=len(files), passages=passages), files
        )


class _Writer:
    """Writes to a version while the next texts are embedded; on leaving, whatever for, all that was added is written."""

    def __init__(self, store: Store, version: str) -> None:
        self._store, self._version = store, version
        self._records: list[Record] = []
        self._vectors: list[FloatArray] = []
        self._pool = ThreadPoolExecutor(1)
        self._writing: Future[None] | None = None

    def __enter__(self) -> "_Writer":
        return self

    def __exit__(self, *failure: object) -> None:
        with self._pool:
            self._write()
            self._finish()

    def add(self, records: Sequence[Record], vectors: FloatArray) -> None:
        self._records += records
        self._vectors.append(vectors)
        if len(self._records) >= _WRITTEN_AT_ONCE:
            self._write()

    def _write(self) -> None:
        self._finish()
        if self._records:
            vectors = np.concatenate(self._vectors)
            self._writing = self._pool.submit(self._store.write, self._version, self._records, vectors)
            self._records, self._vectors = [], []

    def _finish(self) -> None:
        writing, self._writing = self._writing, None
        if writing:
            writing.result()


def _summary(
    *, version: str, live: bool, diff: Diff, problems: tuple[Problem, ...], old: Records,
    new: Sequence[tuple[Record, str]], fresh: int, seconds: float,
) -> Summary:  # fmt: skip
    was, now = _passages(old), _passages(new)
    return Summary(
        version=version,
        live=live,
        diff=diff,
        problems=problems,
        added=len(now - was),
        unchanged=len(now & was),
        removed=len(was - now),
        fresh=fresh,
        seconds=seconds,
    )


def _refuse_another_model(settings: KnowledgeSettings, version: str) -> None:
    if not version.endswith(
        f"-{fingerprint_of(find_model(settings.embedding_model), settings.embedding_precision)}-{_FORM}"
    ):
        raise Conflict("This version was indexed with another embedding model or by another release; index again.")


def version_of(course: Curriculum, encoder: Encoder) -> str:
    return f"{course.version}-{encoder.fingerprint}-{_FORM}"


def fits(version: str, encoder: Encoder) -> bool:
    """Whether vectors of this version may be compared with the encoder's."""
    return version.endswith(f"-{encoder.fingerprint}-{_FORM}")


def documents_of(course: Curriculum) -> list[tuple[Document, Mapping[str, str | int]]]:
    """Each section of each lesson, and its common mistakes, with the facts that a passage is made of."""
    found: list[tuple[Document, Mapping[str, str | int]]] = []
    for topic in course.topics:
        for number, (heading, text) in enumerate(sections_of(course, topic)):
            found.append(_document(topic, number, heading, text))
    return found


def sections_of(course: Curriculum, topic: Topic) -> list[tuple[str, str]]:
    """What a topic's lesson says, each part by its heading; common mistakes last."""
    sections = [(section.heading, section.text.strip()) for section in course.sections[topic.id]]
    if topic.pitfalls:
        sections.append((_MISTAKES, "\n\n".join(topic.pitfalls)))
    return sections


def lesson_of(course: Curriculum, topic: Topic, version: str) -> Lesson:
    parts = sections_of(course, topic)
    anchors = anchors_of([heading for heading, _ in parts])
    return Lesson(
        topic=topic.id,
        title=topic.title,
        version=version,
        sections=tuple(
            Section(anchor=anchor, heading=heading, body=text)
            for anchor, (heading, text) in zip(anchors, parts, strict=True)
        ),
    )


def _document(topic: Topic, number: int, heading: str, text: str) -> tuple[Document, Mapping[str, str | int]]:
    document = Document(id=f"{topic.id}#{number}", text=text, heading=heading_of(topic.title, heading))
    return document, {"topic": topic.id, "subject": topic.subject, "title": topic.title, "heading": heading}


def heading_of(title: str, heading: str) -> str:
    """A heading as a search reads it: what it says often needs the topic's name to be understood."""
    return heading if heading == title else f"{title}: {heading}"


def records_of(course: Curriculum, fingerprint: str) -> list[tuple[Record, str]]:
    """What the index holds, each with the text to embed."""
    records: list[tuple[Record, str]] = []
    for place, (document, facts) in enumerate(documents_of(course)):
        for piece in cut(document):
            record = Record(
                id=f"{document.id}/{piece.field}/{piece.number}",
                document=document.id,
                field=piece.field,
                text=document.text if piece.field == "lead" else "",
                digest=hashlib.sha256(f"{fingerprint}\0{piece.text}".encode()).hexdigest()[:24],
                facts={**facts, "place": place} if piece.field == "lead" else {"number": piece.number},
            )
            records.append((record, piece.text))
    return records


def _embed(batch: Sequence[tuple[Record, str]], known: dict[str, FloatArray], encoder: Encoder) -> int:
    """Makes the batch known, each text once: the lead of a short passage is its first chunk too. Returns how many texts
    were embedded."""
    fresh = {record.digest: text for record, text in batch if record.digest not in known}
    known |= zip(fresh, encoder.encode(list(fresh.values())), strict=True)
    return len(fresh)


def _found(records: Sequence[tuple[Record, str]], known: Mapping[str, FloatArray]) -> Records:
    if not records:
        return _NOTHING
    kept = tuple(record for record, _ in records)
    return Records(records=kept, vectors=np.stack([known[record.digest] for record in kept]))


def _last(store: Store, copy: Copy | None) -> Copy:
    """What is live, from the copy where that is the same version: none is changed once it is live. Before the first one
    the files of what was live before the database was moved aside."""
    version = store.pointer().version
    if version is None:
        return Copy(version="", found=_NOTHING, files=copy.files if copy else {})
    return copy if copy and copy.version == version else copy_of(store, version, held=False)


def _vectors_of(found: Records | None) -> dict[str, FloatArray]:
    return {record.digest: vector for record, vector in zip(found.records, found.vectors, strict=True)} if found else {}


def _passages(found: Records | Sequence[tuple[Record, str]]) -> set[tuple[str, str]]:
    records = found.records if isinstance(found, Records) else [record for record, _ in found]
    return {(record.document, record.text) for record in records if record.field == "lead"}


def _start_afresh(settings: KnowledgeSettings, data_dir: Path) -> None:
    """The copy stays: readers need something until the new version is there."""
    if settings.chroma_url:
        with open_store(settings.chroma_url, data_dir) as store:
            for version in store.versions():
                store.drop(version)
    else:
        move_aside(data_dir)


def move_aside(data_dir: Path) -> Path | None:
    """Keep what is left of the index out of the way: nothing is ever thrown away unseen. None if there is none."""
    folder = chroma_folder(data_dir)
    if not folder.exists():
        return None
    aside = folder.with_name(f"chroma.old-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{time.monotonic_ns()}")
    return folder.rename(aside)
