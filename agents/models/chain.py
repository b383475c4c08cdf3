"""Several models in order of preference, the last of which always answers."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from agents.models.port import Model, Prompt, Usage
from core.errors import ModelUnavailable


class ModelChain:
    """agents.models.port.Model: the first that begins to speak is the one that answers."""

    def __init__(self, models: Sequence[Model]) -> None:
        self._models = models

    @property
    def name(self) -> str:
        return self._models[0].name

    async def stream(self, prompt: Prompt, usage: Usage, *, timeout_s: float, tokens_max: int) -> AsyncIterator[str]:
        """Raises ModelUnavailable when a model broke off after its first word: the caller then sends its draft."""
        for model in self._models:
            began = False
            try:
                async for words in model.stream(prompt, usage, timeout_s=timeout_s, tokens_max=tokens_max):
                    began = True
                    yield words
                return
            except ModelUnavailable:
                if began:
                    raise
        raise ModelUnavailable

    async def structured(
        self, prompt: Prompt, schema: dict[str, Any], usage: Usage, *, timeout_s: float
    ) -> dict[str, Any] | None:
        for model in self._models:
            if found := await model.structured(prompt, schema, usage, timeout_s=timeout_s):
                return found
        return None
