"""Opens what somebody wants to import: a file, a folder or an archive, in bounds, and never outside of itself."""

import io
import os
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from core.errors import Invalid, NotFound, TooLarge

FILE_BYTES_MAX = 50_000_000
ALL_BYTES_MAX = 200_000_000
FILES_MAX = 5_000
# text packs to a tenth or so; what packs to a thousandth was made to fill a disk
_RATIO_MAX = 200
_RATIO_FREE_BYTES = 1_000_000
_PIECE = 1_000_000
ARCHIVES = frozenset({".zip", ".imscc"})


def read_source(path: Path) -> dict[str, bytes]:
    """What lies at a path, by the names inside it. Raises NotFound, TooLarge, Invalid for an archive that is no honest
    one."""
    if path.is_dir():
        return _bounded(_of_folder(path))
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise TooLarge(f"{path.name} has {path.stat().st_size} bytes; a file may have {FILE_BYTES_MAX}.")
        return open_upload(path.name, path.read_bytes())
    except OSError as error:
        raise NotFound(f"{path} cannot be read: {error.strerror}.") from error


def open_upload(name: str, content: bytes) -> dict[str, bytes]:
    """The same for bytes that came with a name. Raises TooLarge, Invalid."""
    if PurePosixPath(name).suffix.lower() in ARCHIVES:
        return _bounded(_of_archive(name, content))
    if not content.strip():
        raise Invalid(f"{name} is empty.")
    return {PurePosixPath(name).name: content}


def _bounded(found: Iterator[tuple[str, bytes]]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    size = 0
    for name, content in found:
        files[name] = content
        size += len(content)
        if len(files) > FILES_MAX or size > ALL_BYTES_MAX:
            raise TooLarge(f"More than {FILES_MAX} files or {ALL_BYTES_MAX} bytes; import it in parts.")
    if not files:
        raise Invalid("There is nothing in it.")
    return files


def _of_folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Links are not followed, so none leads out, or round in a circle."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent, name)
            if name.startswith(".") or path.is_symlink() or not path.is_file():
                continue
            if path.stat().st_size > FILE_BYTES_MAX:
                raise TooLarge(f"{path} has {path.stat().st_size} bytes; a file may have {FILE_BYTES_MAX}.")
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def _of_archive(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) > FILES_MAX:
                raise TooLarge(f"{name} holds {len(members)} files; an archive may hold {FILES_MAX}.")
            if sum(member.file_size for member in members) > ALL_BYTES_MAX:
                raise TooLarge(f"{name} would unpack to more than {ALL_BYTES_MAX} bytes.")
            for member in members:
                if not member.is_dir() and not _of_a_system(member.filename):
                    yield _safe(name, member), _unpack(name, archive, member)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise Invalid(f"{name} is no archive that can be read: {error}.") from error
    except Exception as error:  # zlib, lzma and bz2 each raise an error of their own for a damaged stream
        if type(error).__module__ not in {"zlib", "_lzma", "lzma", "bz2"}:
            raise
        raise Invalid(f"{name} is damaged: {error}.") from error


def _of_a_system(name: str) -> bool:
    """What computers put beside the files of people when they pack a folder."""
    parts = PurePosixPath(name).parts
    last = parts[-1] if parts else ""
    return "__MACOSX" in parts or last in {".DS_Store", "Thumbs.db", "desktop.ini"}


def _safe(archive: str, member: zipfile.ZipInfo) -> str:
    """Its name, when it stays inside. Raises Invalid."""
    path = PurePosixPath(member.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or (path.parts and ":" in path.parts[0]) or "\0" in member.filename:
        raise Invalid(f"{archive} holds a file that would lie outside of it: {member.filename[:100]!r}.")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise Invalid(f"{archive} holds a link, {member.filename[:100]!r}; put the file itself in.")
    if member.flag_bits & 1:
        raise Invalid(f"{archive} has a password; unpack it first.")
    return path.as_posix()


def _unpack(name: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Counting what really comes out: the sizes that an archive states may be false."""
    most = min(FILE_BYTES_MAX, max(_RATIO_FREE_BYTES, member.compress_size * _RATIO_MAX))
    parts: list[bytes] = []
    size = 0
    with archive.open(member) as file:
        while part := file.read(_PIECE):
            size += len(part)
            if size > most:
                raise TooLarge(
                    f"{name} is packed like a trap: {member.filename[:100]!r} unpacks to far more than it is."
                )
            parts.append(part)
    return b"".join(parts)
