"""Metrics against values worked out by hand, and against scikit-learn where it has the same one."""

import ast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals import metrics
from evals.statistics import effect_size, interval, mcnemar, paired_bootstrap
from evals.trees import relative_patch_size
from tests.unit.evals.lines import line


def test_macro_f1_counts_each_label_the_same() -> None:
    lines = [{"expected": e, "predicted": p} for e, p in [("a", "a"), ("a", "a"), ("a", "b"), ("b", "b")]]

    assert metrics.macro_f1(lines) == pytest.approx((4 / 5 + 2 / 3) / 2)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=60))
def test_curves_agree_with_scikit_learn(pairs: list[tuple[int, bool]]) -> None:
    sklearn = pytest.importorskip("sklearn.metrics", reason="comes with the eval extra")
    scores, outcomes = np.asarray([s for s, _ in pairs], float), np.asarray([o for _, o in pairs], float)

    if 0 < outcomes.sum() < len(outcomes):
        assert metrics.auc(scores, outcomes) == pytest.approx(sklearn.roc_auc_score(outcomes, scores))
        assert metrics.average_precision(scores, outcomes) == pytest.approx(
            sklearn.average_precision_score(outcomes, scores)
        )
    else:
        assert metrics.auc(scores, outcomes) is None


def test_precision_is_taken_where_the_recall_is_first_reached() -> None:
    scores, outcomes = np.array([0.9, 0.8, 0.7, 0.6]), np.array([1.0, 0.0, 1.0, 0.0])

    assert metrics.precision_at_recall(scores, outcomes, 0.5) == 1.0
    assert metrics.precision_at_recall(scores, outcomes, 0.6) == pytest.approx(2 / 3)


def test_calibration_error_is_zero_when_forecasts_mean_what_they_say() -> None:
    assert metrics.calibration_error(np.full(4, 0.5), np.array([1.0, 0, 1, 0])) == 0
    assert metrics.calibration_error(np.full(4, 1.0), np.zeros(4)) == 1


def test_a_ranking_is_scored_by_its_first_ten() -> None:
    found = metrics.ranking_scores(["x", "a", "y", "b"], frozenset({"a", "b"}))

    assert found["mrr_10"] == 0.5
    assert found["recall_10"] == found["hit_10"] == 1.0
    assert metrics.ranking_scores(["x"] * 10 + ["a"], frozenset({"a"}))["hit_10"] == 0.0


def test_a_score_that_a_case_does_not_have_is_not_counted() -> None:
    assert metrics.mean_of("x")([line("a", x=1.0), line("b", x=None), line("c")]) == 1.0
    assert metrics.mean_of("x")([line("c")]) is None


def test_an_interval_holds_the_value_and_is_the_same_for_the_same_seed() -> None:
    lines = [line(str(n), x=float(n % 3 == 0)) for n in range(60)]
    measure = metrics.mean_of("x")

    low, high = interval(lines, measure, seed=3) or (0, 0)

    assert low < (measure(lines) or 0) < high
    assert interval(lines, measure, seed=3) == (low, high)
    assert interval(lines[:1], measure) is None


def test_a_clear_difference_is_significant_and_none_is_not() -> None:
    a = [line(str(n), x=0.0) for n in range(30)]
    b = [line(str(n), x=float(n < 20)) for n in range(30)]

    clear = paired_bootstrap(a, b, metrics.mean_of("x"))
    same = paired_bootstrap(a, a, metrics.mean_of("x"))

    assert clear is not None
    assert clear[2] < 0.01
    assert same is not None
    assert same[2] == 1.0


def test_mcnemar_is_the_exact_binomial() -> None:
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(5, 0) == pytest.approx(2 / 32)
    assert mcnemar(3, 3) == 1.0


def test_effect_size_of_no_difference_is_zero() -> None:
    assert effect_size([1, 2, 3], [1, 2, 3]) == 0.0
    assert effect_size([0, 0, 0, 0], [1, 1, 1, 0]) == pytest.approx(0.75 / 0.5)


@pytest.mark.parametrize(
    ("before", "after", "edits"),
    [
        ("x = 1", "x = 1", 0),
        ("x = 1", "x =  1  # same", 0),
        ("x = 1", "x = 2", 1),
        ("if a < b:\n    c()", "if a <= b:\n    c()", 1),
        ("x = 1", "x = 1\ny = 2", 3),
        ("x = 1\ny = 2", "y = 2", 3),
        ('def f():\n    """Says."""\n    return 1', "def f():\n    return 1", 0),
    ],
)
def test_a_patch_is_as_large_as_its_tree_edits(before: str, after: str, edits: int) -> None:
    size = relative_patch_size(before, after)
    nodes = sum(not isinstance(node, ast.expr_context) for node in ast.walk(ast.parse(before)))
    docstring = 2 if '"""' in before else 0

    assert size == pytest.approx(edits / (nodes - docstring))


def test_a_program_that_does_not_parse_has_no_patch_size() -> None:
    assert relative_patch_size("x = (", "x = 1") is None
