"""Which process a program finds ready: one for its language, with what it will import loaded already."""

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from typing import Any

from core.errors import Invalid
from sandbox.backend import Job
from sandbox.jail import languages

Warmth = str
"""A kind of process: `python.plain`, `python.science`, and those of other languages."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What such a process is for: its language, and what it loads beforehand."""

    language: str
    preload: tuple[str, ...]


@cache
def plans() -> dict[Warmth, Plan]:
    """All there are, Python's first."""
    return {
        f"{name}.{kind}": Plan(name, tuple(preload))
        for name in sorted(_names(), key=lambda name: name != "python")
        for kind, preload in _language(name).SLOTS.items()
    }


def warmth_of(job: Job) -> Warmth:
    """Raises Invalid for a language that the sandbox does not have."""
    program = job.program
    if program.language not in _names():
        raise Invalid(f"programs run here in {', '.join(_names())}, not in {program.language!r}", field="language")
    sources = (program.code.encode("utf-8", "replace"), *program.files.values())
    return f"{program.language}.{_language(program.language).slot_of(sources)}"


@cache
def _names() -> tuple[str, ...]:
    return tuple(module.name for module in pkgutil.iter_modules(languages.__path__))


def _language(name: str) -> Any:
    return importlib.import_module(f"{languages.__name__}.{name}")
