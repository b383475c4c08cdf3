"""Short, harmless texts about a student's values and exceptions, with nothing of ours in them."""

import os
import re
import reprlib
import sys
import traceback
import types
from collections.abc import Iterator
from typing import Any

from sandbox.jail.walls import HOME

MAIN = "main.py"
_OURS = os.path.dirname(os.path.abspath(__file__))
_TEXT_MAX = 8_000
_MESSAGE_MAX = 1_000
_VALUE_MAX = 200
_NAMES_MAX = 20
_FRAMES_MAX = 200
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")

_short = reprlib.Repr()
_short.maxlevel, _short.maxstring, _short.maxother, _short.maxlong = 4, 120, _VALUE_MAX, 80
_short.maxlist = _short.maxtuple = _short.maxdict = _short.maxset = _short.maxfrozenset = _short.maxdeque = 20


def value(item: object) -> str:
    """A bounded repr without memory addresses; never raises, whatever `__repr__` does."""
    try:
        text = _short.repr(item)
    except BaseException:  # a student's __repr__ may raise anything, SystemExit too
        text = f"<{type(item).__name__} that cannot be shown>"
    return _ADDRESS.sub("", text)[:_VALUE_MAX]


def names(frame: types.FrameType) -> dict[str, str]:
    """A frame's own variables, as short reprs."""
    shown: dict[str, str] = {}
    for name, item in list(frame.f_locals.items()):
        if name.startswith("__") or isinstance(item, types.ModuleType):
            continue
        shown[str(name)] = value(item)
        if len(shown) == _NAMES_MAX:
            break
    return shown


def raised(error: BaseException) -> dict[str, Any]:
    """The exception as `core.ports.Raised` tells it."""
    frames = [(tb.tb_frame, tb.tb_lineno) for tb in _tracebacks(error.__traceback__)]
    own = [(frame, line) for frame, line in frames if frame.f_code.co_filename == MAIN]
    line = own[-1][1] if own else None
    if isinstance(error, SyntaxError) and error.filename == MAIN:
        line = error.lineno
    return {
        "type": type(error).__name__,
        "message": message(error),
        "line": line,
        "traceback": _clean(_format(error, len(frames))),
        "locals": names(own[-1][0]) if own else {},
    }


def still_running(frame: types.FrameType | None, words: str) -> dict[str, Any]:
    """Where a program is that has used up its time, in the same form."""
    stack = [(f, n) for f, n in traceback.walk_stack(frame) if not f.f_code.co_filename.startswith(_OURS)]
    own = next(((f, n) for f, n in stack if f.f_code.co_filename == MAIN), None)
    summary = traceback.StackSummary.extract(reversed(stack[:_FRAMES_MAX]))
    return {
        "type": "TimeoutError",
        "message": words,
        "line": own[1] if own else None,
        "traceback": _clean("".join(["Traceback (most recent call last):\n", *summary.format(), f"TimeoutError: {words}\n"])),
        "locals": names(own[0]) if own else {},
    }  # fmt: skip


def _tracebacks(tb: types.TracebackType | None) -> Iterator[types.TracebackType]:
    while tb is not None:
        yield tb
        tb = tb.tb_next


def message(error: object) -> str:
    """The words of an exception or of an exit, bounded; never raises."""
    try:
        return str(error)[:_MESSAGE_MAX]
    except BaseException:  # a student's __str__ may raise anything
        return "<message that cannot be shown>"


def _format(error: BaseException, depth: int) -> str:
    tb = error.__traceback__
    while tb is not None and tb.tb_frame.f_code.co_filename.startswith((_OURS, "<test>")):
        tb = tb.tb_next
    try:
        limit = -_FRAMES_MAX if depth > 5 * _FRAMES_MAX else None
        return "".join(traceback.TracebackException(type(error), error, tb, limit=limit, compact=True).format())
    except BaseException:  # formatting calls the student's __str__ and __repr__
        return f"{type(error).__name__}: {message(error)}\n"


def _clean(text: str) -> str:
    for folder in sorted({HOME, *(path for path in sys.path if path.startswith("/"))}, key=len, reverse=True):
        text = text.replace(f"{folder}/", "")
    if len(text) > _TEXT_MAX:
        text = f"{text[: _TEXT_MAX // 2]}\n  ...\n{text[-_TEXT_MAX // 2 :]}"
    return text
