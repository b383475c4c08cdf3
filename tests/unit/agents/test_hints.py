"""The words of the hint ladder: each kind of fault has a question of its own, and a description that writes no code."""

from dataclasses import replace

import pytest

from agents._hints import ASK_FIRST, THE_CHANGE, first_question, place, the_change
from tools.locate_fault import Fault


def fault(kind: str) -> Fault:
    return Fault(lines=(1,), kind=kind, size=0.1, fixed="print('Hello')")


def test_text_that_is_nearly_right_has_words_of_its_own() -> None:
    assert "sign by sign" in first_question(fault("text"))
    assert "put together" in the_change(fault("text"))
    assert the_change(fault("text")) != the_change(fault("line"))


@pytest.mark.parametrize("kind", sorted(ASK_FIRST))
def test_what_is_asked_about_is_also_described(kind: str) -> None:
    assert ASK_FIRST[kind].endswith("?")
    assert THE_CHANGE[kind].endswith(".")
    assert "=" not in THE_CHANGE[kind]


def test_where_other_lines_could_be_mended_too_the_hint_says_so() -> None:
    sole = fault("text")
    among = replace(sole, elsewhere=(3,))

    assert place(sole, "print('Helo')") == "line 1, `print('Helo')`"
    assert (
        place(among, "print('Helo')")
        == "line 1, `print('Helo')`, one of the places where a small change makes every test pass"
    )
