"""Passages are ranked over any corpus; hostile queries are searched like others."""

import numpy as np
import pytest

from knowledge.chunk import Document
from knowledge.search import QUERY_CHARS_MAX, VIEWS, Searcher, distinct, length_of, prepare, searcher_of
from tests.small_course import CountingEncoder

TEXTS = {
    "loops": "A while loop repeats its body as long as the condition holds.",
    "lists": "A list keeps values in order. Call append to put one more at its end.",
    "files": "Open a file with open() and close it, or let a with block close it.",
    "errors": "A ZeroDivisionError says that a number was divided by zero.",
}


@pytest.fixture
def searcher() -> Searcher:
    return searcher_of([Document(id=name, text=text) for name, text in TEXTS.items()], CountingEncoder())


def found(searcher: Searcher, query: str, k: int = 10) -> list[str]:
    vector = CountingEncoder().encode([query])[0]
    return [searcher.documents[hit.place].id for hit in searcher.search(prepare(query), vector, k)]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("while loop", "loops"),
        ("how do I append to a list", "lists"),
        ("ZeroDivisionError", "errors"),
        ("closing files", "files"),
    ],
)
def test_the_passage_that_says_it_comes_first(searcher: Searcher, query: str, first: str) -> None:
    assert found(searcher, query)[0] == first


def test_scores_lie_between_0_and_1_and_fall(searcher: Searcher) -> None:
    hits = searcher.search("close the list", CountingEncoder().encode(["close the list"])[0])

    scores = [hit.score for hit in hits]
    assert len(hits) == len(TEXTS)
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_the_ranking_is_the_sum_of_what_each_view_added(searcher: Searcher) -> None:
    hits = searcher.search("append", CountingEncoder().encode(["append"])[0])

    sums = [sum(hit.shares.values()) for hit in hits]
    assert set(hits[0].shares) == set(VIEWS)
    assert sums == sorted(sums, reverse=True)


def test_only_what_is_allowed_is_found(searcher: Searcher) -> None:
    vector = CountingEncoder().encode(["while loop"])[0]

    hits = searcher.search("while loop", vector, allowed=np.array([False, True, False, True]))

    assert {searcher.documents[hit.place].id for hit in hits} == {"lists", "errors"}


def test_an_empty_corpus_has_no_passages() -> None:
    nothing = Searcher([], np.zeros((0, 64), np.float32), np.zeros((0, 64), np.float32), np.zeros(0, np.int64))

    assert nothing.search("loop", np.zeros(64, np.float32)) == []


@pytest.mark.parametrize(
    "query", ["", "x" * 100_000, "\ud800\0", "∫" * 50, "def f():\n    return [i for i in x]\n" * 300]
)
def test_any_query_is_answered(searcher: Searcher, query: str) -> None:
    assert len(prepare(query)) <= QUERY_CHARS_MAX + 1
    assert len(found(searcher, query, 2)) == 2


def test_a_long_query_keeps_both_ends() -> None:
    prepared = prepare("Start. " + "middle " * 5_000 + "ValueError: the end")

    assert prepared.startswith("Start.")
    assert prepared.endswith("ValueError: the end")


def test_the_length_of_a_query_is_bounded() -> None:
    assert [length_of(text) for text in ("", "one", "one two three four five six seven eight")] == [-1, -1, 0]
    assert length_of("word " * 500) == 1


def test_what_is_nearly_said_already_is_left_out() -> None:
    loop = "A loop repeats its body until the condition in its head becomes false, and then goes on below."
    texts = [loop, f"  {loop.upper()} ", loop.replace("below", "after it"), "A tuple never changes.", "", ""]

    assert distinct(texts) == [0, 3, 4]
