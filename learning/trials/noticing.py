"""What a turn borrows, changed for who is in a variant, and noticed when it is used: only then has a variant an effect."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

V = TypeVar("V")


class Noticed(Mapping[str, V]):
    """`plain` with `changes` in front; `notice` is told each key that is asked for, there or not: who is in control asks
    for the same."""

    def __init__(self, plain: Mapping[str, V], changes: Mapping[str, V], notice: Callable[[str], None]) -> None:
        self._held = {**plain, **changes}
        self._notice = notice

    def __getitem__(self, key: str) -> V:
        self._notice(key)
        return self._held[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)
