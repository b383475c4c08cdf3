"""The students' own line to a running program, with real walls behind it: nothing runs on when they leave."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from core.ports import Sandbox
from tests.edge import Edge, serving
from tests.integration.sandbox.leftovers import below, warmed

pytestmark = pytest.mark.asyncio(loop_scope="session")

TOKEN = json.dumps({"token": "student-ada"})
LOOP = "n = 0\nwhile True:\n    n += int(input(f'{n} + '))\n"


async def _until(line: ClientConnection, text: str) -> str:
    """What the program has printed, up to `text`; the last frame when it ends first."""
    screen = ""
    async with asyncio.timeout(20):
        while text not in screen:
            frame = json.loads(await line.recv())
            if frame["type"] in ("result", "problem"):
                return json.dumps(frame)
            screen += frame.get("text", "")
    return screen


async def _begin(line: ClientConnection, code: str) -> None:
    await line.send(TOKEN)
    await line.send(json.dumps({"code": code}))


def _spent_cpu() -> int:
    """Clock ticks of the programs that still run: each is the first process of a namespace within its zygote's own."""
    total = 0
    for pid in below(os.getpid()):
        try:
            facts = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
            words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if len(facts["NSpid"].split()) >= 3:
            total += int(words[11]) + int(words[12])
    return total


async def test_a_program_is_answered_and_ends_with_its_result(native: Sandbox) -> None:
    edge: Any = Edge(sandbox=native)  # type: ignore[arg-type]
    async with serving(edge.app()) as url, connect(url.replace("http", "ws") + "/api/v1/execute/live") as line:
        await _begin(line, LOOP)
        await _until(line, "0 + ")
        for n in range(1, 30):
            await line.send(json.dumps({"input": f"{n}\n"}))
            await _until(line, f"{n * (n + 1) // 2} + ")
        await line.send(json.dumps({"end": True}))
        last = json.loads(await _until(line, "never"))

    assert last["run"]["raised"]["type"] == "EOFError"
    assert edge.entitlements.amounts == [1]


async def test_clients_that_go_away_leave_no_process_and_no_descriptor(native: Sandbox) -> None:
    edge: Any = Edge(sandbox=native)  # type: ignore[arg-type]
    async with serving(edge.app()) as url:
        address = url.replace("http", "ws") + "/api/v1/execute/live"
        looped: list[int] = []

        async def visit(code: str, text: str) -> None:
            async with connect(address) as line:
                await _begin(line, code)
                await _until(line, text)
                looped.append(await _ticks_of_half_a_second() if text == "x" else 0)
                line.transport.abort()

        await visit(LOOP, "0 + ")
        await _calm(edge, 1)
        await warmed()  # what other tests have open
        before, born = len(os.listdir("/proc/self/fd")), len(below(os.getpid()))
        for n in range(5):
            await asyncio.gather(visit(LOOP, "0 + "), visit("print('x', flush=True)\nwhile True: pass", "x"))
            await _calm(edge, 3 + 2 * n)

        assert await _ticks_of_half_a_second() < max(looped) / 2  # what a loop takes
        assert len(os.listdir("/proc/self/fd")) <= before + 20  # two more slots may be warm
        assert len(below(os.getpid())) <= born + 9  # four processes a slot; ten programs were left


async def _calm(edge: Any, payments: int) -> None:
    """Until each visit has been paid for, which is when its program has gone."""
    async with asyncio.timeout(20):
        while len(edge.entitlements.amounts) < payments:  # noqa: ASYNC110 the fake has no event for it
            await asyncio.sleep(0.01)


async def _ticks_of_half_a_second() -> int:
    before = _spent_cpu()
    await asyncio.sleep(0.5)
    return _spent_cpu() - before
