"""Where the index lies: versions as Chroma collections, one of them live; a reader never sees half a version."""

import json
import socket
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from core.errors import CourseUnavailable
from knowledge.chunk import Field
from knowledge.embed import FloatArray

_POINTER = "learnflow-live"
_PREFIX = "course-"
_FILES = "files-"
_READ_BATCH = 2_000
_FILES_BATCH = 500
_HISTORY_MAX = 20
_SERVER_PORT = 8000
_ROOM_BYTES = 8_000_000
_CONNECT_S = 5.0
_ANSWER_S = 60.0
# Chroma's own graph of neighbours is never asked (knowledge/search.py ranks): the smallest one costs the least
_GRAPH = {"space": "l2", "ef_construction": 2, "max_neighbors": 2}
# one text a record: each field would be a row of its own, with its entry in an index nobody asks
_FIELDS = "record"
# not Chroma's documents: it keeps a full-text index of those, never asked either, which is half of what writing costs
_TEXT = "text"
_NO_FACTS = frozenset({"document", "field", "digest", _TEXT})
REBUILD = "run `learnflow index --rebuild` to move the broken folder aside and build the index again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One embedded text. `text` is a lead's whole passage, whose chunks `knowledge.chunk` cuts again the same way; a chunk
    has none. `digest` names what was embedded by which model, so that its vector can be used again. `facts` say where it
    stands in the course."""

    id: str
    document: str
    field: Field
    text: str
    digest: str
    facts: Mapping[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Rows of `vectors` belong to `records` one by one."""

    records: tuple[Record, ...]
    vectors: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """The version that readers get (None before the first one), and those they got before, the last one last. `held`
    says that a person chose it, so that no start replaces it."""

    version: str | None = None
    history: tuple[str, ...] = ()
    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A whole version; `made_at` is seconds since 1970, `source` where its files came from."""

    version: str
    made_at: float
    source: str
    files: int
    passages: int


class Store:
    """Blocking: call it inside a thread."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def live(self) -> str | None:
        """The version that readers get; None before the first one is published."""
        return self.pointer().version

    def pointer(self) -> Pointer:
        found = self._collection(_POINTER)
        kept = (found.metadata or {}) if found else {}
        version = str(kept.get("version") or "")
        return Pointer(
            version=version if version and self._collection(_PREFIX + version) else None,
            history=tuple(json.loads(str(kept.get("history", "[]")))),
            held=bool(kept.get("held")),
        )

    def versions(self) -> list[str]:
        """All versions, published or still being built."""
        names = [str(getattr(found, "name", found)) for found in self._client.list_collections()]
        return sorted(name.removeprefix(_PREFIX) for name in names if name.startswith(_PREFIX))

    def manifest(self, version: str) -> Manifest | None:
        """None while a version is being built, or after that was broken off."""
        found = self._collection(_FILES + version)
        kept = (found.metadata or {}) if found else {}
        if "made_at" not in kept:
            return None
        return Manifest(
            version=version,
            made_at=float(kept["made_at"]),
            source=str(kept["source"]),
            files=int(kept["files"]),
            passages=int(kept["passages"]),
        )

    def files(self, version: str) -> dict[str, str]:
        """The curriculum that a version was made of, by path."""
        found = self._collection(_FILES + version)
        if found is None:
            return {}
        files: dict[str, str] = {}
        for offset in range(0, found.count(), _READ_BATCH):
            got = found.get(limit=_READ_BATCH, offset=offset, include=["documents", "metadatas"])
            files |= dict(zip(got["ids"], map(_text_of, got["documents"], got["metadatas"]), strict=True))
        return files

    def seal(self, manifest: Manifest, files: Mapping[str, str]) -> None:
        """The last step of building: only a version that is sealed may be published."""
        found = self._client.get_or_create_collection(_FILES + manifest.version, embedding_function=None)
        named = sorted(files)
        for start in range(0, len(named), _FILES_BATCH):
            batch = named[start : start + _FILES_BATCH]
            # every row needs some vector; nobody searches these
            found.upsert(ids=batch, metadatas=[{_TEXT: files[name]} for name in batch], embeddings=[[1.0]] * len(batch))
        kept = asdict(manifest)
        del kept["version"]
        found.modify(metadata=kept)

    def read(self, version: str) -> Records:
        collection = self._collection(_PREFIX + version)
        if collection is None:
            return Records(records=(), vectors=np.zeros((0, 0), np.float32))
        records: list[Record] = []
        parts: list[FloatArray] = []
        for offset in range(0, collection.count(), _READ_BATCH):
            got = collection.get(limit=_READ_BATCH, offset=offset, include=["embeddings", "documents", "metadatas"])
            records += map(_record, got["ids"], got["documents"], got["metadatas"])
            parts.append(np.asarray(got["embeddings"], np.float32))
        vectors = np.concatenate(parts) if parts else np.zeros((0, 0), np.float32)
        return Records(records=tuple(records), vectors=vectors)

    def count(self, version: str) -> int:
        found = self._collection(_PREFIX + version)
        return int(found.count()) if found else 0

    def write(self, version: str, records: Sequence[Record], vectors: FloatArray) -> None:
        """Add to a version that is not live yet; the same records again change nothing."""
        collection = self._client.get_or_create_collection(
            _PREFIX + version, embedding_function=None, configuration={"hnsw": _GRAPH}
        )
        if records:
            collection.upsert(
                ids=[record.id for record in records],
                embeddings=vectors,
                metadatas=[_metadata_of(record) for record in records],
            )

    def publish(self, version: str, *, held: bool, back: bool = False) -> None:
        """One write of metadata: before it readers get the old version, after it the new one. `back` forgets what was
        live since the version was."""
        before = self.pointer()
        history = list(before.history)
        if back:
            history = history[: history.index(version)] if version in history else history
        elif before.version and before.version != version:
            history = [*(old for old in history if old not in {version, before.version}), before.version]
        kept = {"version": version, "held": held, "history": json.dumps(history[-_HISTORY_MAX:])}
        self._client.get_or_create_collection(_POINTER, embedding_function=None).modify(metadata=kept)

    def drop(self, version: str) -> None:
        for name in (_FILES + version, _PREFIX + version):
            if self._collection(name) is not None:
                self._client.delete_collection(name)

    def _collection(self, name: str) -> Any:
        from chromadb.errors import NotFoundError

        try:
            return self._client.get_collection(name, embedding_function=None)
        except NotFoundError:
            return None


def _metadata_of(record: Record) -> dict[str, str]:
    kept = {**record.facts, "document": record.document, "field": record.field, "digest": record.digest}
    whole = {**kept, _TEXT: record.text} if record.text else kept
    return {_FIELDS: json.dumps(whole, ensure_ascii=False)}


def _text_of(document: str | None, metadata: Mapping[str, Any] | None) -> str:
    """What an earlier release indexed holds its texts as Chroma's documents."""
    return str((metadata or {}).get(_TEXT, document or ""))


def _record(identity: str, document: str | None, metadata: Mapping[str, Any]) -> Record:
    # an earlier release kept the fields one by one
    metadata = json.loads(metadata[_FIELDS]) if _FIELDS in metadata else metadata
    facts = {name: value for name, value in metadata.items() if name not in _NO_FACTS}
    return Record(
        id=identity,
        document=str(metadata["document"]),
        field=metadata["field"],
        text=_text_of(document, metadata),
        digest=str(metadata["digest"]),
        facts=facts,
    )


def chroma_folder(data_dir: Path) -> Path:
    return data_dir / "chroma"


@contextmanager
def open_store(url: str | None, data_dir: Path) -> Iterator[Store]:
    """Blocking. Raises CourseUnavailable when the folder is broken or the server does not answer."""
    client = _connect(url) if url else _open_folder(chroma_folder(data_dir))
    try:
        with _faults_named(url, data_dir):
            yield Store(client)
    finally:
        _close(client)


def _close(client: Any) -> None:
    # chromadb 1.5 leaves its HTTP connections open; this may go when its close() closes them
    for session in _sessions_of(client):
        session.close()
    client.close()


def _sessions_of(client: Any) -> list[Any]:
    """The httpx clients of a Chroma server's client, which holds a second one to administer; a folder's has none."""
    servers = [getattr(owner, "_server", None) for owner in (client, getattr(client, "_admin_client", None))]
    return [session for server in servers if (session := getattr(server, "_session", None)) is not None]


@contextmanager
def _faults_named(url: str | None, data_dir: Path) -> Iterator[None]:
    """Chroma's own errors, and those of its transport, in our words."""
    import httpx
    from chromadb.errors import ChromaError

    try:
        yield
    except (ChromaError, httpx.HTTPError, sqlite3.Error) as error:
        if url:
            raise _unreachable(url) from error
        raise (broken(data_dir) if _has_room(data_dir) else _full(data_dir)) from error


def check_folder(data_dir: Path) -> None:
    """Raises CourseUnavailable when Chroma's database is damaged; cheap, and without importing chromadb."""
    folder = chroma_folder(data_dir)
    database = folder / "chroma.sqlite3"
    if not database.exists():
        if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
            raise broken(data_dir)
        return
    try:
        connection = sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)
        try:
            verdict = connection.execute("pragma quick_check(1)").fetchone()[0]
        finally:
            connection.close()
    except sqlite3.OperationalError as error:
        # another process holds the file just now: that is no damage
        if "locked" in str(error) or "busy" in str(error):
            return
        raise broken(data_dir) from error
    except sqlite3.DatabaseError as error:
        raise broken(data_dir) from error
    if verdict != "ok":
        raise broken(data_dir)


def broken(data_dir: Path) -> CourseUnavailable:
    folder = str(chroma_folder(data_dir))
    return CourseUnavailable(f"The course index in {folder} is damaged; {REBUILD}.", folder=folder, damaged=True)


def _has_room(data_dir: Path) -> bool:
    """Chroma names a full disk by whatever step met it, so we try for ourselves."""
    try:
        with tempfile.TemporaryFile(dir=data_dir) as probe:
            probe.write(bytes(_ROOM_BYTES))
    except OSError:
        return False
    return True


def _full(data_dir: Path) -> CourseUnavailable:
    return CourseUnavailable(
        f"The disk of {data_dir} takes no more. The live version is as it was: make room and run the same command again.",
        folder=str(data_dir),
    )


def _unreachable(url: str | None) -> CourseUnavailable:
    return CourseUnavailable(f"The Chroma server at {url} does not answer.", url=url)


def _open_folder(folder: Path) -> Any:
    check_folder(folder.parent)
    folder.mkdir(parents=True, exist_ok=True)
    import chromadb
    from chromadb.config import Settings

    try:
        return chromadb.PersistentClient(folder.resolve(), settings=Settings(anonymized_telemetry=False))
    except Exception as error:  # opening a damaged folder raises whatever its Rust core met
        raise broken(folder.parent) from error


def _connect(url: str) -> Any:
    import chromadb
    from chromadb.config import Settings

    at = urlsplit(url)
    if at.scheme not in {"http", "https"} or not at.hostname:
        raise CourseUnavailable(f"{url} is no address of a Chroma server; write http://host:port.", url=url)
    port = at.port or (443 if at.scheme == "https" else _SERVER_PORT)
    try:
        # the client itself would wait for ever for a server that drops packets
        socket.create_connection((at.hostname, port), timeout=_CONNECT_S).close()
        settings = Settings(anonymized_telemetry=False)
        client = chromadb.HttpClient(at.hostname, port=port, ssl=at.scheme == "https", settings=settings)
    except Exception as error:  # a refused connection comes back as a bare ValueError, others as they are
        raise _unreachable(url) from error
    for session in _sessions_of(client):
        session.timeout = _ANSWER_S
    return client
