"""What a model's words must fulfil: they are no harder to read than a student of fourteen, or the draft, allows."""

import pytest

from agents._checks import GRADE_MAX, objection
from agents._evidence import evidence, prose

EASY = (
    "A loop runs its block once for each item. It takes the first item, then the next one, until none is left. "
    "The name after the word for holds the item of this round."
)
HARD = (
    "Iteration constitutes a fundamental computational abstraction whereby sequential enumeration of heterogeneous "
    "collections necessitates repeatedly instantiating intermediary representations, consequently facilitating "
    "comprehensive manipulation of individual constituents throughout consecutive evaluation."
)
SYSTEM = "Be kind."


def refused(words: str, draft: str) -> str | None:
    return objection(words, prose(draft), evidence("explanation", "concept", [prose(draft)]), SYSTEM)


def test_words_as_easy_as_the_draft_pass() -> None:
    again = EASY.replace("It takes", "So it takes")

    assert refused(again, EASY) is None


def test_words_beyond_a_student_of_fourteen_are_refused() -> None:
    assert refused(HARD, EASY + " " + EASY) == "harder to read than the draft"


def test_where_the_draft_itself_is_hard_a_little_harder_is_allowed_and_no_more() -> None:
    assert refused(HARD.replace("Iteration", "Such iteration"), HARD) is None
    assert refused(HARD, EASY + " " + HARD.replace(",", ". It") + " " + EASY) == "harder to read than the draft"


def test_easier_words_for_a_hard_draft_pass() -> None:
    easier = "Iteration goes through collections. It takes their constituents one after another for evaluation."

    assert refused(easier, HARD) is None


@pytest.mark.parametrize("words", ["Enumeration necessitates instantiation.", "Consider `representation` carefully."])
def test_a_few_words_are_too_few_to_be_measured(words: str) -> None:
    assert refused(words, words.replace("Enumeration", "It").replace("Consider", "Mind")) is None


def test_code_is_not_read_as_prose() -> None:
    code = "`internationalisation_configuration_representation`"

    assert refused(EASY.replace("its block", f"its block {code}"), EASY + f" Mind {code}.") is None


def test_the_limit_is_that_of_the_lessons() -> None:
    assert pytest.approx(9.0) == GRADE_MAX
