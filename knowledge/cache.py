"""A copy of the live index in one file, so that a warm start needs no database; Chroma stays the source of truth."""

import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.store import Record, Records

_NAME = "live.npz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A version as a reader needs it: what is searched, and the curriculum's files that it was made of. `held` says
    that a person chose it, so that no start replaces it."""

    version: str
    found: Records
    files: Mapping[str, str] = field(default_factory=dict)
    held: bool = False


def write_copy(data_dir: Path, copy: Copy) -> None:
    """Replaced in one step: a reader gets the old copy or the new one."""
    folder = data_dir / "index"
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{_NAME}.partial-{os.getpid()}"
    records = [_plain(record) for record in copy.found.records]
    facts = json.dumps({"version": copy.version, "held": copy.held, "files": dict(copy.files), "records": records})
    try:
        with partial.open("wb") as file:
            np.savez(file, vectors=copy.found.vectors, facts=np.frombuffer(facts.encode(), np.uint8))
        os.replace(partial, folder / _NAME)
    finally:
        partial.unlink(missing_ok=True)


def read_copy(data_dir: Path) -> Copy | None:
    """None when there is no copy or it is damaged."""
    try:
        # numpy leaves a file open that turns out to be no archive, so it is opened and closed here
        with (data_dir / "index" / _NAME).open("rb") as file, np.load(file, allow_pickle=False) as kept:
            facts = json.loads(kept["facts"].tobytes())
            vectors = np.asarray(kept["vectors"], np.float32)
        records = tuple(Record(**record) for record in facts["records"])
        files, held = dict(facts.get("files", {})), bool(facts.get("held"))
        version = str(facts["version"])
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, EOFError):
        return None
    if len(records) != len(vectors):
        return None
    return Copy(version=version, found=Records(records=records, vectors=vectors), files=files, held=held)


def _plain(record: Record) -> dict[str, Any]:
    """As `dataclasses.asdict`, which copies every value deeply: thirty times the time."""
    return {
        "id": record.id,
        "document": record.document,
        "field": record.field,
        "text": record.text,
        "digest": record.digest,
        "facts": dict(record.facts),
    }


def files_of(copy: Copy) -> dict[str, bytes]:
    return {name: text.encode() for name, text in copy.files.items()}


def stamp_of(data_dir: Path) -> tuple[int, int] | None:
    """Changes whenever the copy is replaced; costs one look at the folder."""
    try:
        found = (data_dir / "index" / _NAME).stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns
