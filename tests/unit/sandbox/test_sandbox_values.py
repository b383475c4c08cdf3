"""Values cross the walls as data, and broken or hostile data is turned away."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.jail.values import NotPlain, Thing, decode, encode
from sandbox.verdict import same

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.complex_numbers(allow_nan=False)
)
HASHABLE = st.integers() | st.text() | st.tuples(st.integers(), st.text())
PLAIN = st.recursive(
    SCALARS | st.sets(HASHABLE) | st.frozensets(HASHABLE),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(HASHABLE, inner),
    max_leaves=15,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from("ifbcltszdo") | st.text(max_size=2), inner, max_size=2)
    ),
    max_leaves=20,
)


@given(PLAIN)
def test_a_plain_value_comes_back_with_its_types(value: object) -> None:
    back = decode(json.loads(json.dumps(encode(value))))

    assert type(back) is type(value)
    assert same(value, back)


@given(JSON)
def test_any_json_is_a_value_or_refused(data: object) -> None:
    with contextlib.suppress(NotPlain):
        decode(data)


def test_numbers_of_any_size_survive() -> None:
    for number in (10**5000, -(10**5000), 2**53, -(2**53) - 1):
        assert decode(json.loads(json.dumps(encode(number)))) == number


def test_a_subclass_comes_out_as_what_it_is_underneath() -> None:
    class Sly(int):
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = int.__hash__

    assert type(decode(encode(Sly(3)))) is int


def test_what_is_not_data_becomes_a_thing_equal_to_nothing() -> None:
    thing = decode(encode(object()))

    assert isinstance(thing, Thing)
    assert thing != thing
    assert not same([1], thing)


def test_what_is_too_large_too_deep_or_endless_is_refused() -> None:
    loop: list[object] = []
    loop.append(loop)
    deep: object = 0
    for _ in range(200):
        deep = {"l": [deep]}

    with pytest.raises(NotPlain):
        encode(loop)
    with pytest.raises(NotPlain):
        encode([0] * 200_000)
    with pytest.raises(NotPlain):
        decode(deep)
