"""What a student claims, in whatever words, is decided by the algebra system."""

import pytest

from agents.maths import node
from cas.checker import Checker, open_mathematics
from tests.fakes import Fakes, turn, words


async def worked(message: str, mathematics: Checker) -> dict:
    return await node(turn(message, desk={}), Fakes(mathematics=mathematics).runtime())  # type: ignore[arg-type,return-value]


async def test_a_line_nobody_could_read_is_no_line_that_follows() -> None:
    async with open_mathematics(patience=12) as mathematics:
        found = (await worked("3x + 2 = 11\n3x = = 9\nx = 3", mathematics))["evidence"][0]

    assert "every step follows" not in words(found["draft"])
    assert "line 2" in words(found["draft"])


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("is 3x+2=11 => x=4 right?", "Line 2 is the first that does not follow"),
        ("is 2(x+3) = 2x+3 correct?", "is not the same as"),
        ("does 2(x+3) equal 2x+6?", "is the same as"),
        ("i think the derivative of x^3 is 3x^3, right?", "not quite"),
        ("the derivative of x^3 is 3x^2, isn't it?", "Yes"),
    ],
)
async def test_a_claim_is_checked_however_it_is_put(message: str, said: str) -> None:
    async with open_mathematics(patience=12) as mathematics:
        found = (await worked(message, mathematics))["evidence"][0]

    assert said in words(found["draft"])
