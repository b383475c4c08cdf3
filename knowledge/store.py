"""Where the index lies: versions as Chroma collections, one of them live; a reader never sees half a version."""

import socket
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from core.errors import CourseUnavailable
from knowledge.chunk import Field
from knowledge.embed import FloatArray

_POINTER = "learnflow-live"
_PREFIX = "course-"
_READ_BATCH = 2_000
_SERVER_PORT = 8000
_CONNECT_S = 5.0
_ANSWER_S = 60.0
REBUILD = "run `learnflow index --rebuild` to move the broken folder aside and build the index again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One embedded text, or for a lead the whole passage that it begins. `digest` names what was embedded by which
    model, so that its vector can be used again. `facts` say where it stands in the course."""

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


class Store:
    """Blocking: call it inside a thread."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def live(self) -> str | None:
        """The version that readers get; None before the first one is published."""
        pointer = self._collection(_POINTER)
        version = (pointer.metadata or {}).get("version") if pointer else None
        return str(version) if version and self._collection(_PREFIX + str(version)) else None

    def versions(self) -> list[str]:
        """All versions, published or still being built."""
        names = [str(getattr(found, "name", found)) for found in self._client.list_collections()]
        return sorted(name.removeprefix(_PREFIX) for name in names if name.startswith(_PREFIX))

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

    def write(self, version: str, records: Sequence[Record], vectors: FloatArray) -> None:
        """Add to a version that is not live yet; the same records again change nothing."""
        collection = self._client.get_or_create_collection(
            _PREFIX + version, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )
        if records:
            collection.upsert(
                ids=[record.id for record in records],
                embeddings=vectors,
                documents=[record.text for record in records],
                metadatas=[
                    {**record.facts, "document": record.document, "field": record.field, "digest": record.digest}
                    for record in records
                ],
            )

    def publish(self, version: str) -> None:
        """One write of metadata: before it readers get the old version, after it the new one."""
        pointer = self._client.get_or_create_collection(_POINTER, embedding_function=None)
        pointer.modify(metadata={"version": version})

    def drop(self, version: str) -> None:
        if self._collection(_PREFIX + version) is not None:
            self._client.delete_collection(_PREFIX + version)

    def _collection(self, name: str) -> Any:
        from chromadb.errors import NotFoundError

        try:
            return self._client.get_collection(name, embedding_function=None)
        except NotFoundError:
            return None


def _record(identity: str, text: str, metadata: Mapping[str, Any]) -> Record:
    facts = {name: value for name, value in metadata.items() if name not in {"document", "field", "digest"}}
    return Record(
        id=identity,
        document=str(metadata["document"]),
        field=metadata["field"],
        text=text,
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
        raise (_unreachable(url) if url else broken(data_dir)) from error


def check_folder(data_dir: Path) -> None:
    """Raises CourseUnavailable when Chroma's database is damaged; cheap, and without importing chromadb."""
    database = chroma_folder(data_dir) / "chroma.sqlite3"
    if not database.exists():
        if chroma_folder(data_dir).is_dir() and any(chroma_folder(data_dir).iterdir()):
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
