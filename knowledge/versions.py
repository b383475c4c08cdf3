"""The versions of the index that are kept: which is live, making another one live, and going back."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import Conflict, CourseUnavailable, NotFound
from core.log import logger
from core.settings import KnowledgeSettings
from knowledge.cache import Copy, read_copy, write_copy
from knowledge.store import Manifest, Store, check_folder, chroma_folder, open_store

KEPT = 5  # the live one among them
_log = logger("knowledge")


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """What another version would change, file by file."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """`before` says that a rollback would make it live."""

    manifest: Manifest
    live: bool
    before: bool


def read_live(settings: KnowledgeSettings, data_dir: Path) -> Copy | None:
    """From the copy where it is the live version's, so that a warm start does not wait for Chroma; also where a Chroma
    server does not answer. Raises CourseUnavailable."""
    copy = read_copy(data_dir)
    if settings.chroma_url is None:
        check_folder(data_dir)
        # in a data folder of our own each publication writes the copy as well
        if copy or not chroma_folder(data_dir).exists():
            return copy
    try:
        with open_store(settings.chroma_url, data_dir) as store:
            pointer = store.pointer()
            if pointer.version is None:
                return None
            if copy and copy.version == pointer.version and copy.held == pointer.held:
                return copy
            found = copy_of(store, pointer.version, held=pointer.held)
    except CourseUnavailable:
        if copy is None or settings.chroma_url is None:
            raise
        _log.warning("knowledge.served_from_copy", reason="the Chroma server does not answer")
        return copy
    write_copy(data_dir, found)
    return found


def read_version(settings: KnowledgeSettings, data_dir: Path, name: str) -> Copy:
    """Any whole version, by the beginning of its name. Raises NotFound, Conflict for a beginning that several have."""
    with open_store(settings.chroma_url, data_dir) as store:
        return copy_of(store, find_version(store, name).version, held=False)


def list_versions(settings: KnowledgeSettings, data_dir: Path) -> list[Version]:
    """The newest first; those that are still being built are left out."""
    with open_store(settings.chroma_url, data_dir) as store:
        pointer = store.pointer()
        made = [manifest for name in store.versions() if (manifest := store.manifest(name))]
        before = _before(store)
    return [
        Version(manifest=one, live=one.version == pointer.version, before=one.version == before)
        for one in sorted(made, key=lambda one: -one.made_at)
    ]


def publish(
    store: Store, data_dir: Path, version: str, *, held: bool, back: bool = False, copy: Copy | None = None
) -> None:
    """`copy` is the version where it is in memory. It is complete before the switch, so that only a rename lies between
    the two."""
    copy = copy or copy_of(store, version, held=held)
    store.publish(version, held=held, back=back)
    write_copy(data_dir, copy)


def find_back(store: Store) -> str:
    """What a rollback makes live. Raises Conflict."""
    if (version := _before(store)) is None:
        raise Conflict("There is no earlier version to go back to; `learnflow index versions` lists what is kept.")
    return version


def find_version(store: Store, name: str) -> Manifest:
    """Raises NotFound, Conflict for the beginning of several."""
    found = [version for version in store.versions() if name and version.startswith(name)]
    if len(found) > 1:
        raise Conflict(f"{len(found)} versions begin with {name[:60]}; write more of its name.")
    manifest = store.manifest(found[0]) if found else None
    if manifest is None:
        raise NotFound(f"There is no finished version {name[:60]}; `learnflow index versions` lists them.")
    return manifest


def prune(store: Store, *, keep: str) -> None:
    """Drops what is beyond KEPT and what was never finished; never the live version, the one before it, or `keep`."""
    made = {name: store.manifest(name) for name in store.versions()}
    safe = {keep, store.live(), _before(store)}
    whole = sorted((one for one in made.values() if one), key=lambda one: (one.version not in safe, -one.made_at))
    kept = {one.version for one in whole[:KEPT]} | safe
    for name in made:
        if name not in kept:
            store.drop(name)


def compare(old: Mapping[str, str], new: Mapping[str, str]) -> Diff:
    """By content, of the files of two versions."""
    both = sorted(old.keys() & new.keys())
    return Diff(
        added=tuple(sorted(new.keys() - old.keys())),
        changed=tuple(name for name in both if old[name] != new[name]),
        removed=tuple(sorted(old.keys() - new.keys())),
        unchanged=tuple(name for name in both if old[name] == new[name]),
    )


def _before(store: Store) -> str | None:
    return next((name for name in reversed(store.pointer().history) if store.manifest(name)), None)


def copy_of(store: Store, version: str, *, held: bool) -> Copy:
    return Copy(version=version, found=store.read(version), files=store.files(version), held=held)
