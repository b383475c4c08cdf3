"""What a restored backup must be told: whom was erased after it was made, as hashes of random ids in the data folder."""

import hashlib
import os
from pathlib import Path

_FILE = Path("privacy") / "erased.txt"


def note_erased(data_dir: Path, user: str) -> None:
    """Add the hash, on the disk when this returns; twice is the same as once. Blocking."""
    path = data_dir / _FILE
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    line = id_hash(user)
    if line in read_erased(data_dir):
        return
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_erased(data_dir: Path) -> frozenset[str]:
    """Hashes of everybody who was erased. Blocking."""
    path = data_dir / _FILE
    return frozenset(path.read_text().split()) if path.exists() else frozenset()


def id_hash(user: str) -> str:
    return hashlib.sha256(user.encode()).hexdigest()
