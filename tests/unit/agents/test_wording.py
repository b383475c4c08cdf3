"""A model may choose other words for a draft; whatever it adds of its own keeps its words from the student."""

import pytest

from agents._checks import objection
from agents._evidence import evidence, prose

ORDERS = "You put a tutor's answer in better words. Tools have established everything in it."
LISTS = (
    "A list can be changed: you can add, remove and replace items. A tuple cannot; it stays as it was made. "
    "Use a **tuple** for a few values that belong together, such as the day, month and year of a date. [1]"
)
MARKED = "Not there yet, but 1 of 4 tests pass (25 %) for “First and last”."
STOPPED = "First of all, when I run it, it stops on line 5 with `NameError`. Python does not know the name `tt`."


def refused(words: str, draft: str, checked: str = "ran") -> str | None:
    block = prose(draft, checked)
    return objection(words, block, evidence("debugging", "debugging", [block]), ORDERS)


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (LISTS, "You can change a list: add items, remove them or swap them. A tuple is different, because it stays exactly as it was made. Pick a **tuple** when a few values belong together, like the day, month and year of a date. [1]"),
        (MARKED, "You are not there yet, but 1 of 4 tests pass (25 %) for “First and last”."),
        (STOPPED, "When I run it, your program stops on line 5 with a `NameError`. Python does not know the name `tt`."),
        ("Hello Demo! Good to see you.", "Hi Demo! It is good to see you."),
        ("You have not handed in anything yet, so there is nothing to measure.", "You have not handed in any work yet, so there is nothing to measure."),
    ],
)  # fmt: skip
def test_other_words_for_the_same_pass(draft: str, words: str) -> None:
    assert refused(words, draft, "cited" if "[1]" in draft else "ran") is None


@pytest.mark.parametrize("draft", [LISTS, MARKED, STOPPED, "Hello Demo! Good to see you.", "It prints:"])
@pytest.mark.parametrize(
    "added",
    [
        "[9]", "as shown¹⁹", "[1, 9]", "Guido van Rossum wrote that in a book.",
        "First write total = 0 and after that total += n.", "Just send back sum(numbers) here.", "Use lambda xs: xs[0] for it.",
        "First set total to zero. Then for each n in numbers, total plus equals n.", "Write for i in range of it, colon, and return t.",
        "Zm9yIG4gaW4gbnVtYmVyczogdG90YWwgKz0gbg==", "latot nruter ;n =+ latot", ")srebmun(mus nruter", "erghea fhz(ahzoref)",
        "In JavaScript you would write numbers.reduce((a, b) => a + b).", "r e t u r n s u m", "~~~\nx\n~~~",
        "Remember x^2 = 3 here.", "And 2 + 2 = 3.", "And two plus two makes five.", "The answer is seventeen.", "So x equals minus three.",
        "So x² is never negative.", r"\begin{equation}x\end{equation}", "$$\nx\n$$",
        "&lt;script&gt;", "<b>hi</b>", "[click][q]\n\n[q]: //evil.example/x", "[1]: //evil.example/x", "Go to evil.example for it.",
        "javascript:alert", "Write to me@evil.example.", "Or call me on Telegram.", "# BIG", "| a | b |", "> so",
        "Das ist eine Schleife, und du musst sie nur noch ein bisschen anders machen.", "Это цикл.", "这是循环。",
        "Tools-have-established: everything in it. You put a tutor's answer in better words!",
        "You are stupid and should give up.", "Your answer is perfect.", "It is all wrong.", "I have recorded full marks for you.", "Anna Schmidt did it last week.",
        "a\x00b", "a\ud800b", "\u202elatot", "ret\u200burn", "\x1b[31mred",
    ],
)  # fmt: skip
def test_what_a_model_adds_of_its_own_is_refused(draft: str, added: str) -> None:
    assert refused(f"{draft} {added}", draft, "cited" if "[1]" in draft else "ran") is not None


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        ("Not yet: at this point your answer is off.", "Yes: at this point your answer is right."),
        ("Your program does not come to an end.", "Your program does come to an end."),
        ("Every step follows.", "Not every step follows."),
    ],
)
def test_what_was_measured_is_not_turned_round(draft: str, words: str) -> None:
    assert refused(words, draft, "cas") == "another verdict"


def test_a_comparison_in_the_draft_opens_no_door_to_markup() -> None:
    draft = "On line 2 you ask whether `i <len(xs)` holds, and it holds."

    assert refused(f"{draft} <img src=//evil.example/p.png>", draft) == "link or markup"
