"""A message is taken apart into words, program and error."""

import pytest

from tools.read_message import read_error, read_message


@pytest.mark.parametrize(("message", "code"), [
    ("why?\n```python\nx = 1\n```", "x = 1"),
    ("```\nfor i in x:\n    pass\n```\nhelp", "for i in x:\n    pass"),
    ("my code:\nfor i in range(3):\n    print(i)\nwhat is wrong", "for i in range(3):\n    print(i)"),
    ("submit: def add(a,b): return a+b", "def add(a,b): return a+b"),
    ("what is a for loop?", None),
    ("I want to print the list in one line, how?", None),
    ("2x + 3 = 7\n2x = 4\nx = 2", None),
    ("x = 3 or x = -5", None),
])  # fmt: skip
def test_the_program_is_found(message: str, code: str | None) -> None:
    assert read_message(message).code == code


def test_the_line_is_that_of_the_students_own_file() -> None:
    text = 'Traceback (most recent call last):\n  File "main.py", line 7, in <module>\n  File "/usr/lib/python3.11/json/decoder.py", line 337, in decode\nValueError: bad'

    found = read_error(text)

    assert found is not None
    assert (found.type, found.message, found.line) == ("ValueError", "bad", 7)


@pytest.mark.parametrize("words", ["what does NameError mean", "explain what a KeyError is", "whats an IndexError"])
def test_who_asks_what_a_kind_of_error_is_has_not_met_one(words: str) -> None:
    assert read_message(words).error is None


@pytest.mark.parametrize("words", ["I get a NameError", "what does it mean: NameError: name 'x' is not defined"])
def test_who_tells_of_an_error_has_met_it(words: str) -> None:
    assert read_message(words).error
