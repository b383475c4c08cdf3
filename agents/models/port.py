"""What an agent asks of a language model: words for facts that are already established."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A rendered prompt. `system` is ours; `evidence` is JSON that tools established; `student` is what the student
    wrote: data, fenced, never instruction. `draft` is the same answer phrased by template: what the offline model
    streams. `name` and `version` name the prompt file."""

    name: str
    version: str
    system: str
    evidence: str
    student: str
    draft: str


@dataclass(slots=True, kw_only=True)
class Usage:
    """What a turn spent on models; `calls` has one entry a try: model, outcome, seconds, tokens. `leaks_blocked` counts
    blocks that were held back because they would have given a solution away."""

    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float = 0.0
    leaks_blocked: int = 0
    calls: list[dict[str, Any]] = field(default_factory=list)


class Model(Protocol):
    """Streams text. Raises ModelUnavailable only where no fallback is left; the offline model never raises."""

    @property
    def name(self) -> str: ...

    def stream(self, prompt: Prompt, usage: Usage, *, timeout_s: float, tokens_max: int) -> AsyncIterator[str]: ...

    async def structured(
        self, prompt: Prompt, schema: dict[str, Any], usage: Usage, *, timeout_s: float
    ) -> dict[str, Any] | None:
        """A JSON object that fits `schema` (one repair attempt), or None: the caller then decides without a model."""
        ...
