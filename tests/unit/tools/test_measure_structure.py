"""Numbers on how a program is built are those of the sources named, in words a learner can use."""

import pytest

from tools.measure_structure import measure_structure, structure_words
from tools.parse_program import parse_program


def measured(code: str):  # type: ignore[no-untyped-def]
    return measure_structure(parse_program(code), code)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "complexity", "busiest", "depth"),
    [
        ("print(1)\n", 1, "", 0),
        ("def f(x):\n    return x\n", 1, "f", 0),
        ("def f(x):\n    for n in x:\n        if n and x:\n            return n\n", 4, "f", 2),
        ("if a:\n    pass\nelif b:\n    pass\nelse:\n    pass\n", 3, "", 1),
        ("class A:\n    def go(self):\n        while self.on:\n            self.step()\n", 2, "go", 1),
    ],
)
def test_ways_and_depth_are_those_one_counts_by_hand(code: str, complexity: int, busiest: str, depth: int) -> None:
    found = measured(code)

    assert (found.complexity, found.busiest, found.depth) == (complexity, busiest, depth)


def test_a_longer_knottier_program_is_less_maintainable() -> None:
    small = measured("def f(x):\n    return x + 1\n")
    large = measured(
        "".join(f"def f{n}(x):\n    return x + {n} if x > {n} and x < 9 else x * {n}\n" for n in range(40))
    )

    assert 0 <= large.maintainability < small.maintainability <= 100


@pytest.mark.parametrize("code", ["", "\n\n", "# nothing\n", "class A:\n    pass\n"])
def test_a_program_without_code_has_numbers_too(code: str) -> None:
    assert structure_words(measured(code)).endswith(".")
