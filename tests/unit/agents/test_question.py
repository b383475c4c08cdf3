"""What a question is about: signs in words, two things compared, one thing to define."""

import pytest

from agents._question import another_language, compared, defined, spelled_out


@pytest.mark.parametrize(
    ("words", "sides"),
    [
        ("what's the difference between a list and a tuple", ("list", "tuple")),
        ("difference between arithmetic and geometric sequence", ("arithmetic sequence", "geometric sequence")),
        ("print vs return?", ("print", "return")),
        ("is a parameter the same as an argument?", ("parameter", "argument")),
        ("why use radians instead of degrees", ("radians", "degrees")),
        ("when do i use the chain rule and when the product rule", ("chain rule", "product rule")),
        ("sine rule or cosine rule, how do i know which", ("sine rule", "cosine rule")),
    ],
)
def test_both_sides_of_a_comparison_are_found(words: str, sides: tuple[str, str]) -> None:
    assert compared(words) == sides


@pytest.mark.parametrize("words", ["what is a list", "how do loops work", "i like lists and tuples", "thanks and bye"])
def test_what_compares_nothing_has_no_sides(words: str) -> None:
    assert compared(words) is None


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("what is % for in python", "remainder"),
        ("what does // do", "division"),
        ("i dont understand [x*2 for x in nums]", "list comprehension"),
        ("how does word[1:4] work", "slice"),
        ("which suvat equation do i use", "constant acceleration"),
        ("what does (x-2)^2+(y+1)^2=9 tell me", "circle"),
    ],
)
def test_signs_are_told_in_the_words_of_the_lessons(words: str, name: str) -> None:
    assert name in spelled_out(words)


@pytest.mark.parametrize("words", ["take 20% of 50", "see https://example.org", "what is a loop", "solve x = 5"])
def test_words_without_such_signs_stay_as_they_are(words: str) -> None:
    assert spelled_out(words) == words


def test_what_is_to_be_explained_is_read_out_of_the_question() -> None:
    assert defined("what is a linked list?") == "a linked list"
    assert defined("explain async await in python") == "async await"
    assert defined("why does my loop never end") == ""


@pytest.mark.parametrize(
    ("words", "thing"),
    [
        ("how do decorators work in python", "decorators"),
        ("how does self work?", "self"),
        ("how do I solve the heat equation", "heat equation"),
        ("how do you set up a Django project", "Django project"),
        ("how do I find the largest number of a list", ""),
    ],
)
def test_what_is_to_be_used_is_named(words: str, thing: str) -> None:
    assert defined(words) == thing


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("how do I write a for loop in Java", "Java"),
        ("a loop in C", "C"),
        ("same in c++ please", "c++"),
        ("how do I go through a list with enumerate", ""),
        ("what is the c in + c", ""),
        ("in java_script.py", ""),
    ],
)
def test_another_language_is_heard(words: str, language: str) -> None:
    assert another_language(words) == language
