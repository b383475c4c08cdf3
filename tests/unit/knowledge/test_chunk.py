"""Passages are cut into a lead and chunks that lose nothing."""

from hypothesis import given
from hypothesis import strategies as st

from knowledge.chunk import CHUNK_WORDS, LEAD_CHARS, Document, chunks_of, cut

LONG = "\n\n".join(f"Paragraph {i} says what number {i} is. It has two sentences." for i in range(40))


@given(st.text(alphabet="ab .\n", max_size=3_000))
def test_no_word_is_lost_and_none_is_doubled(text: str) -> None:
    assert " ".join(chunks_of(text)).split() == text.split()


@given(st.lists(st.integers(1, 400), max_size=20))
def test_no_chunk_is_much_longer_than_wished(lengths: list[int]) -> None:
    text = "\n\n".join(" ".join(["word"] * length) for length in lengths)

    assert all(len(chunk.split()) <= CHUNK_WORDS * 1.5 for chunk in chunks_of(text))


def test_a_short_paragraph_stays_whole() -> None:
    code = "for i in range(3):\n    print(i)\n    total += i"

    assert code in chunks_of(f"{LONG}\n\n{code}\n\n{LONG}")[-1] or any(
        code in chunk for chunk in chunks_of(f"{LONG}\n\n{code}\n\n{LONG}")
    )


def test_the_heading_begins_the_lead() -> None:
    pieces = cut(Document(id="d", text=LONG, heading="Numbers"))

    assert [piece.field for piece in pieces[:2]] == ["lead", "chunk"]
    assert pieces[0].text == f"Numbers\n{LONG}"[:LEAD_CHARS]
    assert [piece.number for piece in pieces[1:]] == list(range(len(pieces) - 1))


def test_an_empty_passage_still_has_a_lead_and_a_chunk() -> None:
    assert [piece.field for piece in cut(Document(id="d", text=""))] == ["lead", "chunk"]
