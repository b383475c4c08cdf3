"""Reads registry.toml: for every table, how a person is found in it and what becomes of their rows."""

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from core.errors import Invalid

Erase = Literal["delete", "follows", "clear", "keep", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table's declaration; the head of registry.toml says what each field means."""

    name: str
    holds: str = ""
    theirs: str = ""
    erase: Erase = ""
    set: str = ""
    why: str = ""
    mentions: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    scrub: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()
    keep_days: str = ""
    old: str = ""
    optional: bool = False


@cache
def tables() -> tuple[Table, ...]:
    """All of them, in the order in which they are worked through. Raises Invalid for a declaration that is not whole."""
    return parse((Path(__file__).parent / "registry.toml").read_text(encoding="utf-8"))


def parse(text: str) -> tuple[Table, ...]:
    """Raises Invalid, naming the table."""
    return tuple(_table(name, declared) for name, declared in tomllib.loads(text).items())


def _table(name: str, declared: dict[str, Any]) -> Table:
    unknown = declared.keys() - {field.name for field in fields(Table)}
    if unknown:
        raise Invalid(f"{name}: there is no {', '.join(sorted(unknown))}")
    values: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in declared.items()}
    found = Table(name=name, **values)
    for fault, broken in (
        ("`holds` is missing", not found.holds),
        ("`erase` is none of delete, follows, clear and keep", found.erase not in get_args(Erase)),
        ("`theirs` and `erase` belong together", bool(found.theirs) != bool(found.erase)),
        ("rows that stay need a reason in `why`", found.erase in ("keep", "clear") and not found.why),
        ("clear needs `set`", (found.erase == "clear") != bool(found.set)),
        ("`keep_days` and `old` belong together", bool(found.keep_days) != bool(found.old)),
    ):
        if broken:
            raise Invalid(f"{name}: {fault}")
    return found
