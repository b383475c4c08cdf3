"""Words become n-grams that outlive a slip of the finger."""

import pytest

from agents._grams import SIZE, grams


def alike(a: str, b: str) -> float:
    one, other = grams(a), grams(b)
    return sum(weight * other.get(place, 0.0) for place, weight in one.items())


def test_ngrams_have_places_and_length_one() -> None:
    found = grams("what is a dictionary")

    assert all(0 <= place < SIZE for place in found)
    assert sum(weight * weight for weight in found.values()) == pytest.approx(1)


def test_no_words_have_no_ngrams() -> None:
    assert grams("") == {}


def test_a_slip_is_nearer_than_another_word() -> None:
    assert alike("dictionary", "dictionarry") > alike("dictionary", "recursion") + 0.1


def test_apostrophes_and_capitals_tell_nothing() -> None:
    assert grams("I don't know") == grams("i dont know")


def test_the_order_of_words_is_heard() -> None:
    assert alike("give me hints", "hints give me") < 0.95
