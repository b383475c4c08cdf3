"""Exact search: terms, and BM25 that agrees with its formula."""

import math
import random
from collections import Counter

import numpy as np
import pytest

from knowledge.lexical import Lexicon, Postings, pairs, runs
from knowledge.words import running, stem, terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The variables of a loop", ["vari", "loop"]),
        ("read_csv", ["read_csv", "read", "csv"]),
        ("HttpClient", ["httpclient", "http", "client"]),
        ("__init__", ["__init__", "init"]),
        (r"\int \frac{x}{2} dx", ["∫", "x", "dx"]),
        ("∫ x dx", ["∫", "x", "dx"]),
        ("größer als 3", ["gr", "öß", "er", "als"]),
        ("?!", []),
    ],
)
def test_terms_of_a_text(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


@pytest.mark.parametrize(
    "forms",
    ["function functions", "loop loops looping looped", "query queries", "stop stopping stopped", "class classes"],
)
def test_forms_of_a_word_share_a_stem(forms: str) -> None:
    assert len({stem(form) for form in forms.split()}) == 1, [stem(form) for form in forms.split()]


def test_scores_follow_the_formula() -> None:
    rng = random.Random(7)
    documents = [[rng.randrange(12) for _ in range(rng.randrange(30))] for _ in range(40)]
    query = [0, 3, 3, 3, 5, 99]

    got = Postings([np.array(d, np.int64) for d in documents]).score(np.array(query, np.int64))

    average = sum(map(len, documents)) / len(documents)
    for document, score in zip(documents, got, strict=True):
        expected = 0.0
        for term, repeats in Counter(query).items():
            held_by = sum(term in d for d in documents)
            count = document.count(term)
            idf = math.log1p((len(documents) - held_by + 0.5) / (held_by + 0.5))
            norm = 1.2 * (0.25 + 0.75 * len(document) / average)
            expected += idf * count * 2.2 / (count + norm) * math.sqrt(min(repeats, 2))
        assert score == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("documents", [[], [[]], [[], [1]]])
def test_a_corpus_of_next_to_nothing_is_searched(documents: list[list[int]]) -> None:
    scores = Postings([np.array(d, np.int64) for d in documents]).score(np.array([1, 2], np.int64))

    assert len(scores) == len(documents)
    assert np.isfinite(scores).all()


def test_pairs_with_an_unknown_word_are_left_out() -> None:
    lexicon = Lexicon()
    known = lexicon.learn("red green blue")

    assert len(pairs(known)) == 2
    assert len(pairs(lexicon.look_up("red green yellow blue"))) == 1


def test_runs_ignore_case_and_punctuation() -> None:
    assert running("List.Append( x )") == "list append x"
    assert runs("List.Append").tolist() == runs("list append").tolist()
    assert len(runs("abc")) == 0
    assert len(runs("\ud800abcdef")) > 0
