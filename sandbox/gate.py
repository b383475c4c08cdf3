"""How many jobs run at once, in which order the others wait, and who is told to come back."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

from core.errors import QueueFull

TALKS_EACH = 2  # programs that one student may talk with at once
_TALK_S = 10.0  # a guess at when one that is talked with ends
_FULL = "Too many people are talking with their programs; try again in a moment."
_RUN_S = 0.5  # a guess at what one waiting job takes, for saying when to come back

_behalf: ContextVar[str] = ContextVar("behalf", default="")


@contextmanager
def on_behalf_of(student: str) -> Iterator[None]:
    """Jobs started in the block are this student's: they share one turn in the queue, against each other student's."""
    token = _behalf.set(student)
    try:
        yield
    finally:
        _behalf.reset(token)


def whose() -> str:
    """The student for whom the caller acts; empty when nobody said."""
    return _behalf.get()


class Seats:
    """Who may talk with a running program: those programs wait for people, so nobody waits for them. Raises QueueFull
    when all seats are taken, or as many as one student may take; callers that name no student share all."""

    def __init__(self, most: int, each: int = TALKS_EACH) -> None:
        self._most = most
        self._each = each
        self._taken: list[str] = []

    @asynccontextmanager
    async def enter(self) -> AsyncIterator[None]:
        student = whose()
        mine = self._taken.count(student) if student else 0
        if mine >= self._each or len(self._taken) >= self._most:
            words = "You have other programs waiting for you; end one first." if mine >= self._each else _FULL
            raise QueueFull(words, retry_after_s=_TALK_S, waiting=len(self._taken))
        self._taken.append(student)
        try:
            yield
        finally:
            self._taken.remove(student)


class Gate:
    """First come, first served among one student's jobs; among students each in turn, so that nobody's loop of
    submissions makes the others wait."""

    def __init__(self, slots: int, queue_max: int) -> None:
        self._slots = slots
        self._free = slots
        self._queue_max = queue_max
        self._queues: dict[str, deque[asyncio.Future[None]]] = {}  # in the order of their turns

    @property
    def running(self) -> int:
        return self._slots - self._free

    @property
    def waiting(self) -> int:
        return sum(map(len, self._queues.values()))

    @asynccontextmanager
    async def enter(self) -> AsyncIterator[None]:
        """Raises QueueFull when `queue_max` jobs wait already: for the caller, or for who has more waiting than they."""
        if self._free:
            self._free -= 1
        else:
            await self._wait(whose())
        try:
            yield
        finally:
            self._leave()

    async def _wait(self, student: str) -> None:
        if self.waiting >= self._queue_max:
            self._make_room(student)
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue = self._queues.setdefault(student, deque())
        queue.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled() and place.exception() is None:
                self._leave()
            else:
                self._forget(student, place)
            raise

    def _make_room(self, student: str) -> None:
        full = QueueFull(
            "The sandbox is busy; try again in a moment.",
            retry_after_s=max(1.0, self.waiting * _RUN_S / self._slots), waiting=self.waiting,
        )  # fmt: skip
        greediest = max(self._queues, key=lambda name: len(self._queues[name]), default=student)
        if len(self._queues.get(greediest, ())) <= len(self._queues.get(student, ())) + 1:
            raise full
        last = self._queues[greediest][-1]
        self._forget(greediest, last)
        last.set_exception(full)

    def _leave(self) -> None:
        """The slot goes to the student whose turn it is, or is free."""
        while self._queues:
            student = next(iter(self._queues))
            queue = self._queues.pop(student)
            place = queue.popleft()
            if queue:
                self._queues[student] = queue  # at the end: the others first
            if not place.done():  # else its caller has left and not yet been told
                place.set_result(None)
                return
        self._free += 1

    def _forget(self, student: str, place: "asyncio.Future[None]") -> None:
        queue = self._queues.get(student, deque())
        if place in queue:
            queue.remove(place)
        if not queue:
            self._queues.pop(student, None)
