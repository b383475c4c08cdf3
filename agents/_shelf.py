"""Explanations that were put together before, kept for the next student who asks the same at the same level.

Nothing that belongs to one student is laid here: a key says what the course was asked, never by whom or in which words.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the turn's context holds a shelf
    from agents.turn import Block, Citation

KEPT_MAX = 256
"""Explanations are some kilobytes each, pictures included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """An explanation but for what leans on a conversation. `shown` names what it tells, `asked` the id of its closing
    question."""

    blocks: Sequence["Block"]
    citations: Sequence["Citation"]
    facts: Mapping[str, Any]
    shown: Sequence[str]
    asked: str


class Shelf:
    """The latest KEPT_MAX explanations, and a model's words for them, of one version of the index: a new version clears
    it."""

    def __init__(self, kept_max: int = KEPT_MAX) -> None:
        self._kept_max = kept_max
        self._version = ""
        self._explained: OrderedDict[str, Explained] = OrderedDict()
        self._worded: OrderedDict[tuple[str, ...], dict[int, str]] = OrderedDict()

    def find(self, key: str, version: str) -> Explained | None:
        self._turn_to(version)
        if key in self._explained:
            self._explained.move_to_end(key)
        return self._explained.get(key)

    def keep(self, key: str, version: str, explained: Explained) -> None:
        self._turn_to(version)
        self._explained[key] = explained
        while len(self._explained) > self._kept_max:
            self._explained.popitem(last=False)

    def words(self, *key: str) -> dict[int, str]:
        """A model's paragraphs by number; empty when there are none."""
        return self._worded.get(key, {})

    def keep_words(self, words: Mapping[int, str], *key: str) -> None:
        self._worded[key] = dict(words)
        while len(self._worded) > self._kept_max:
            self._worded.popitem(last=False)

    def _turn_to(self, version: str) -> None:
        if version != self._version:
            self._version = version
            self._explained.clear()
            self._worded.clear()


def key_of(*parts: str) -> str:
    """A digest: what was asked cannot be read back from it."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
