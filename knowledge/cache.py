"""A copy of the live index in one file, so that a warm start needs no database; Chroma stays the source of truth."""

import json
import os
import zipfile
from dataclasses import asdict
from pathlib import Path

import numpy as np

from knowledge.store import Record, Records

_NAME = "live.npz"


def write_copy(data_dir: Path, version: str, found: Records) -> None:
    """Replaced in one step: a reader gets the old copy or the new one."""
    folder = data_dir / "index"
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{_NAME}.partial-{os.getpid()}"
    facts = json.dumps({"version": version, "records": [asdict(record) for record in found.records]})
    try:
        with partial.open("wb") as file:
            np.savez(file, vectors=found.vectors, facts=np.frombuffer(facts.encode(), np.uint8))
        os.replace(partial, folder / _NAME)
    finally:
        partial.unlink(missing_ok=True)


def read_copy(data_dir: Path) -> tuple[str, Records] | None:
    """The version and its records; None when there is no copy or it is damaged."""
    try:
        # numpy leaves a file open that turns out to be no archive, so it is opened and closed here
        with (data_dir / "index" / _NAME).open("rb") as file, np.load(file, allow_pickle=False) as kept:
            facts = json.loads(kept["facts"].tobytes())
            vectors = np.asarray(kept["vectors"], np.float32)
        records = tuple(Record(**record) for record in facts["records"])
        version = str(facts["version"])
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, EOFError):
        return None
    return (version, Records(records=records, vectors=vectors)) if len(records) == len(vectors) else None


def drop_copy(data_dir: Path) -> None:
    (data_dir / "index" / _NAME).unlink(missing_ok=True)
