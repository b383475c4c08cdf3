"""What came out is compared with what is expected by value, and nearer is more."""

import pytest

from tools._nearness import agrees, brief, likeness


@pytest.mark.parametrize(("got", "expect", "printed", "same"), [
    ("[1, 2]", "[1,2]", False, True),
    ("0.30000000000000004", "0.3", False, True),
    ("True", "1", False, False),
    ("(1, 2)", "[1, 2]", False, False),
    ("1  2\n", "1 2", True, True),
    ("1" + "0" * 400, "3.5", False, False),
    ("1" + "0" * 400, "2", False, False),
])  # fmt: skip
def test_results_agree_by_value_and_printed_text_by_words(got: str, expect: str, printed: bool, same: bool) -> None:
    assert agrees(got, expect, printed=printed) is same


def test_a_result_with_more_in_its_place_is_nearer() -> None:
    near, far, other = (likeness(got, "[1, 2, 3]") for got in ("[1, 2, 4]", "[3, 7]", "None"))

    assert 0.5 >= near > far > other >= 0.1


def test_long_results_are_told_apart_by_their_digest() -> None:
    long = "x" * 5_000

    assert brief(long, printed=False) != brief(long + "y", printed=False)
    assert len(brief(long, printed=False)) < 600
    assert brief("a  b" * 999, printed=True) == brief("a  b" * 999, printed=True)
    assert brief("short", printed=True) == "short"
