"""What a client says and hears on a WebSocket of ours."""

import asyncio
import json
from typing import Any

from websockets.asyncio.client import ClientConnection

TOKEN = {"token": "student-ada"}


async def say(line: ClientConnection, *frames: Any) -> None:
    for frame in frames:
        await line.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))


async def hear(line: ClientConnection, until: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(5):
        while not found or found[-1]["type"] != until:
            found.append(json.loads(await line.recv()))
    return found
