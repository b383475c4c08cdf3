"""Text-message English is read as it is meant, and no name of a program or a formula is touched."""

import pytest

from agents._texting import in_plain_english, written_out


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("wat shud i do b4 tmrw", "what should i do before tomorrow"),
        ("r u there", "are you there"),
        ("y", "why"),
        ("no1 gets it", "no one gets it"),
        ("im sooooo lost", "i am soo lost"),
        ("my fucntion doesnt work", "my function does not work"),
    ],
)
def test_abbreviations_and_slips_are_written_out(typed: str, meant: str) -> None:
    assert written_out(typed) == meant


@pytest.mark.parametrize(
    "words",
    ["solve y = 2x", "let u = x + 1", "area of a circle with radius r", "u = 3", "print(u)", "the 'wat' key", "cos x = 0.5", "k = 4 and y = 3"],
)  # fmt: skip
def test_letters_that_name_something_stay(words: str) -> None:
    assert written_out(words) == words


def test_other_languages_are_put_into_english_word_for_word() -> None:
    assert in_plain_english("was ist eine schleife?") == "what is a loop?"
