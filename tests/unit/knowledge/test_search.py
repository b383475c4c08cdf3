"""Passages are ranked over any corpus; hostile queries are searched like others."""

import numpy as np
import pytest

from knowledge.chunk import Document, cut
from knowledge.search import QUERY_CHARS_MAX, VIEWS, WEIGHTS, Searcher, distinct, length_of, prepare, searcher_of
from knowledge.shortlist import DENSE
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


def test_a_view_by_words_adds_no_more_than_its_weight(searcher: Searcher) -> None:
    query = "ZeroDivisionError"
    hits = searcher.search(query, CountingEncoder().encode([query])[0])

    for name in VIEWS[DENSE:]:
        shares = [hit.shares[name] for hit in hits]
        assert all(0 <= share <= WEIGHTS[name] + 1e-5 for share in shares)
    assert hits[0].shares["words"] == pytest.approx(WEIGHTS["words"])


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


def mixed_corpus(passages: int) -> list[Document]:
    """Passages of a few of many words each, the first words in many of them."""
    rng = np.random.default_rng(4)
    rows = np.minimum(rng.zipf(1.4, (passages, 40)), 3_000)
    return [
        Document(id=str(i), text=" ".join(f"w{word:x}" for word in row), heading=f"About w{row[0]:x}")
        for i, row in enumerate(rows)
    ]


@pytest.fixture(scope="module")
def both_ways() -> tuple[Searcher, Searcher]:
    """The same corpus, all of it scored and only a shortlist."""
    documents, encoder = mixed_corpus(1_500), CountingEncoder()
    pieces = [piece for document in documents for piece in cut(document)]
    owners = np.array([int(piece.document) for piece in pieces], np.int64)
    leads = np.array([piece.field == "lead" for piece in pieces], bool)
    vectors = encoder.encode([piece.text for piece in pieces])
    given = (documents, vectors[leads], vectors[~leads], owners[~leads])
    return Searcher(*given), Searcher(*given, exact_max=0)


QUESTIONS = [" ".join(text.split()[3:9]) for text in (document.text for document in mixed_corpus(60))]


def test_a_shortlist_finds_what_scoring_all_finds(both_ways: tuple[Searcher, Searcher]) -> None:
    shared = []
    for question in QUESTIONS:
        vector = CountingEncoder().encode([question])[0]
        every, few = ([hit.place for hit in searcher.search(question, vector)] for searcher in both_ways)
        shared.append(len(set(every) & set(few)) / 10)

    assert np.mean(shared) >= 0.9  # words drawn at random leave the last ranks to chance


def test_a_shortlist_scores_as_all_are_scored(both_ways: tuple[Searcher, Searcher]) -> None:
    question = QUESTIONS[0]
    vector = CountingEncoder().encode([question])[0]
    every, few = both_ways

    assert few.views(question, vector) == pytest.approx(every.views(question, vector), abs=1e-4)
    exact = {hit.place: hit.score for hit in every.search(question, vector, 1_500)}
    assert all(hit.score <= exact[hit.place] + 1e-5 for hit in few.search(question, vector))


def test_a_shortlist_holds_only_what_is_allowed(both_ways: tuple[Searcher, Searcher]) -> None:
    allowed = np.zeros(1_500, bool)
    allowed[[7, 70, 700]] = True

    hits = both_ways[1].search(QUESTIONS[1], CountingEncoder().encode([QUESTIONS[1]])[0], 10, allowed=allowed)

    assert {hit.place for hit in hits} == {7, 70, 700}


@pytest.mark.parametrize("query", ["", "nothing of this is known", "∫", "w1 " * 500])
def test_any_query_is_answered_from_a_shortlist(both_ways: tuple[Searcher, Searcher], query: str) -> None:
    assert len(both_ways[1].search(query, CountingEncoder().encode([query])[0], 5)) == 5


@pytest.mark.parametrize("count", [1, 2, 3, 20])
def test_a_shortlist_of_next_to_nothing_is_all_of_it(count: int) -> None:
    documents = [Document(id=str(i), text=f"{text} number {i}" if i % 2 else "") for i, text in enumerate([*TEXTS] * 5)]
    vectors = CountingEncoder().encode([document.text for document in documents[:count]])
    searcher = Searcher(documents[:count], vectors, vectors, np.arange(count), exact_max=0)

    assert len(searcher.search("loops", vectors[0])) == min(count, 10)
