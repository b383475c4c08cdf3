"""Prompts are files: `prompts/<agent>.v<number>.md`; a version holds, of each, the newest that is not newer than it."""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.errors import Invalid

_FOLDER = Path(__file__).parent / "prompts"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptFile:
    name: str
    version: str
    system: str


@cache
def load_prompt(agent: str, version: str = "v1") -> PromptFile:
    """The prompt of `agent`, or the one that holds for every agent without its own, below the common rules. `version` is
    v<number>, or a folder whose `<agent>.md` files stand in for the shipped ones. Raises Invalid for a version that
    is none."""
    folder = None if version in list_versions() else Path(version)
    if folder is not None and not any(folder.glob("*.md")):
        raise Invalid(
            f"there is no prompt {version!r}: {', '.join(list_versions())}, or a folder with <agent>.md files"
        )
    rules = _find("rules", version, folder)
    own = _find(agent, version, folder) or _find("default", version, folder)
    if rules is None or own is None:
        raise ValueError("agents/prompts: rules.v1.md and default.v1.md must be there")
    return PromptFile(name=own.name, version=f"{rules.version}+{own.version}", system=f"{rules.system}\n\n{own.system}")


@cache
def load_order(name: str, version: str = "v1") -> PromptFile:
    """A prompt that stands by itself, for what is not the wording of an answer. A folder of one's own may hold it too;
    without it there the shipped one holds."""
    folder = None if version in list_versions() else Path(version)
    found = _find(name, version, folder)
    if found is None:
        raise ValueError(f"agents/prompts: {name}.v1.md must be there")
    return found


@cache
def list_versions() -> tuple[str, ...]:
    """The versions there are, oldest first: v1, v2."""
    return tuple(f"v{number}" for number in sorted({number for number, _ in _numbered("*")}))


def _find(name: str, version: str, folder: Path | None) -> PromptFile | None:
    if folder is not None and (file := folder / f"{name}.md").is_file():
        text = file.read_text(encoding="utf-8").strip()
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        return PromptFile(name=name, version=f"{folder.name}-{digest}", system=text)
    newest = 1 if folder is not None else int(version.removeprefix("v"))
    found = [(number, path) for number, path in _numbered(name) if number <= newest]
    if not found:
        return None
    number, path = max(found)
    return PromptFile(name=name, version=f"v{number}", system=path.read_text(encoding="utf-8").strip())


def _numbered(name: str) -> list[tuple[int, Path]]:
    paths = _FOLDER.glob(f"{name}.v*.md")
    return [(int(match.group(1)), path) for path in paths if (match := re.search(r"\.v(\d+)\.md$", path.name))]
