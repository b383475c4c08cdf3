"""An exercise as a model sends it, a model that plays a script of such, and a shelf in memory."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from agents.models.port import Prompt, Usage
from core.ports import Exercise, MadeExercise, TopicId

SENT: dict[str, Any] = {
    "title": "The bouncing ball",
    "statement": (
        "A ball falls from a wall. Each time it hits the ground it comes up half as high, rounded down.\n\n"
        "Write `bounces(height)`. It returns how often the ball hits the ground before it comes up less than 1.\n\n"
        "- `bounces(1)` returns `1`\n- `bounces(8)` returns `4`\n\nA height of 0 gives 0."
    ),
    "entry": "bounces",
    "skills": ["loops"],
    "starter": "def bounces(height):\n    pass\n",
    "reference": "def bounces(height):\n    hits = 0\n    while height >= 1:\n        height = height // 2\n        hits += 1\n    return hits\n",
    "correct": [
        "def bounces(height):\n    if height < 1:\n        return 0\n    return 1 + bounces(height // 2)\n",
        "def bounces(height):\n    for hits in range(1000):\n        if 2 ** hits > height:\n            return hits\n    return 1000\n",
    ],
    "mistakes": [
        {
            "answer": "def bounces(height):\n    hits = 0\n    while height > 1:\n        height = height // 2\n        hits += 1\n    return hits\n",
            "misconception": "The last hit, from a height of 1, is left out.",
        },
        {
            "answer": "def bounces(height):\n    return height // 2\n",
            "misconception": "One bounce is worked out instead of counting them.",
        },
    ],
    "tests": [
        {"name": "one", "group": "examples", "call": "bounces(1)", "expect": "1"},
        {"name": "eight", "group": "examples", "call": "bounces(8)", "expect": "4"},
        {"name": "ground", "group": "edges", "call": "bounces(0)", "expect": "0"},
        {"name": "high", "group": "more", "call": "bounces(1000)", "expect": "10"},
    ],
    "property": {"name": "any height", "given": ["integers(0, 5000)"]},
    "hints": [
        "What changes each time the ball hits the ground, and what do you count?",
        "You do not know how many rounds there will be. Which loop is made for that?",
        "In each round the height gets smaller by half and the count goes up by one. Ask for the height before each round.",
    ],
}


def sent(**changes: Any) -> dict[str, Any]:
    """SENT with other parts, as a copy."""
    whole: dict[str, Any] = {**json.loads(json.dumps(SENT)), **changes}
    return whole


class ScriptedModel:
    """Structured output by script, the last one for ever; `prompts` keeps what it was asked, `gate` holds it back."""

    name = "scripted"

    def __init__(self, *script: Mapping[str, Any] | None) -> None:
        self.script = list(script)
        self.prompts: list[Prompt] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def stream(self, prompt: Prompt, usage: Usage, *, timeout_s: float, tokens_max: int) -> Any:
        yield prompt.draft

    async def structured(
        self, prompt: Prompt, schema: dict[str, Any], usage: Usage, *, timeout_s: float
    ) -> dict[str, Any] | None:
        self.prompts.append(prompt)
        await self.gate.wait()
        usage.tokens_in, usage.tokens_out = usage.tokens_in + 900, usage.tokens_out + 600
        said = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return dict(said) if said is not None else None


class ShelfInMemory:
    """core.ports.MadeExercises."""

    def __init__(self) -> None:
        self.kept: list[MadeExercise] = []

    def list_given(self, topic: TopicId | None = None) -> Sequence[Exercise]:
        return [one.exercise for one in self.kept if topic in (None, one.exercise.topic)]

    async def keep(self, made: MadeExercise) -> None:
        self.kept.append(made)
