"""A running turn as its watchers see it: every event in order, whenever they join and however often they leave."""

import asyncio
from collections import OrderedDict

from core.ports import Event, StudentId, TurnId

# Tokens that come within this time of the last travel together: a screen shows no difference, the wire a great one.
_JOIN_S = 0.02
_FINISHED_KEPT = 500


class Live:
    """The events of one turn so far, for its student alone. `ended` once `done` or `problem` was said."""

    def __init__(self, student: StudentId) -> None:
        self.student = student
        self.events: list[Event] = []
        self.ended = False
        self.running_here = False
        self._waiting: list[asyncio.Future[None]] = []
        self._joined: list[str] = []
        self._timer: asyncio.TimerHandle | None = None
        self._token_at = 0.0

    def say(self, event: Event) -> None:
        """Add an event; tokens that follow each other closely become one."""
        if event["type"] == "token":
            self._say_token(event)
            return
        self._flush()
        self._append(event)
        if event["type"] in ("done", "problem"):
            self.ended = True

    def _say_token(self, event: Event) -> None:
        if self._timer is not None:
            self._joined.append(event["t"])
            return
        loop = asyncio.get_running_loop()
        wait = self._token_at + _JOIN_S - loop.time()
        if wait <= 0:
            self._token_at = loop.time()
            self._append(event)
        else:
            self._joined.append(event["t"])
            self._timer = loop.call_later(wait, self._flush)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._joined:
            joined, self._joined = "".join(self._joined), []
            self._token_at = asyncio.get_running_loop().time()
            self._append({"type": "token", "t": joined})

    def _append(self, event: Event) -> None:
        self.events.append({**event, "seq": len(self.events) + 1})
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def changed(self, timeout_s: float) -> bool:
        """Wait for the next event; False when none came in time."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            async with asyncio.timeout(timeout_s):
                await future
            return True
        except TimeoutError:
            return False
        finally:
            if not future.done():
                future.cancel()


class Hub:
    """The turns of this process that are watched or were until lately."""

    def __init__(self) -> None:
        self._live: OrderedDict[TurnId, Live] = OrderedDict()

    def open(self, turn: TurnId, student: StudentId) -> Live:
        """The turn's events, begun anew where this process has none."""
        live = self._live.get(turn)
        if live is None:
            live = self._live[turn] = Live(student)
            self._trim()
        return live

    def find(self, turn: TurnId, student: StudentId) -> Live | None:
        """None for a turn that is unknown here, or another student's."""
        live = self._live.get(turn)
        return live if live is not None and live.student == student else None

    def drop(self, turn: TurnId) -> None:
        """Forget a turn that was deleted."""
        self._live.pop(turn, None)

    def _trim(self) -> None:
        while len(self._live) > _FINISHED_KEPT:
            oldest = next((turn for turn, live in self._live.items() if live.ended), None)
            if oldest is None:
                return
            del self._live[oldest]
