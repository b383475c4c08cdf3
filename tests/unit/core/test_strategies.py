"""Strategies: what is drawn fits, comes again by its seed, and gets simpler without leaving its bounds."""

from itertools import islice
from typing import Any

import pytest

from core.errors import Invalid
from core.strategies import draw_cases, read, simpler_cases

SOURCES = [
    "integers(-50, 100)", "integers(5, 9)", "integers(-9, -3)", "floats(-2.5, 10)", "booleans()", "text('abc', max=5)",
    "text('ab', min=1, max=3)", "lists(integers(0, 9), max=6)", "lists(integers(0, 9), min=2, max=6, unique=True)",
    "lists(integers(-9, 9), max=6, ordered=True)", "dicts(text('ab', max=2), floats(0, 1), max=3)",
    "tuples(integers(0, 3), booleans())", "one_of(integers(0, 5), text('x', max=2), 'none', -1)", "'always'",
    "lists(lists(integers(0, 3), max=3), max=3)",
]  # fmt: skip


@pytest.mark.parametrize("source", SOURCES)
def test_all_that_is_drawn_or_made_simpler_fits(source: str) -> None:
    strategy = read(source)

    for (value,) in draw_cases([strategy], 40, "seed"):
        assert strategy.has(value), value
        for simpler in islice(strategy.simpler(value), 50):
            assert strategy.has(simpler), (value, simpler)
            assert simpler != value


@pytest.mark.parametrize("source", SOURCES)
def test_the_same_seed_draws_the_same_and_the_simplest_comes_first(source: str) -> None:
    strategy = read(source)

    cases = draw_cases([strategy], 30, "a")

    assert cases == draw_cases([read(source)], 30, "a")
    assert cases[0] == (strategy.simplest(),)
    assert len({repr(case) for case in cases}) == len(cases)


@pytest.mark.parametrize("source", SOURCES)
def test_making_simpler_comes_to_an_end_at_the_simplest(source: str) -> None:
    strategy = read(source)
    for (value,) in draw_cases([strategy], 10, "b"):
        for _ in range(200):
            simpler = next(strategy.simpler(value), None)
            if simpler is None:
                break
            value = simpler

        assert len(repr(value)) == len(repr(strategy.simplest()))  # of two orders neither is simpler


def _smallest(sources: list[str], fails: Any) -> tuple[Any, ...]:
    strategies = [read(source) for source in sources]
    case = next(case for case in draw_cases(strategies, 500, "c") if fails(*case))
    while (simpler := next((one for one in simpler_cases(strategies, case) if fails(*one)), None)) is not None:
        case = simpler
    return case


@pytest.mark.parametrize(
    ("sources", "fails", "smallest"),
    [
        (["integers(-1000, 1000)"], lambda n: n >= 42, (42,)),
        (["integers(-1000, 1000)"], lambda n: n <= -17, (-17,)),
        (["integers(-1000, 1000)"], lambda n: abs(n) > 7, (8,)),
        (["lists(integers(-50, 50), max=9)"], lambda xs: len(xs) > 2, ([0, 0, 0],)),
        (["lists(integers(-50, 50), max=9)"], lambda xs: any(x < 0 for x in xs), ([-1],)),
        (["lists(integers(0, 50), max=9)"], lambda xs: xs != sorted(xs), ([1, 0],)),
        (["text('abc', max=9)"], lambda s: "c" in s, ("c",)),
        (["floats(-100, 100)"], lambda x: x > 3, (4.0,)),
        (["integers(0, 99)", "integers(0, 99)"], lambda a, b: a > b + 3, (4, 0)),
        (["dicts(text('ab', max=2), integers(0, 9), max=5)"], lambda d: sum(d.values()) > 3, ({"": 4},)),
    ],
)
def test_the_smallest_failing_value_is_found(sources: list[str], fails: Any, smallest: tuple[Any, ...]) -> None:
    assert _smallest(sources, fails) == smallest


@pytest.mark.parametrize(
    "source",
    ["", "x", "__import__('os')", "integers(1)", "integers(3, 1)", "integers(1, 2.5)", "integers(True, 2)", "lists()",
     "text('')", "text(5)", "lists(integers(0, 1), max=1000)", "lists(integers(0, 1), min=3, max=2)", "floats(0, 1e999)",
     "integers(0, 1, 2)", "integers(0, 1, step=2)", "one_of()", "booleans(*x)", "lists(open('x'))", "(" * 500, "f''",
     "lists(integers(0, 1), **{'max': 3})", "lists(integers(0, 1), max=len('x'))", "x" * 3000],
)  # fmt: skip
def test_what_is_no_strategy_is_refused_and_nothing_of_it_is_run(source: str) -> None:
    with pytest.raises(Invalid):
        read(source)
