"""Students say "it", "that" and "again": each message is read in its conversation, as a person would."""

import httpx

from tests.acceptance.conftest import Serve

VOWELS = "def count_vowels(s):\n    for c in s:\n        count = 0\n        if c in 'aeiou':\n            count += 1\n    return count\n"
MENDED = "def count_vowels(s):\n    count = 0\n    for c in s:\n        if c in 'aeiou':\n            count += 1\n    return count\n"
WHOLE_AGE = "x = int(input('age'))\nif x > 18:\n    print('adult')\n"
AGE = "x = input('age')\nif x > 18:\n    print('adult')\n"


def test_students_are_understood_in_conversation(serve: Serve) -> None:
    with serve().sign_in() as student:
        what_came_out_is_worked_on_further(student)
        it_is_what_was_explained(student)
        the_same_topic_is_not_told_in_the_same_words_twice(student)
        a_program_of_ones_own_is_not_marked_against_the_exercise_on_the_desk(student)
        a_program_that_asks_is_answered(student)


def talk(student: httpx.Client, *messages: str) -> list[str]:
    """What is replied to each, in one thread."""
    thread, replies = None, []
    for message in messages:
        body = {"message": message} | ({"thread_id": thread} if thread else {})
        told = student.post("/api/v1/query", json=body).raise_for_status().json()
        thread = told["thread_id"]
        replies.append(told["answer"]["reply"])
    return replies


def fenced(program: str) -> str:
    return f"```python\n{program}```\n"


def what_came_out_is_worked_on_further(student: httpx.Client) -> None:
    _, gradient, same, back, sketch = talk(
        student, "differentiate (3x^2+1)^5", "what is the gradient at x=1?", "i got 30x(3x^2+1)^4, same thing?",
        "integrate that back", "can you sketch it",
    )  # fmt: skip

    assert "7680" in gradient
    assert "Yes, that is right" in same
    assert r"\int 30 x \left(3 x^{2} + 1\right)^{4}" in back
    assert "Graph of the curve" in sketch


def it_is_what_was_explained(student: httpx.Client) -> None:
    _, missing, loop, harder, quiz = talk(
        student, "how do dictionaries work", "what if the key isnt there", "and how do i loop over it", "make it harder",
        "quiz me on it",
    )  # fmt: skip
    _, other, better, lists = talk(student, "what is a while loop", "and a for loop", "which one is better", "ok lists")

    assert "key" in missing
    assert "items()" in loop
    assert "one on Dictionaries" in harder
    assert "A question on Dictionaries" in quiz
    assert "`for` loop" in other
    assert "`while`" in better
    assert "A list keeps several values in order" in lists


def the_same_topic_is_not_told_in_the_same_words_twice(student: httpx.Client) -> None:
    first, second = talk(student, "whats the difference between a list and a tuple", "when would i use a tuple then")

    assert first.split("```")[1] != second.split("```")[1]
    assert first.rsplit("```", 1)[1] != second.rsplit("```", 1)[1]


def a_program_of_ones_own_is_not_marked_against_the_exercise_on_the_desk(student: httpx.Client) -> None:
    exercise, own, why, mended = talk(
        student, "give me an exercise on tuples", f"here is what i did\n{fenced(VOWELS)}it always says 0 or 1", "ok but why",
        f"fine. i moved it:\n{fenced(MENDED)}is that right?",
    )  # fmt: skip

    assert "one on Tuples" in exercise
    assert "count_vowels('hello') gives back 1" in own
    assert "line 3" in own
    assert "before the loop" in why
    assert "mended" in mended
    assert "count_vowels('hello') gives back 2" in mended


def a_program_that_asks_is_answered(student: httpx.Client) -> None:
    first, on, idea, abc = talk(
        student, f"{fenced(AGE)}why error", "how do i fix it", "so int(x)?",
        f"{fenced(WHOLE_AGE)}but it crashes when i type abc",
    )  # fmt: skip

    assert "I typed `7`" in first
    assert "TypeError" in first
    assert "line 2" in on
    assert "worth a try" in idea
    assert "I typed `abc`" in abc
    assert "ValueError" in abc
