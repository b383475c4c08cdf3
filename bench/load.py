"""Students on a wire: raw HTTP and SSE on kept connections, cheap enough not to be what is measured."""

import asyncio
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Seen:
    """What the students saw: seconds to the first event and to the end, bytes, and what went wrong."""

    first_s: list[float] = field(default_factory=list)
    done_s: list[float] = field(default_factory=list)
    bytes: int = 0
    events: int = 0
    errors: list[str] = field(default_factory=list)
    took_s: float = 0.0

    @property
    def turns_s(self) -> float:
        return len(self.done_s) / self.took_s


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of them lie, by nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


class Student:
    """One signed-in student with one connection."""

    def __init__(self, port: int, token: str) -> None:
        self.port = port
        self.token = token
        self.thread: str | None = None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, seen: Seen, path: str = "/api/v1/query", **body: Any) -> dict[str, Any] | None:
        """One turn over SSE; its answer, or None when it failed."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**22)
        content = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {self.token}\r\naccept: text/event-stream\r\n"
            f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
        )
        began = time.perf_counter()
        self._writer.write(head.encode() + content)
        return await self._read(seen, began)

    async def _read(self, seen: Seen, began: float) -> dict[str, Any] | None:
        assert self._reader is not None
        header = await self._reader.readuntil(b"\r\n\r\n")
        status = int(header.split(b" ", 2)[1])
        answer: dict[str, Any] | None = None
        first = True
        text = b""
        while (size := int(await self._reader.readuntil(b"\r\n"), 16)) or True:
            chunk = (await self._reader.readexactly(size + 2))[:-2]
            if not size:
                break
            if first:
                seen.first_s.append(time.perf_counter() - began)
                first = False
            seen.bytes += len(chunk)
            text += chunk
        for block in text.split(b"\n\n"):
            data = next((line[5:] for line in block.split(b"\n") if line.startswith(b"data:")), None)
            if data is None:
                continue
            event = json.loads(data)
            seen.events += 1
            self.thread = event.get("thread", self.thread)
            if b"event:done" in block or b"event: done" in block:
                answer = event["answer"]
        seen.done_s.append(time.perf_counter() - began)
        if status != 200 or answer is None:
            seen.errors.append(f"{status}: {text[:200]!r}")
        return answer

    async def leave(self) -> None:
        if self._writer is not None:
            self._writer.close()


async def crowd(
    port: int, tokens: Iterable[str], turns: int, bodies: Sequence[dict[str, Any]], fresh: bool = True
) -> Seen:
    """Each token's student asks `turns` turns, one after another, all students at once."""
    seen = Seen()

    async def one(number: int, token: str) -> None:
        student = Student(port, token)
        for n in range(turns):
            body = dict(bodies[(number + n) % len(bodies)])
            path = body.pop("path", "/api/v1/query")
            if not fresh and student.thread:
                body["thread_id"] = student.thread
            await student.ask(seen, path, **body)
        await student.leave()

    began = time.perf_counter()
    await asyncio.gather(*(one(number, token) for number, token in enumerate(tokens)))
    seen.took_s = time.perf_counter() - began
    return seen
