import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.prerequisites import Corpus, Idea, features, fingerprint, fitted, plain, probability, words


def test_a_name_is_read_as_it_is_said() -> None:
    assert plain("Function_(mathematics)") == "function"
    assert words("The sine, the axis, two angles") == ["the", "sine", "the", "axis", "two", "angle"]


def test_what_a_name_is_made_of_comes_before_it() -> None:
    narrow, wide = Idea(name="Rational function"), Idea(name="Function_(mathematics)")

    assert probability(narrow, wide) > probability(wide, narrow)


def test_an_idea_is_no_prerequisite_of_itself() -> None:
    assert probability(Idea(name="Limit"), Idea(name="limit_(mathematics)")) == 0.0


def test_what_the_text_names_first_and_leans_on_is_likelier_to_be_needed() -> None:
    text = ["Gadgets are simple.", "A gadget again.", "A widget is made of gadgets.", "Widgets turn gadgets."]
    widget, gadget = Idea(name="widget"), Idea(name="gadget")

    assert probability(widget, gadget, Corpus(text)) > probability(gadget, widget, Corpus(text))


def test_a_text_that_names_neither_says_nothing() -> None:
    one, other = Idea(name="set"), Idea(name="union")

    assert probability(one, other, Corpus(["nothing of the kind"])) == probability(one, other, None)
    assert probability(one, other, Corpus([])) == probability(one, other)


def test_what_lies_nearer_to_the_lessons_for_beginners_is_likelier_to_be_needed() -> None:
    weights = fitted()
    lessons = weights.directions[:, -1] / np.linalg.norm(weights.directions[:, -1])
    here, away = Idea(name="blob", vector=lessons.tolist()), Idea(name="clot", vector=(-lessons).tolist())

    assert probability(away, here) > 0.5 > probability(here, away)


def test_a_vector_of_another_size_counts_as_none() -> None:
    name = "number"

    assert probability(Idea(name="ratio"), Idea(name=name, vector=[1.0, 0.0])) == probability(
        Idea(name="ratio"), Idea(name=name)
    )


def test_the_weights_fit_the_features() -> None:
    weights = fitted()
    found = features(Idea(name="ratio"), Idea(name="number"), None, weights)

    assert found.shape == weights.slopes.shape == weights.mean.shape
    assert np.all(weights.scale > 0)


def test_a_pair_that_was_learnt_from_is_known_by_its_fingerprint_and_its_reverse_is_another() -> None:
    assert fingerprint("Sine_wave", "Sine") == fingerprint("sine wave", "sine")
    assert fingerprint("Sine", "Sine_wave") != fingerprint("Sine_wave", "Sine")


@given(st.text(max_size=40), st.text(max_size=40), st.lists(st.text(max_size=40), max_size=4))
def test_any_names_and_texts_give_a_probability(concept: str, candidate: str, sections: list[str]) -> None:
    likely = probability(Idea(name=concept), Idea(name=candidate), Corpus(sections))

    assert 0.0 <= likely <= 1.0
    assert not math.isnan(likely)


@pytest.mark.parametrize(
    ("many", "one"), [("functions", "function"), ("matrices", "matrix"), ("identities", "identity")]
)
def test_a_plural_is_the_same_word(many: str, one: str) -> None:
    assert words(many) == [one]
