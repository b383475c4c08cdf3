"""What counts as the expected answer."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from sandbox.verdict import read_expected, same, same_words

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)

SAME = [
    (4, 4.0), (4.0, 4), (0.1 + 0.2, 0.3), (math.nan, math.nan), (math.inf, math.inf), (10**400, 10**400), (2 + 0j, 2),
    ([1, 2.0], [1.0, 2]), ({1, 2}, {2, 1}), ({1, 2}, frozenset({1, 2})), ({"a": 0.3}, {"a": 0.1 + 0.2}), ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ((), ()), ({0.3}, {0.1 + 0.2}), ("é", "é"), (b"x", b"x"), (None, None), (1 + 1j, 1 + 1j),
]  # fmt: skip
DIFFERENT = [
    (1, True), (True, 1), (0, False), (False, None), (0, None), (None, 0), ("4", 4), (4, "4"), ([1], (1,)), ((1,), [1]),
    ([1, 2], [2, 1]), ([1], [1, 1]), ({1}, [1]), ({1: 2}, {1: 3}), ({1: 2}, {True: 2}), ("a", "a "), ("a", b"a"), (1, math.nan),
    (math.inf, -math.inf), (10**400, 10**400 + 1), (0.3, 0.31), ([True], [1]), ({}, set()), ("é", "e\u0301"), (10**18, 10**18 + 1),
]  # fmt: skip


@pytest.mark.parametrize(("expected", "got"), SAME)
def test_these_count_as_the_same(expected: object, got: object) -> None:
    assert same(expected, got)


@pytest.mark.parametrize(("expected", "got"), DIFFERENT)
def test_these_do_not(expected: object, got: object) -> None:
    assert not same(expected, got)


def test_a_tolerance_is_relative_or_absolute_whichever_allows_more() -> None:
    assert same(3.14159, 3.14, 0.01)
    assert same(1000.0, 1005.0, 0.01)
    assert same([0.0], [0.009], 0.01)
    assert not same(3.14159, 3.2, 0.01)
    assert not same("3.14159", "3.14", 0.01)


@given(PLAIN)
def test_everything_plain_is_the_same_as_itself(value: object) -> None:
    assert same(value, value)


@given(PLAIN, PLAIN)
def test_what_counts_as_the_same_is_equal_in_python_or_near(a: object, b: object) -> None:
    assert isinstance(same(a, b), bool)


def test_words_are_compared_without_their_spacing() -> None:
    assert same_words("Hello,  Jo\n", "Hello, Jo")
    assert same_words("3.14159 m", "3.14 m", 0.01)
    assert not same_words("3.14159", "3.14")
    assert not same_words("Hello", "hello")
    assert not same_words("a b", "a b c")


def test_what_is_expected_must_be_a_literal() -> None:
    assert read_expected(" [1, (2, {'a': {3}})] ") == [1, (2, {"a": {3}})]
    for bad in ("f(", "open('x')", "", "a", "9" * 10 + "**" + "9" * 10):
        with pytest.raises(Invalid):
            read_expected(bad)
