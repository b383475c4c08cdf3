"""A person's traces in the data folder: letters in the outbox, and whatever else holds their id or address; blocking."""

import email
import email.policy
import mmap
from collections.abc import Iterator, Sequence
from datetime import datetime
from email.utils import getaddresses
from pathlib import Path

_DATABASE = "postgres"  # its files are read through the server, table by table


def letters_to(outbox: Path, address: str) -> list[Path]:
    """Letters in the folder that are addressed to them."""
    wanted = address.lower()
    return [path for path in _letters(outbox) if wanted in _addressees(path)]


def delete(paths: Sequence[Path]) -> int:
    """How many were there; one that another process removed at the same moment is none."""
    gone = 0
    for path in paths:
        try:
            path.unlink()
        except FileNotFoundError:
            continue
        gone += 1
    return gone


def letters_before(outbox: Path, moment: datetime) -> list[Path]:
    return [path for path in _letters(outbox) if path.stat().st_mtime < moment.timestamp()]


def holding(folder: Path, words: Sequence[str]) -> list[Path]:
    """Files below the folder in whose bytes any of the words stands, or in whose name. Without the embedded database's."""
    wanted = [word.encode() for word in words if word]
    return [path for path in _files(folder) if any(_named(path, word) or _has(path, word) for word in wanted)]


def _letters(outbox: Path) -> list[Path]:
    # drafts too, which a killed process left behind
    return [path for path in outbox.glob("*") if path.is_file() and (path.suffix == ".eml" or path.name[0] == ".")]


def _addressees(path: Path) -> set[str]:
    try:
        with path.open("rb") as file:
            letter = email.message_from_binary_file(file, policy=email.policy.default)
    except FileNotFoundError:
        return set()
    return {address.lower() for _, address in getaddresses([str(to) for to in letter.get_all("To", [])])}


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_symlink():
            continue
        if path.is_dir():
            if path.name != _DATABASE:
                yield from _files(path)
        elif path.is_file():
            yield path


def _named(path: Path, word: bytes) -> bool:
    return word in path.name.encode(errors="surrogateescape")


def _has(path: Path, word: bytes) -> bool:
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(word) >= 0
    except (ValueError, FileNotFoundError):  # an empty file cannot be mapped
        return False
