"""The curriculum team's desk: uploads become versions beside the live one, to be looked at, published and taken back."""

import asyncio
import posixpath
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event as Flag
from typing import Any, Literal

from core.errors import Invalid, LearnFlowError, NotFound, RateLimited
from core.log import logger
from core.markup import as_html
from core.ports import Event, Subject
from core.settings import KnowledgeSettings
from knowledge.content import SUBJECTS
from knowledge.course import IndexedCourse, LiveCourse, open_version
from knowledge.frontmatter import Problem
from knowledge.imports.read import convert
from knowledge.imports.source import open_upload
from knowledge.index import Maker, publish_version, roll_back
from knowledge.versions import Diff, Version, compare, list_versions, read_live, read_version

_WAITING_MAX = 4
_KEPT = 50
_LOCK_S = 10.0
_PROGRESS_STEPS = 20
_log = logger("knowledge")
State = Literal["waiting", "working", "ready", "failed"]


@dataclass(slots=True, kw_only=True)
class Upload:
    """What became of one upload. `events` is all that a watcher is told, in order."""

    id: str
    name: str
    by: str
    place: str | None
    replace: bool
    content: bytes = b""
    state: State = "waiting"
    version: str | None = None
    notes: tuple[Problem, ...] = ()
    diff: Diff | None = None
    problem: Mapping[str, Any] | None = None
    events: list[Event] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, event: Event) -> None:
        self.events.append(event | {"seq": len(self.events) + 1})
        self.changed.set()
        self.changed = asyncio.Event()


@asynccontextmanager
async def open_desk(settings: KnowledgeSettings, data_dir: Path, course: LiveCourse) -> AsyncIterator["Desk"]:
    """Uploads are worked on one after the other while the block lasts; one in hand at its end is broken off, and goes on
    from there when it is uploaded again."""
    desk = Desk(settings, data_dir, course)
    working = asyncio.create_task(desk.work())
    try:
        yield desk
    finally:
        desk.stop.set()
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working


class Desk:
    def __init__(self, settings: KnowledgeSettings, data_dir: Path, course: LiveCourse) -> None:
        self._settings = settings
        self._data_dir = data_dir
        self._course = course
        self._uploads: OrderedDict[str, Upload] = OrderedDict()
        self._queue: asyncio.Queue[Upload] = asyncio.Queue(_WAITING_MAX)
        self._looked_at: IndexedCourse | None = None
        self.stop = Flag()

    def upload(self, name: str, content: bytes, *, by: str, place: str | None, replace: bool) -> Upload:
        """Taken on, nothing read yet. `place` is the module's folder for what is not in our form; `replace` makes the
        upload the whole course, without it it is laid over the live one. Raises Invalid, RateLimited."""
        if not content:
            raise Invalid("The upload is empty.")
        upload = Upload(id=secrets.token_hex(8), name=name, by=by, place=place, replace=replace, content=content)
        try:
            self._queue.put_nowait(upload)
        except asyncio.QueueFull:
            raise RateLimited("Other uploads are being worked on; try again in a minute.", retry_after_s=60) from None
        self._uploads[upload.id] = upload
        while len(self._uploads) > _KEPT:
            self._uploads.popitem(last=False)
        upload.tell({"type": "status", "doing": "waiting", "done": 0, "total": 1})
        return upload

    def get(self, upload: str) -> Upload:
        """Raises NotFound; the newest ones are kept, until the server ends."""
        if upload not in self._uploads:
            raise NotFound("There is no such upload.")
        return self._uploads[upload]

    async def events(self, upload: str, *, after: int = 0) -> AsyncIterator[Event]:
        """What is told of an upload from the event after `after`, to its end. Raises NotFound."""
        watched = self.get(upload)
        while True:
            changed = watched.changed
            for event in watched.events[after:]:
                yield event
                after += 1
            if watched.state in ("ready", "failed") and after >= len(watched.events):
                return
            await changed.wait()

    async def versions(self) -> list[Version]:
        return await asyncio.to_thread(list_versions, self._settings, self._data_dir)

    async def diff(self, version: str) -> Diff:
        """What publishing it would change. Raises NotFound, Conflict, CourseUnavailable."""
        return await asyncio.to_thread(self._diff, version)

    async def preview(
        self,
        version: str,
        query: str,
        *,
        k: int,
        subject: Subject | None = None,
        module: str | None = None,
        level: int | None = None,
    ) -> list[tuple[Any, Mapping[str, float], str]]:
        """The passages that a student would get, each with what ranked it and as HTML. Raises NotFound, Conflict."""
        course = await asyncio.to_thread(self._open, version)
        found = await course.explain(query, k=k, subject=subject, module=module, level=level)
        return [(passage, shares, as_html(passage.text)) for passage, shares in found]

    async def publish(self, version: str) -> str:
        """Students get it from now on. Raises NotFound, Conflict, CourseUnavailable."""
        name = await asyncio.to_thread(publish_version, self._settings, self._data_dir, version, wait_s=_LOCK_S)
        await self._course.refresh()
        return name

    async def roll_back(self) -> str:
        """Students get again what they got before. Raises Conflict, CourseUnavailable."""
        name = await asyncio.to_thread(roll_back, self._settings, self._data_dir, wait_s=_LOCK_S)
        await self._course.refresh()
        return name

    async def work(self) -> None:
        """Make a version of each upload in turn, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            upload = await self._queue.get()
            upload.state = "working"
            try:
                await asyncio.to_thread(self._make, upload, loop)
            except LearnFlowError as error:
                self._failed(upload, error, error.message)
            except Exception as error:  # the outermost loop of this task: an upload may fail, the desk may not
                _log.error("knowledge.upload_broke", failure=error)
                self._failed(upload, LearnFlowError(), None)
            finally:
                upload.content = b""

    def _make(self, upload: Upload, loop: asyncio.AbstractEventLoop) -> None:
        last = -1

        def show(done: int, total: int, what: str) -> None:
            nonlocal last
            step = done * _PROGRESS_STEPS // max(total, 1)
            if step != last:
                last = step
                event: Event = {"type": "status", "doing": what, "done": done, "total": total}
                loop.call_soon_threadsafe(upload.tell, event)

        show(0, 1, "reading the upload")
        pages, notes = pages_of(upload.name, upload.content, upload.place)
        live = read_live(self._settings, self._data_dir)
        base = {} if upload.replace or live is None else dict(live.files)
        # a module that is there keeps its own page
        new = {
            name: text for name, text in pages.items() if not (notes and name.endswith("/_module.md") and name in base)
        }
        files = {name: text.encode() for name, text in {**base, **new}.items()}
        maker = Maker(self._settings, self._data_dir, self._course.now.encoder, show, self.stop)
        made = maker.make(files, [], source=f"{upload.name} by {upload.by}", live=False, strict=True, wait_s=_LOCK_S)
        loop.call_soon_threadsafe(self._ready, upload, made.version, made.diff, notes)

    def _ready(self, upload: Upload, version: str, diff: Diff, notes: tuple[Problem, ...]) -> None:
        upload.version, upload.diff, upload.notes = version, diff, notes
        for note in notes:
            upload.tell({"type": "note", "file": note.file, "line": note.line, "message": note.message})
        upload.state = "ready"
        counts = {name: len(getattr(diff, name)) for name in ("added", "changed", "removed", "unchanged")}
        upload.tell({"type": "ready", "version": version, **counts})

    def _failed(self, upload: Upload, error: LearnFlowError, detail: str | None) -> None:
        found = error.facts.get("problems", [])
        upload.problem = {
            "error": type(error).__name__,
            **({"detail": detail} if detail else {}),
            **({"problems": found} if found else {}),
        }
        upload.state = "failed"
        upload.tell({"type": "problem", "problem": upload.problem})

    def _diff(self, version: str) -> Diff:
        live = read_live(self._settings, self._data_dir)
        other = read_version(self._settings, self._data_dir, version)
        return compare(live.files if live else {}, other.files)

    def _open(self, version: str) -> IndexedCourse:
        if self._looked_at is None or self._looked_at.version != version:
            self._looked_at = open_version(self._settings, self._data_dir, version, encoder=self._course.now.encoder)
        return self._looked_at


def pages_of(name: str, content: bytes, place: str | None) -> tuple[dict[str, str], tuple[Problem, ...]]:
    """A curriculum's pages as they are, anything else turned into them, with what was lost in that. Raises Invalid,
    TooLarge."""
    inside = posixpath.normpath(name)
    files = {inside: content} if _is_page(inside) else _without_top(open_upload(name, content))
    if any(_is_page(file) for file in files):
        pages = {file: _text(file, held) for file, held in files.items() if file.endswith(".md")}
        return pages, tuple(
            Problem(file=file, line=1, message="is no page of a course; it is left out")
            for file in sorted(files.keys() - pages.keys())
        )
    if place is None:
        raise Invalid(
            "This is no part of a curriculum; say with `place` which module it shall become, as python/09-new."
        )
    made = convert(files, place=place)
    return dict(made.pages), made.notes


def _is_page(file: str) -> bool:
    parts = file.split("/")
    return len(parts) > 2 and parts[0] in SUBJECTS and file.endswith(".md") and ".." not in parts


def _without_top(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Without the one folder that a person packed along."""
    tops = {file.partition("/")[0] for file in files if "/" in file}
    if len(tops) == 1 and all("/" in file for file in files) and not tops & set(SUBJECTS):
        return {file.partition("/")[2]: held for file, held in files.items()}
    return dict(files)


def _text(file: str, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problem = Problem(file=file, line=line, message="not UTF-8 text; save it as UTF-8")
        listed = [{"file": problem.file, "line": problem.line, "message": problem.message}]
        raise Invalid(str(problem), problems=listed) from error
