"""Builds the index of a curriculum: a new version beside the live one, swapped in by one write."""

import asyncio
import fcntl
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import Conflict, CourseUnavailable
from core.ports import Topic
from core.settings import KnowledgeSettings
from knowledge.cache import drop_copy, read_copy, write_copy
from knowledge.chunk import Document, cut
from knowledge.content import Curriculum, load_curriculum
from knowledge.embed import Encoder, FloatArray, open_encoder
from knowledge.store import Record, Records, Store, chroma_folder, open_store

SHIPPED = Path(__file__).resolve().parent / "curriculum"
OnProgress = Callable[[int, int, str], None]

# raise it when passages, chunks or records change their form: every index is then built again
_FORM = 1
_BATCH = 64
_MISTAKES = "Common mistakes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a build did; added, unchanged and removed count passages."""

    version: str
    added: int
    unchanged: int
    removed: int
    seconds: float


def silent(done: int, total: int, what: str) -> None:
    pass


async def index(
    settings: KnowledgeSettings,
    data_dir: Path,
    curriculum: Path = SHIPPED,
    *,
    rebuild: bool = False,
    on_progress: OnProgress = silent,
) -> Summary:
    """Make the index say what the folder says. `on_progress(done, total, what)` is called from a worker thread.
    `rebuild` starts from nothing and moves a broken index aside. Raises Invalid for wrong content, Conflict when
    another process is indexing, CourseUnavailable."""
    return await asyncio.to_thread(build, settings, data_dir, curriculum, rebuild=rebuild, on_progress=on_progress)


def build(
    settings: KnowledgeSettings,
    data_dir: Path,
    curriculum: Path = SHIPPED,
    *,
    rebuild: bool = False,
    on_progress: OnProgress = silent,
    encoder: Encoder | None = None,
    wait_s: float = 0.0,
) -> Summary:
    """The same, blocking, with an encoder that is open already; `wait_s` is how long to wait for another indexer."""
    started = time.monotonic()
    course = load_curriculum(curriculum)
    on_progress(0, 1, "opening the embedding model")
    encoder = encoder or open_encoder(settings.embedding_model, data_dir)
    version = version_of(course, encoder)
    records = records_of(course, encoder.fingerprint)
    with _alone(data_dir, wait_s):
        # vectors that are already there are right whatever became of the database around them
        known = _vectors_of(copy[1] if (copy := read_copy(data_dir)) else None)
        if rebuild:
            _start_afresh(settings, data_dir)
        with open_store(settings.chroma_url, data_dir) as store:
            before = _publish(store, version, records, known, encoder, on_progress)
            write_copy(data_dir, version, store.read(version))
    old, new = _passages(before), _passages(records)
    return Summary(
        version=version,
        added=len(new - old),
        unchanged=len(new & old),
        removed=len(old - new),
        seconds=time.monotonic() - started,
    )


def version_of(course: Curriculum, encoder: Encoder) -> str:
    return f"{course.version}-{encoder.fingerprint}-{_FORM}"


def fits(version: str, encoder: Encoder) -> bool:
    """Whether vectors of this version may be compared with the encoder's."""
    return version.endswith(f"-{encoder.fingerprint}-{_FORM}")


def documents_of(course: Curriculum) -> list[tuple[Document, Mapping[str, str | int]]]:
    """Each section of each lesson, and its common mistakes, with the facts that a passage is made of."""
    found: list[tuple[Document, Mapping[str, str | int]]] = []
    for topic in course.topics:
        sections = [(section.heading, section.text.strip()) for section in course.sections[topic.id]]
        if topic.pitfalls:
            sections.append((_MISTAKES, "\n\n".join(topic.pitfalls)))
        for number, (heading, text) in enumerate(sections):
            found.append(_document(topic, number, heading, text))
    return found


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
                text=document.text if piece.field == "lead" else piece.text,
                digest=hashlib.sha256(f"{fingerprint}\0{piece.text}".encode()).hexdigest()[:24],
                facts={**facts, "place": place, "number": piece.number},
            )
            records.append((record, piece.text))
    return records


def _publish(
    store: Store,
    version: str,
    records: Sequence[tuple[Record, str]],
    known: Mapping[str, FloatArray],
    encoder: Encoder,
    on_progress: OnProgress,
) -> Records:
    """Write what is missing of the version, make it live, drop all but the one before. Returns what was live."""
    live = store.live()
    before = store.read(live) if live else Records(records=(), vectors=np.zeros((0, 0), np.float32))
    partial = store.read(version) if version != live else before
    known = {**known, **_vectors_of(before), **_vectors_of(partial)}
    written = {record.id for record in partial.records}
    missing = [(record, text) for record, text in records if record.id not in written]
    for start in range(0, len(missing), _BATCH):
        on_progress(len(written) + start, len(records), "embedding the course")
        batch = missing[start : start + _BATCH]
        store.write(version, [record for record, _ in batch], _embed(batch, known, encoder))
    on_progress(len(records), len(records), "embedding the course")
    if version != live:
        store.publish(version)
    for old in store.versions():
        if old not in {version, live}:
            store.drop(old)
    return before


def _embed(batch: Sequence[tuple[Record, str]], known: Mapping[str, FloatArray], encoder: Encoder) -> FloatArray:
    fresh = [i for i, (record, _) in enumerate(batch) if record.digest not in known]
    vectors = dict(zip(fresh, encoder.encode([batch[i][1] for i in fresh]), strict=True))
    return np.stack([vectors[i] if i in vectors else known[batch[i][0].digest] for i in range(len(batch))])


def _vectors_of(found: Records | None) -> dict[str, FloatArray]:
    return {record.digest: vector for record, vector in zip(found.records, found.vectors, strict=True)} if found else {}


def _passages(found: Records | Sequence[tuple[Record, str]]) -> set[tuple[str, str]]:
    records = found.records if isinstance(found, Records) else [record for record, _ in found]
    return {(record.document, record.text) for record in records if record.field == "lead"}


def _start_afresh(settings: KnowledgeSettings, data_dir: Path) -> None:
    drop_copy(data_dir)
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


@contextmanager
def _alone(data_dir: Path, wait_s: float) -> Iterator[None]:
    """One indexer at a time in a data folder; the lock goes with its process."""
    folder = data_dir / "index"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            _take(lock.fileno(), time.monotonic() + wait_s)
            yield
    except OSError as error:
        raise CourseUnavailable(f"The course index cannot be written: {error}.", file=error.filename) from error


def _take(lock: int, until: float) -> None:
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= until:
                raise Conflict("Another process is indexing the course; wait until it has finished.") from error
        time.sleep(0.1)
