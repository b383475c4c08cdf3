"""The quick bootstrap over numbers says the same as the plain one over cases."""

import math

import pytest

from evals.metrics import mean_of, percentile_of, total_of
from evals.statistics import interval, paired_bootstrap
from tests.unit.evals.lines import line

LINES = [line(f"m{n}", score=None if n % 5 == 0 else float(n % 3), ms=float(n)) for n in range(60)]
BETTER = [line(f"m{n}", score=None if n % 5 == 0 else float(n % 3) + 0.2, ms=float(n)) for n in range(60)]


@pytest.mark.parametrize("measure", [mean_of("score"), percentile_of(95), percentile_of(50, "ms"), total_of("score")])
def test_drawing_numbers_is_drawing_cases(measure: object) -> None:
    quick = interval(LINES, measure, seed=3)  # type: ignore[arg-type]
    plain = interval(LINES, lambda lines: measure(lines), seed=3)  # type: ignore[operator]

    assert quick is not None
    assert quick == pytest.approx(plain)


def test_pairs_are_drawn_together() -> None:
    found = paired_bootstrap(LINES, BETTER, mean_of("score"))

    assert found is not None
    assert found[0] == pytest.approx(0.2)
    assert found[2] == 0.0


def test_a_score_that_no_case_has_has_no_interval() -> None:
    assert mean_of("nothing")(LINES) is None
    assert interval(LINES, mean_of("nothing")) is None
    assert not math.isnan(mean_of("score")(LINES) or 0.0)
