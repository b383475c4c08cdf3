"""Watches a program line by line: which line ran, how deep, and which variables it changed."""

import sys
import types
from typing import Any

from sandbox.jail import show


class Tracer:
    """Records at most `steps_max` lines of the student's own file, then lets the program go on unwatched."""

    def __init__(self, steps_max: int) -> None:
        self.steps: list[dict[str, Any]] = []
        self.complete = True
        self._steps_max = steps_max
        self._depth = 0
        self._seen: dict[types.FrameType, tuple[int | None, dict[str, str]]] = {}

    def start(self) -> None:
        sys.settrace(self._on_call)

    def stop(self) -> None:
        sys.settrace(None)
        self._seen.clear()

    def _on_call(self, frame: types.FrameType, event: str, arg: object) -> Any:
        if event != "call" or frame.f_code.co_filename != show.MAIN:
            return None
        self._depth += 1
        self._seen[frame] = (None, {})
        return self._on_line

    def _on_line(self, frame: types.FrameType, event: str, arg: object) -> Any:
        if not self.complete:
            frame.f_trace = None
            return None
        last, before = self._seen.get(frame, (None, {}))
        now = show.names(frame)
        if last is not None:
            changed = {name: text for name, text in now.items() if before.get(name) != text}
            self.steps[last]["changed"].update(changed)
        match event:
            case "line":
                self._record(frame, now, {} if last is not None else now)
            case "return":
                self._depth -= 1
                self._seen.pop(frame, None)
            case _:
                self._seen[frame] = (last, now)
        return self._on_line

    def _record(self, frame: types.FrameType, now: dict[str, str], given: dict[str, str]) -> None:
        """One more line; the first line of a call shows what it was given."""
        if len(self.steps) >= self._steps_max:
            self.complete = False
            self.stop()
            return
        name = frame.f_code.co_name
        arguments = {} if name == "<module>" else dict(given)
        step = {"line": frame.f_lineno, "function": name, "depth": self._depth - 1, "changed": arguments}
        self.steps.append(step)
        self._seen[frame] = (len(self.steps) - 1, now)
