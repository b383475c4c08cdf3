"""Prompts are files: `prompts/<agent>.v<number>.md`, the highest number counts."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "prompts"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptFile:
    name: str
    version: str
    system: str


@cache
def load_prompt(agent: str) -> PromptFile:
    """The newest prompt of `agent`, or the one that holds for every agent without its own, below the common rules."""
    rules = _newest("rules")
    own = _newest(agent) or _newest("default")
    if rules is None or own is None:
        raise ValueError("agents/prompts: rules.v1.md and default.v1.md must be there")
    return PromptFile(name=own.name, version=f"{rules.version}+{own.version}", system=f"{rules.system}\n\n{own.system}")


def _newest(name: str) -> PromptFile | None:
    found = [
        (int(match.group(1)), path)
        for path in _FOLDER.glob(f"{name}.v*.md")
        if (match := re.search(r"\.v(\d+)\.md$", path.name))
    ]
    if not found:
        return None
    number, path = max(found)
    return PromptFile(name=name, version=f"v{number}", system=path.read_text(encoding="utf-8").strip())
