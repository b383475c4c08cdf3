"""Reviews run first, praise what is good and name three points by weight."""

from agents.review import node
from tests.fakes import SUM_TO, Fakes, turn, words

UGLY = "def f(l, seen=[]):\n    r = 0\n    for i in range(len(l)):\n        r = r + l[i]\n    try:\n        return r\n    except:\n        pass\n"


async def reviewed(code: str | None, **state: object) -> dict:
    return (await node(turn("review this", code=code, desk={}, **state), Fakes().runtime()))["evidence"][0]  # type: ignore[arg-type,return-value]


async def test_the_three_weightiest_points_come_first() -> None:
    found = await reviewed(UGLY)

    assert [f["rule"] for f in found["facts"]["findings"]] == ["mutable-default", "bare-except", "range-len"]


async def test_good_code_is_praised_and_not_nagged() -> None:
    found = await reviewed('def total_of(numbers):\n    """The sum of the numbers."""\n    return sum(numbers)\n')

    assert "What is good" in words(found["draft"])
    assert found["facts"]["findings"] == []


async def test_a_wrong_program_is_told_so_before_its_style() -> None:
    found = await reviewed("def sum_to(n):\n    return n\n", exercise="sum-to")

    assert "does not do all of the task yet" in found["draft"][0]["body"]


async def test_a_passing_program_is_told_so() -> None:
    found = await reviewed(SUM_TO.reference, exercise="sum-to")

    assert "all 4 tests" in found["draft"][0]["body"]


async def test_without_a_program_it_asks_for_one() -> None:
    found = await reviewed(None)

    assert found["draft"][-1]["kind"] == "question"


async def test_a_program_that_does_not_parse_is_no_crash() -> None:
    found = await reviewed("def f(:\n")

    assert "line 1" in words(found["draft"])
