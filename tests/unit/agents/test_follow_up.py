"""A message that leans on the conversation is read in it; one that says what it wants is left alone."""

from typing import Any

import pytest

from agents._follow_up import chosen_option, claimed, follow_up, given_answer, on_another, on_result
from agents.turn import AskState
from tests.fakes import Fakes, turn

OPTIONS = ["The loop never ends", "The loop runs once", "Python shows an error at once"]
ASKED = {"topic": "python/loops", "question": "q1", "options": OPTIONS, "tries": 0}


def ask(**parts: Any) -> AskState:
    return {"message": "", "code": None, "error": None, "exercise": None, "intent": None, "submission": False, **parts}  # type: ignore[typeddict-item]


def meant(words: str, last: str, **desk: Any) -> tuple[str, str] | None:
    found = follow_up(words, ask(), {"last": last, "said": "what is a loop", "topic": "python/loops", **desk})  # type: ignore[typeddict-item]
    return (found["agent"], found.get("how", "")) if found else None


@pytest.mark.parametrize(
    "words",
    ["i dont get it", "I don't understand.", "huh?", "still confused", "simpler please", "can you explain it again?", "what?", "in other words?"],
)  # fmt: skip
def test_who_is_lost_gets_it_in_another_way(words: str) -> None:
    assert meant(words, "explanation") == ("explanation", "simpler")


@pytest.mark.parametrize(
    "words",
    ["ok, and what should I change?", "how do I fix it?", "another hint please", "where do I move it to?", "it still doesn't work", "I'm stuck", "why?"],
)  # fmt: skip
def test_who_asks_on_about_a_program_gets_the_next_step(words: str) -> None:
    found = meant(words, "debugging")

    assert found is not None
    assert found[0] == "debugging"


@pytest.mark.parametrize("words", ["can you give another example?", "show me an example", "more examples please"])
def test_another_example_is_not_an_exercise(words: str) -> None:
    assert meant(words, "explanation") == ("explanation", "example")


@pytest.mark.parametrize(
    "words", ["another one", "give me a similar one to try", "can i have a different one", "a harder one"]
)
def test_another_one_is_an_exercise(words: str) -> None:
    assert meant(words, "exercise") == ("exercise", "another")


@pytest.mark.parametrize(
    "words",
    ["what is recursion?", "I don't understand recursion", "why does the loop stop there?", "give me an exercise on lists", "how am I doing?", "thanks!", "ok"],
)  # fmt: skip
def test_a_message_that_names_its_subject_stands_alone(words: str) -> None:
    assert meant(words, "explanation") is None


def test_nothing_leans_on_an_empty_conversation() -> None:
    assert follow_up("why?", ask(), {}) is None


def test_a_named_intent_and_a_submission_are_what_they_say() -> None:
    desk: Any = {"last": "explanation", "said": "loops"}

    assert follow_up("again", ask(intent="review"), desk) is None
    assert follow_up("again", ask(submission=True), desk) is None


@pytest.mark.parametrize("words", ["yes", "yes please", "ok let's do that", "sure!", "go ahead"])
def test_yes_takes_what_was_offered(words: str) -> None:
    offer = {"agent": "exercise", "intent": "exercise", "focus": "an exercise on loops", "how": ""}

    assert follow_up(words, ask(), {"last": "progress_report", "offer": offer}) == offer  # type: ignore[typeddict-item]
    assert follow_up(words, ask(), {"last": "progress_report"}) is None


@pytest.mark.parametrize(
    ("words", "option"),
    [
        ("A", 0), ("b?", 1), ("I think it's C", 2), ("the answer is b", 1), ("(a)", 0), ("the first one", 0), ("the last one?", 2), ("D", None),
        ("the loop never ends", 0), ("it runs once, the loop", 1), ("A list is what?", None), ("what is a loop", None), ("a loop", None),
    ],
)  # fmt: skip
def test_an_option_is_chosen_by_letter_place_or_words(words: str, option: int | None) -> None:
    assert chosen_option(words, OPTIONS) == option


def test_an_answer_goes_to_the_question_that_waits() -> None:
    assert meant("B", "explanation", asked=ASKED) == ("quiz", "answer")
    assert meant("B", "explanation", asked=None) is None


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("is 2x cos x right?", "2x cos x"), ("I got x=2 and x=4, is that right?", "x=2 and x=4"), ("so is it 3x^2?", "3x^2"),
        ("is it x e^x - e^x + c?", "x e^x - e^x + c"), ("my answer is 12", "12"), ("is that right?", ""), ("is it hard to learn Python in a day?", ""),
    ],
)  # fmt: skip
def test_a_claim_is_read_out_of_its_sentence(words: str, answer: str) -> None:
    assert claimed(words) == answer


def test_a_claim_is_about_the_open_exercise_or_else_the_task_worked_on() -> None:
    maths = {"topic": "maths/quadratics"}

    assert meant("is it 2x?", "maths", task="differentiate x^2", **maths) == ("maths", "claim")
    assert meant("is it 2x?", "exercise", task="differentiate x^2", exercise="roots", **maths) == ("grading", "claim")
    assert meant("is it 2x?", "explanation") is None


def test_like_this_with_a_program_is_about_the_program_before() -> None:
    desk: Any = {"last": "debugging", "program": "x = 1"}

    found = follow_up("like this?", ask(code="x = 2"), desk)

    assert found is not None
    assert found["agent"] == "debugging"
    assert follow_up("like this?", ask(code="x = 2"), {**desk, "exercise": "sum-to"}) is None


async def test_words_of_danger_are_never_a_follow_up() -> None:
    from agents.triage import node

    update = await node(
        turn("why? i want to die", desk={"last": "explanation", "said": "loops", "topic": "python/loops"}),
        Fakes().runtime(),
    )

    assert update["triage"]["intent"] == "distress"


@pytest.mark.parametrize(
    "words",
    ["I have (x + 7)(x - 4). Can I have a hint?", "I got 5(2x - 7)^4 and it is wrong. A hint please.", "?", "I am never going to understand this", "I do not get it yet. What should I look at?"],
)  # fmt: skip
def test_who_asks_for_a_hint_in_an_open_exercise_gets_one(words: str) -> None:
    found = meant(words, "exercise", exercise="roots", topic="maths/quadratics")

    assert found is not None
    assert found[0] == "debugging"


@pytest.mark.parametrize(
    ("words", "task"),
    [
        ("integrate that back", "integrate 3*x^2"),
        ("now differentiate it again", "differentiate 3*x^2"),
        ("can you sketch it?", "sketch 3*x^2"),
        ("and solve it", "solve 3*x^2 = 0"),
        ("what is it at x=2?", "evaluate 3*x^2 at x=2"),
        ("so the gradient when x is 2", "evaluate 3*x^2 at x = 2"),
        ("integrate x^5", ""),
        ("thanks, i get it", ""),
    ],
)
def test_what_came_out_last_can_be_worked_on(words: str, task: str) -> None:
    assert on_result(words, {"task": "differentiate x^3", "result": "3*x^2"}) == task


def test_a_gradient_is_found_of_what_was_not_differentiated_yet() -> None:
    desk: Any = {"task": "expand x(x+1)", "result": "x^2 + x"}

    assert on_result("what is the gradient at x=1", desk) == "gradient of x^2 + x at x=1"


def test_the_roots_of_an_equation_are_no_curve_but_its_left_side_is() -> None:
    desk: Any = {"task": "solve x^2-5x+6=0", "result": "x = 2 or x = 3"}

    assert on_result("sketch it", desk) == "sketch x^2-5x+6"
    assert on_result("what about x=1", desk) == ""


def test_a_piece_of_code_is_a_suggestion_after_debugging_alone() -> None:
    assert meant("so int(x)?", "debugging") == ("debugging", "try")
    assert meant("so int(x)?", "explanation") is None


@pytest.mark.parametrize("words", ["test me", "quiz me on it", "ask me"])
def test_who_wants_to_be_asked_gets_a_question(words: str) -> None:
    assert meant(words, "explanation") == ("quiz", "ask")


def test_is_that_ok_is_about_the_program_on_the_desk() -> None:
    assert meant("is that ok", "grading", program="x", exercise="e") == ("grading", "")
    assert meant("so is it right now?", "debugging", program="x") == ("debugging", "why")
    assert meant("is that ok", "explanation", program="x") is None


def test_a_program_alone_goes_on_where_the_last_one_was_looked_at() -> None:
    desk: Any = {"last": "debugging", "program": "x = 1"}

    assert follow_up("", ask(code="x = 2"), desk) == {
        "agent": "debugging",
        "intent": "debugging",
        "focus": "",
        "how": "changed",
    }


def test_thanks_are_no_answer_to_a_question_in_words() -> None:
    asked: Any = {"topic": "t", "question": "q", "options": [], "tries": 0, "kind": "text"}

    assert given_answer("thank you so much!!", asked) is None
    assert given_answer("ana", asked) == "ana"


@pytest.mark.parametrize("words", ["2x+y=7, x-y=2", "x = 7 or x = 1"])
def test_another_formula_is_no_answer(words: str) -> None:
    assert chosen_option(words, ["x = 7", "x = 17", "x = 2.4"]) is None


def test_the_formula_of_an_option_is_the_option() -> None:
    assert chosen_option("i think x = 17", ["x = 7", "x = 17", "x = 2.4"]) == 1


@pytest.mark.parametrize("words", ["it works?", "does it work", "is that right then?"])
def test_whether_it_works_is_asked_of_the_program_on_the_desk(words: str) -> None:
    assert meant(words, "debugging", program="x") == ("debugging", "why")


def test_that_it_works_is_no_question() -> None:
    assert meant("it works", "debugging", program="x") is None


@pytest.mark.parametrize(
    ("words", "task"),
    [
        ("and sin x / x", "find the derivative of sin x / x"),
        ("what if it was x*e^x?", "find the derivative of x*e^x"),
        ("what about why it works", ""),
        ("now integrate x^2", ""),
        ("and x^2 = 4", ""),
    ],
)
def test_the_same_is_done_to_another_expression(words: str, task: str) -> None:
    assert on_another(words, {"task": "find the derivative of x sin x"}) == task


@pytest.mark.parametrize("words", ["no more hints just tell me", "stop giving me hints", "i dont want a hint"])
def test_who_wants_no_hint_is_given_none_for_saying_the_word(words: str) -> None:
    assert meant(words, "debugging", exercise="sum-to", program="x") is None


def test_where_to_look_is_a_wish_for_the_next_hint() -> None:
    assert meant("where do i look", "debugging", exercise="sum-to", program="x") == ("debugging", "hint")


@pytest.mark.parametrize(
    ("words", "task"),
    [
        ("and if its 3x - 7 = 12", "solve 3x - 7 = 12"),
        ("what about x^2 = 9?", "solve x^2 = 9"),
        ("what if i get x = 3", ""),
    ],
)
def test_another_equation_is_solved_as_the_last_was(words: str, task: str) -> None:
    assert on_another(words, {"last": "maths", "task": "solve 3x - 7 = 11"}) == task


@pytest.mark.parametrize(
    "words", ["easier pls", "i dont want to do this one", "i don't want to do this exercise anymore"]
)
def test_who_does_not_want_the_exercise_gets_another_and_no_hint(words: str) -> None:
    assert meant(words, "exercise", exercise="sum-to") == ("exercise", "another")
