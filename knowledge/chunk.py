"""Cuts a passage into the texts that are embedded: its beginning, and chunks of about forty words."""

import re
from dataclasses import dataclass
from typing import Literal

# 40 words ranked better than 60, 100 or whole sections on two corpora: a short chunk says one thing, and the mean of
# a passage's chunks stands for the whole of it, past the 256 tokens that the model reads of a long text
CHUNK_WORDS = 40
LEAD_CHARS = 220

Field = Literal["lead", "chunk"]
_PARAGRAPH = re.compile(r"\n\s*\n")
_SENTENCE = re.compile(r"(?<=[.!?:])\s+|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A passage that a search can find."""

    id: str
    text: str
    heading: str = ""

    @property
    def whole(self) -> str:
        """What is searched: the heading says what the text is about, often in a student's own words."""
        return f"{self.heading}\n{self.text}" if self.heading else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One text to embed; `number` counts the chunks of a document from 0."""

    document: str
    field: Field
    number: int
    text: str


def cut(document: Document) -> list[Piece]:
    """The lead, then at least one chunk."""
    lead = Piece(document=document.id, field="lead", number=0, text=document.whole[:LEAD_CHARS])
    chunks = [
        Piece(document=document.id, field="chunk", number=number, text=text)
        for number, text in enumerate(chunks_of(document.whole))
    ]
    return [lead, *chunks]


def chunks_of(text: str, words: int = CHUNK_WORDS) -> list[str]:
    """Whole paragraphs where they are short, sentences or lines of those that are long, packed to about `words`."""
    chunks: list[str] = []
    gathered: list[str] = []
    size = 0
    for unit in _units(text, words):
        length = len(unit.split())
        if gathered and size + length > words * 1.2:
            chunks.append("\n".join(gathered))
            gathered, size = [], 0
        gathered.append(unit)
        size += length
    return [*chunks, "\n".join(gathered)] if gathered or not chunks else chunks


def _units(text: str, words: int) -> list[str]:
    units: list[str] = []
    for paragraph in _PARAGRAPH.split(text):
        parts = [paragraph] if len(paragraph.split()) <= words else _SENTENCE.split(paragraph)
        for part in parts:
            units += _pieces(part, words)
    return [unit for unit in units if unit.strip()]


def _pieces(sentence: str, words: int) -> list[str]:
    """A sentence much longer than a chunk, such as a table, in lengths of a chunk."""
    found = sentence.split()
    if len(found) <= words * 1.5:
        return [sentence]
    return [" ".join(found[start : start + words]) for start in range(0, len(found), words)]
