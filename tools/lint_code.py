"""Asks ruff, which only parses, what it finds in a student's program; told in our words, by the rules that help a learner."""

import asyncio
import json
import subprocess
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.telemetry import span
from tools._ruff_rules import RULES
from tools.review_code import Edit, Finding

CODE_CHARS_MAX = 20_000
SECONDS = 2.0
_FINDINGS_MAX = 200
_QUOTED_CHARS_MAX = 40
_ARGUMENTS = (
    "check", "--isolated", "--no-cache", "--ignore-noqa", "--exit-zero", "--quiet", "--output-format=json-lines",
    "--target-version=py311", "--preview", f"--select={','.join(RULES)}", "--stdin-filename=main.py", "-",
)  # fmt: skip
"""Rules are named one by one, so `--preview` adds only those of the table that ruff still calls so."""


_ALONE = {"RAYON_NUM_THREADS": "1"}
"""One file is no work for several threads, and nothing of our environment is ruff's affair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linted:
    """What ruff found; where it could not be asked, `trouble` says why in a sentence for the student."""

    findings: tuple[Finding, ...] = ()
    trouble: str = ""


async def lint_code(code: str, ruff: Path | None = None) -> Linted:
    """`ruff` is the binary; without one the installed package's is looked for. Never raises for what a program holds."""
    binary = ruff or await asyncio.to_thread(find_ruff)
    if binary is None:
        return Linted(trouble="The linter ruff is not installed here, so I went by my own rules alone.")
    if len(code) > CODE_CHARS_MAX:
        return Linted(trouble="The program is too long for the linter ruff, so I went by my own rules alone.")
    with span("tools.lint_code"):
        try:
            told = await asyncio.to_thread(_told, binary, code)
        except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
            return Linted(trouble="The linter ruff gave no answer, so I went by my own rules alone.")
    return Linted(findings=told)


@cache
def find_ruff() -> Path | None:
    """Beside the interpreter, where installing the package puts it. Whatever else is on the PATH is not ours to start."""
    binary = Path(sysconfig.get_path("scripts")) / f"ruff{sysconfig.get_config_var('EXE') or ''}"
    return binary if binary.is_file() else None


def _told(binary: Path, code: str) -> tuple[Finding, ...]:
    """A thread's work: starting a process from the loop would hold everyone up."""
    given = code.encode("utf-8", "replace")
    done = subprocess.run(  # noqa: S603 - our own binary with fixed arguments; the program goes in by stdin
        [binary, *_ARGUMENTS], input=given, capture_output=True, timeout=SECONDS, check=True, env=_ALONE
    )
    lines = code.split("\n")
    told = (json.loads(line) for line in done.stdout.split(b"\n", _FINDINGS_MAX)[:_FINDINGS_MAX] if line)
    return tuple(finding for one in told for finding in _finding(one, lines))


def _finding(told: Mapping[str, Any], lines: list[str]) -> Iterator[Finding]:
    """Nothing for what has no words of ours, such as a syntax error."""
    if (rule := RULES.get(told["code"])) is None:
        return
    start, end = told["location"], told["end_location"]
    name = _quoted(lines, start, end)
    here = f"`{name}`" if name else "This"
    yield Finding(
        line=start["row"],
        rule=rule.matter,
        why=_filled(rule.why, here, name),
        better=_filled(rule.better, here, name or "name"),
        weight=rule.weight,
        criterion=rule.criterion,
        edits=_edits(told["fix"]),
        source=f"ruff {told['code']}",
    )


def _quoted(lines: list[str], start: Mapping[str, int], end: Mapping[str, int]) -> str:
    """The code at the place, where it is short enough to name it."""
    if start["row"] != end["row"] or not 0 < start["row"] <= len(lines):
        return ""
    text = lines[start["row"] - 1][start["column"] - 1 : end["column"] - 1].strip()
    return text if len(text) <= _QUOTED_CHARS_MAX and "`" not in text else ""


def _filled(words: str, here: str, name: str) -> str:
    if here == "This" and not words.startswith("{here}"):
        here = "this"
    return words.format(here=here, name=name)


def _edits(fix: Mapping[str, Any] | None) -> tuple[Edit, ...]:
    """Only what ruff itself calls safe; whether it is for this program is then shown by running."""
    if fix is None or fix["applicability"] != "safe":
        return ()
    return tuple(
        Edit(
            line=edit["location"]["row"], column=edit["location"]["column"],
            end_line=edit["end_location"]["row"], end_column=edit["end_location"]["column"], content=edit["content"],
        )
        for edit in fix["edits"]
    )  # fmt: skip
