"""The model that is always there: it says the draft that the tools' evidence was phrased as, in small pieces."""

from collections.abc import AsyncIterator
from typing import Any

from agents.models.port import Prompt, Usage

_PIECE_CHARS = 32


class OfflineModel:
    """agents.models.port.Model without a model: deterministic, and it never raises."""

    @property
    def name(self) -> str:
        return "offline"

    async def stream(self, prompt: Prompt, usage: Usage, *, timeout_s: float, tokens_max: int) -> AsyncIterator[str]:
        for start in range(0, len(prompt.draft), _PIECE_CHARS):
            yield prompt.draft[start : start + _PIECE_CHARS]

    async def structured(
        self, prompt: Prompt, schema: dict[str, Any], usage: Usage, *, timeout_s: float
    ) -> dict[str, Any] | None:
        return None
