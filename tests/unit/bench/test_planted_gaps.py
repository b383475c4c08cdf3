"""Synthetic students whose gaps are known: what is told of them is mostly right, and much of it is found."""

from bench.gaps import simulate


async def test_planted_gaps_their_roots_and_what_helps_are_found() -> None:
    found = await simulate(60, seed=1)

    assert found.gaps.precision >= 0.75
    assert found.gaps.recall >= 0.55
    assert found.roots.precision >= 0.5
    assert found.next.precision >= 0.45
    assert found.ready.precision >= 0.7
    assert found.thin_told == 0
