"""One line a happening, in words for people or as JSON, joined by trace id; never a person's words, never a secret.

Our rooms write `logger("sandbox").warning("sandbox.refused", reason="...", slot=2)`: the event and `reason` are the
programmer's own words, every other fact goes through `telemetry.tell`. Of a library's line only what its programmer
wrote is shown, not what was put into it. Of an exception the types and places are shown, not the messages."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import orjson

from core import telemetry
from core.errors import Unavailable
from core.settings import TelemetrySettings
from core.telemetry import Fact

_ROOT = Path(__file__).resolve().parent.parent
_OUR_WORDS = frozenset({"reason"})
_FILLED_IN = frozenset({"uvicorn", "alembic"})  # their values are addresses, numbers and revisions
_FRAMES_MAX = 8
_ERRORS_MAX = 6
_LINE_CHARS_MAX = 300


class Log:
    """Writes events named `room.verb`, with facts."""

    def __init__(self, room: str) -> None:
        self._logger = logging.getLogger(f"learnflow.{room}")

    def debug(self, event: str, **facts: Fact) -> None:
        self._write(logging.DEBUG, event, facts)

    def info(self, event: str, **facts: Fact) -> None:
        self._write(logging.INFO, event, facts)

    def warning(self, event: str, *, failure: BaseException | None = None, **facts: Fact) -> None:
        self._write(logging.WARNING, event, facts, failure)

    def error(self, event: str, *, failure: BaseException | None = None, **facts: Fact) -> None:
        self._write(logging.ERROR, event, facts, failure)

    def _write(self, level: int, event: str, facts: dict[str, Fact], failure: BaseException | None = None) -> None:
        if self._logger.isEnabledFor(level):
            self._logger.log(level, event, exc_info=failure, extra={"facts": facts})


def logger(room: str) -> Log:
    return Log(room)


@contextmanager
def open_logging(settings: TelemetrySettings, stream: TextIO | None = None) -> Iterator[None]:
    """Every line of this process goes to `stream` (stderr) in our form while this is open. Start uvicorn with
    `log_config=None`, or it puts its own handlers in the way."""
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter(_Json() if settings.log_json else _Words())
    level = settings.log_level.upper()
    # uvicorn's own access lines hold query strings; api writes lines of its own
    levels = {"": "WARNING", "learnflow": level, "uvicorn": level, "uvicorn.access": "WARNING"}
    loggers = [(logging.getLogger(name), level) for name, level in levels.items()]
    root = loggers[0][0]
    before = root.handlers, [logger.level for logger, _ in loggers]
    root.handlers = [handler]
    for each, level in loggers:
        each.setLevel(level)
    try:
        yield
    finally:
        root.handlers = before[0]
        for (each, _), old in zip(loggers, before[1], strict=True):
            each.setLevel(old)


class _Handler(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:
        """The library prints the arguments of a line that could not be written; they may be anyone's words."""
        if isinstance(sys.exc_info()[1], BrokenPipeError):
            return
        self.stream.write(f"a line of {record.name} could not be written\n")


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return orjson.dumps(_line(record), option=orjson.OPT_NON_STR_KEYS).decode()


class _Words(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = _line(record)
        at, level, room, event = (line.pop(name) for name in ("at", "level", "room", "event"))
        errors = line.pop("errors", [])
        facts = " ".join(f"{name}={value}" for name, value in line.items())
        words = f"{at[11:19]} {level:7} {room:9} {event} {facts}".rstrip()
        return "\n".join([words, *(f"    {error['type']} {error.get('words', '')} {error['at']}" for error in errors)])


def _line(record: logging.LogRecord) -> dict[str, Any]:
    """What is told of a record, in order."""
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    room = record.name.removeprefix("learnflow.")
    line: dict[str, Any] = {"at": at, "level": record.levelname.lower(), "room": room, "event": _event(record)}
    if trace_id := telemetry.trace_id():
        line["trace_id"] = trace_id
    for name, value in getattr(record, "facts", {}).items():
        line.setdefault(name, _printable(str(value)) if name in _OUR_WORDS else telemetry.tell(name, value))
    if record.exc_info and record.exc_info[1]:
        line["errors"] = [_error(error) for error in _chain(record.exc_info[1])]
    return line


def _event(record: logging.LogRecord) -> str:
    """Our own events as they are. Of a library's line the template; a text without arguments may have been put
    together from anything, so only its place is told."""
    package = record.name.partition(".")[0]
    if package in _FILLED_IN:
        return _printable(record.getMessage())
    text = str(record.msg)
    if package == "learnflow" or record.args:
        return _printable(text)
    if package == "asyncio":  # the first line is asyncio's, those below show the values of a task
        return _printable(text.partition("\n")[0])
    return f"(withheld) {record.module}:{record.lineno} {record.funcName}"


def _printable(text: str) -> str:
    """One line, whatever it holds."""
    return "".join(char if char.isprintable() else " " for char in text[:_LINE_CHARS_MAX])


def _chain(error: BaseException) -> list[BaseException]:
    """An exception, those inside it and those behind it, outermost first."""
    found: list[BaseException] = []
    waiting = [error]
    while waiting and len(found) < _ERRORS_MAX:
        link = waiting.pop(0)
        if link in found:
            continue
        found.append(link)
        if isinstance(link, BaseExceptionGroup):
            waiting.extend(link.exceptions)
        behind = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
        if behind is not None:
            waiting.append(behind)
    return found


def _error(error: BaseException) -> dict[str, str]:
    told = {"type": type(error).__qualname__, "at": " < ".join(_places(error.__traceback__))}
    match error:
        case Unavailable():  # these speak of our own services
            told["words"] = _printable(error.message)
        case OSError(strerror=str(words)):
            told["words"] = words
    return told


def _places(at: TracebackType | None) -> list[str]:
    """The innermost places that an exception passed, innermost first."""
    places: list[str] = []
    while at is not None:
        code = at.tb_frame.f_code
        places.append(f"{_short(code.co_filename)}:{at.tb_lineno} {code.co_name}")
        at = at.tb_next
    return places[: -_FRAMES_MAX - 1 : -1]


def _short(path: str) -> str:
    return path.removeprefix(f"{_ROOT}/").rpartition("site-packages/")[2]
