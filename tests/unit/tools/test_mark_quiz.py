"""Quiz questions of every kind are marked, with the part that is right and why."""

import contextlib

import pytest

from core.errors import Invalid
from core.ports import Option, Question, SkillId
from tools.mark_quiz import Given, mark_quiz, right_answer, shown_options


def asked(kind: str, *options: tuple[str, bool, str], tolerance: float = 0.0) -> Question:
    made = tuple(Option(label=label, correct=correct, why=why) for label, correct, why in options)
    return Question(
        id="q", prompt="?", options=made, skill=SkillId("s"), kind=kind, tolerance=tolerance, why="So it is."
    )  # type: ignore[arg-type]


SINGLE = asked("single", ("2", True, "Right."), ("3", False, "One too far."))
MULTIPLE = asked("multiple", ("list", True, "a"), ("tuple", False, "cannot change"), ("dict", True, "b"))
NUMERIC = asked("numeric", ("0.75", True, ""), ("1.25", False, "You added."), tolerance=0.01)
TEXT = asked("text", ("base case", True, ""), ("recursion", False, "That is the whole of it."))
ORDERING = asked("ordering", ("read", True, ""), ("change", True, ""), ("write", True, ""), ("close", True, ""))


@pytest.mark.parametrize(
    ("question", "given", "correct", "score", "why"),
    [
        (SINGLE, [0], True, 1.0, "Right."),
        (SINGLE, [1], False, 0.0, "One too far."),
        (MULTIPLE, [2, 0], True, 1.0, "a b"),
        (MULTIPLE, [0], False, 0.5, "a"),
        (MULTIPLE, [0, 1], False, 0.0, "cannot change"),
        (MULTIPLE, [0, 1, 2], False, 0.5, "cannot change"),
        (NUMERIC, "3/4", True, 1.0, "So it is."),
        (NUMERIC, "x = 0.755", True, 1.0, "So it is."),
        (NUMERIC, "0.77", False, 0.0, ""),
        (NUMERIC, "1.25", False, 0.0, "You added."),
        (TEXT, "  “Base   CASE”. ", True, 1.0, "So it is."),
        (TEXT, "recursion", False, 0.0, "That is the whole of it."),
    ],
)  # fmt: skip
def test_an_answer_is_marked_with_its_reason(
    question: Question, given: Given, correct: bool, score: float, why: str
) -> None:
    marked = mark_quiz(question, given)

    assert (marked.correct, marked.score, marked.why) == (correct, score, why)


def test_an_order_is_worth_its_steps_that_are_right() -> None:
    shown = shown_options(ORDERING)
    right = [shown.index(option.label) for option in ORDERING.options]

    assert mark_quiz(ORDERING, right).score == 1.0
    swapped = [right[1], right[0], *right[2:]]
    assert mark_quiz(ORDERING, swapped).score == pytest.approx(1 / 3)


def test_an_order_is_never_shown_as_it_is_right_and_always_in_the_same_way() -> None:
    right = [option.label for option in ORDERING.options]

    assert shown_options(ORDERING) == shown_options(ORDERING) != right
    assert sorted(shown_options(ORDERING)) == sorted(right)


@pytest.mark.parametrize("question", [NUMERIC, TEXT])
def test_what_is_to_be_typed_shows_no_options(question: Question) -> None:
    assert shown_options(question) == []


@pytest.mark.parametrize(
    ("question", "given"),
    [
        (SINGLE, [0, 1]), (SINGLE, [2]), (SINGLE, "2"), (SINGLE, []), (MULTIPLE, []), (NUMERIC, [0]), (NUMERIC, "many"), (NUMERIC, "1 or 2"), (NUMERIC, "1/0"),
        (TEXT, " "), (ORDERING, [0, 1]), (ORDERING, [0, 0, 1, 2]),
    ],
)  # fmt: skip
def test_an_answer_of_another_kind_is_refused_and_counts_nothing(question: Question, given: Given) -> None:
    with pytest.raises(Invalid):
        mark_quiz(question, given)


@pytest.mark.parametrize("given", ["9" * 5000, "1e999", "-", "1e-999/3", "١٢"])
def test_a_hostile_number_is_only_a_wrong_answer(given: str) -> None:
    with contextlib.suppress(Invalid):
        assert not mark_quiz(NUMERIC, given).correct


def test_the_right_answer_is_told_in_the_words_of_its_kind() -> None:
    assert right_answer(MULTIPLE) == "list; dict"
    assert right_answer(ORDERING) == "read, then change, then write, then close"
    assert right_answer(NUMERIC) == "0.75"


MILLION, HALF, PART = asked("numeric", ("1000000", True, "")), asked("numeric", ("50", True, "")), asked("numeric", ("0.75", True, ""))  # fmt: skip
COMPREHENSION = asked("text", ("list comprehension", True, ""))


@pytest.mark.parametrize(
    ("question", "given"),
    [
        *((MILLION, typed) for typed in ("1,000,000", "1 000 000", "1\u00a0000\u00a0000", "1\u202f000\u202f000", "1'000'000", "1_000_000", "\uff11000000")),
        *((PART, typed) for typed in ("0,75", "0,750", "75%", "75 %", "\u00be", "0\uff0e75", "3/4")),
        (HALF, "50 %"), (HALF, "50%"),
        *((COMPREHENSION, typed) for typed in ("a list comprehension", "list-comprehension", "\u2019list comprehension\u2019", "List comprehension?", "\uff4cist comprehension\u200b")),
    ],
)  # fmt: skip
def test_a_right_answer_counts_however_it_is_typed(question: Question, given: str) -> None:
    assert mark_quiz(question, given).correct


@pytest.mark.parametrize(
    ("question", "given"), [(PART, "7.5%"), (MILLION, "1,0"), (HALF, "0.5"), (COMPREHENSION, "list")]
)
def test_a_wrong_answer_is_wrong_however_it_is_typed(question: Question, given: str) -> None:
    assert not mark_quiz(question, given).correct


@pytest.mark.parametrize("given", ["1\u00be", "0.75, 0.8", "1/0"])
def test_what_may_be_read_in_two_ways_is_asked_again(given: str) -> None:
    with pytest.raises(Invalid):
        mark_quiz(PART, given)
