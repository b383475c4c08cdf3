"""The model that is always there: it sends the answer as the templates phrase it, piece by piece, the same each time."""

from collections.abc import AsyncIterator
from typing import Any

from agents.models.port import Prompt, Usage

PIECE_CHARS = 24


class OfflineModel:
    """Streams `prompt.draft` in small pieces. Needs no network and no key, never raises, costs nothing."""

    @property
    def name(self) -> str:
        return "offline"

    async def stream(self, prompt: Prompt, usage: Usage, *, timeout_s: float, tokens_max: int) -> AsyncIterator[str]:
        usage.calls.append({"model": self.name, "outcome": "ok", "seconds": 0.0, "tokens": 0})
        for at in range(0, len(prompt.draft), PIECE_CHARS):
            yield prompt.draft[at : at + PIECE_CHARS]

    async def structured(
        self, prompt: Prompt, schema: dict[str, Any], usage: Usage, *, timeout_s: float
    ) -> dict[str, Any] | None:
        """Always None: without a language model the caller decides by its own rules."""
        return None
