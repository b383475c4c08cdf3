"""What the forecaster and its trees promise."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from learning import boosting, fitting, mastery, tracing
from learning.boosting import Forest, Recipe
from learning.cohort import Cohort, Pupil
from learning.tracing import FEATURES, Tally, Trace, Trail

NOW = datetime(2026, 9, 1, tzinfo=UTC)
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
logs = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("st"), st.booleans()), max_size=40)


def lived(answers: list[tuple[str, str, bool]]) -> tuple[Cohort, Pupil]:
    cohort, pupil = Cohort(), Pupil()
    for item, skill, correct in answers:
        known = cohort.before(pupil, item, skill)
        cohort.answer(pupil, known, item, skill, correct=correct, at=NOW, learning=True)
    return cohort, pupil


def chance(answers: list[tuple[str, str, bool]], item: str = "a", skill: str = "s") -> float:
    cohort, pupil = lived(answers)
    return tracing.shipped().forecast(*cohort.before(pupil, item, skill))


@patient
@given(logs)
def test_a_forecast_is_a_probability_and_a_finite_feature_stands_behind_it(
    answers: list[tuple[str, str, bool]],
) -> None:
    cohort, pupil = lived(answers)

    (row,) = tracing.features(*cohort.before(pupil, "a", "s"))

    assert len(row) == len(FEATURES)
    assert np.isfinite(row).all()
    assert 0 < chance(answers) < 1


@patient
@given(logs)
def test_the_running_sums_agree_with_the_log(answers: list[tuple[str, str, bool]]) -> None:
    cohort, pupil = lived(answers)

    right = sum(correct for _, _, correct in answers)
    assert (pupil.trail.answers, pupil.trail.credit) == (len(answers), right)
    assert sum(trail.answers for trail in pupil.trails.values()) == len(answers)
    assert sum(tally.answers for tally in cohort.items.values()) == len(answers)
    assert sum(tally.credit for tally in cohort.contexts.values()) == pytest.approx(right)
    assert pupil.trail.met == len({skill for _, skill, _ in answers})


def test_who_answers_right_is_thought_likelier_to_than_who_answers_wrong() -> None:
    right, wrong = [("b", "s", True)] * 8, [("b", "s", False)] * 8

    assert chance(right) > chance([]) > chance(wrong)


@pytest.mark.parametrize("outcomes", range(16))
def test_the_last_three_outcomes_have_a_code_of_their_own(outcomes: int) -> None:
    bits = [bool(outcomes >> place & 1) for place in range(4)]

    contexts = [lived([("a", "s", bit) for bit in bits[:length]])[1].trail.context for length in range(5)]

    newest_first = bits[::-1][:3]
    assert contexts[0] == 0
    assert contexts[1] in (1, 2)
    assert contexts[2] in range(3, 7)
    assert contexts[4] == 7 + sum(bit << place for place, bit in enumerate(newest_first))


def test_a_trail_is_kept_as_numbers_and_read_again() -> None:
    _, pupil = lived([("a", "s", True), ("b", "t", False)])

    kept = tracing.numbers(pupil.trail)

    assert all(isinstance(number, float) for number in kept)
    assert tracing.trail_of(kept) == pupil.trail
    assert tracing.trail_of(None) == Trail()


def test_hints_lessen_what_an_answer_is_worth() -> None:
    worth = [mastery.credit(correct=True, hints=hints) for hints in range(4)]

    assert worth[0] == 1.0
    assert worth == sorted(worth, reverse=True)
    assert mastery.credit(correct=False, hints=0) == 0.0


def test_a_forecast_with_its_update_takes_less_than_a_millisecond() -> None:
    cohort, pupil, forecaster = Cohort(), Pupil(), tracing.shipped()
    begun = time.process_time()
    for number in range(500):
        known = cohort.before(pupil, f"i{number % 40}", "s")
        forecaster.forecast(*known)
        cohort.answer(pupil, known, f"i{number % 40}", "s", correct=number % 3 > 0, at=NOW, learning=True)

    assert time.process_time() - begun < 0.5


def test_an_item_without_skills_has_a_forecast_too() -> None:
    state = mastery.State(ability=mastery.no_ability(), skills=(), difficulty=mastery.no_difficulty())

    assert 0 < tracing.shipped().forecast(state, Trace()) < 1


def test_the_shipped_weights_name_their_origin_and_their_figures() -> None:
    origin = tracing.shipped().origin

    assert "assist" in origin["log"]
    assert set(origin["cross_validated"]) == {"students", "answers", "known", "unseen"}


# --- the trees -----------------------------------------------------------------------------------------------------


def _corner(count: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    """Right in two of four corners, which no single question tells apart."""
    rows = np.random.default_rng(3).random((count, 4))
    return rows, ((rows[:, 0] > 0.5) != (rows[:, 1] > 0.5)).astype(float)


def test_trees_learn_what_no_single_question_tells() -> None:
    rows, outcomes = _corner()

    forest = boosting.fit(
        rows,
        outcomes,
        np.zeros(len(rows)),
        np.ones(len(rows)),
        Recipe(trees=60, depth=3, rate=0.3, columns=1.0),
        _quiet,
    )

    assert fitting.figures(1 / (1 + np.exp(-forest.add_all(rows))), outcomes).auc > 0.95


def test_a_row_alone_gets_what_it_gets_among_others_and_after_it_was_written() -> None:
    rows, outcomes = _corner(400)
    forest = boosting.fit(rows, outcomes, np.zeros(400), np.ones(400), Recipe(trees=5, depth=2, ridge=1.0), _quiet)

    again = Forest.read(json.loads(json.dumps(forest.written())))

    assert forest.add(rows[7]) == pytest.approx(forest.add_all(rows)[7])
    assert np.allclose(again.add_all(rows), forest.add_all(rows), atol=1e-3)


def test_weights_for_other_features_or_of_another_shape_are_refused(tmp_path: Path) -> None:
    kept = json.loads(tracing.SHIPPED.read_text())
    strange = tmp_path / "strange.json"
    strange.write_text(json.dumps({**kept, "features": ["x"]}))

    with pytest.raises(ValueError, match="other features"):
        tracing.read(strange)
    with pytest.raises(ValueError, match="do not fit"):
        Forest.read({"columns": [[0]], "bounds": [[0.0]], "values": [[0.0]]})


def _quiet(done: int, total: int, what: str = "") -> None:
    pass


# --- fitting -------------------------------------------------------------------------------------------------------


def _log(path: Path, students: int = 40) -> Path:
    drawn = np.random.default_rng(1)
    lines = ["user_id,item_id,skill_id,correct"]
    for student in range(students):
        able = drawn.random()
        lines += [f"u{student},i{n % 7},s{n % 3},{int(drawn.random() < able)}" for n in range(25)]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_fit_writes_weights_that_the_product_reads_with_figures_of_students_never_seen(tmp_path: Path) -> None:
    out, steps = tmp_path / "w.json", list[str]()

    report = fitting.fit_file(
        _log(tmp_path / "log.csv"), out, lambda done, total, what: steps.append(what), folds=2,
        recipe=Recipe(trees=8, depth=2),
    )  # fmt: skip

    assert (report.students, report.answers) == (40, 1000)
    assert report.known.auc > 0.6
    assert tracing.read(out).origin["cross_validated"]["known"]["auc"] == report.known.auc
    assert {step.partition(":")[0] for step in steps} == {"fold 1 of 2", "fold 2 of 2", "all students"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("user_id,item_id,skill_id,correct\nu,i,s,2\n", ":2 needs"),
        ("user_id,item_id\nu,i\n", ":2 needs"),
        ("user_id,item_id,skill_id,correct\nu,i,s,1\n", "at least"),
    ],
)
def test_a_log_that_cannot_be_read_is_told_by_its_line(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "log.csv"
    path.write_text(text)

    with pytest.raises(Invalid, match=told):
        fitting.read_log(path)


def test_figures_agree_with_values_worked_out_by_hand() -> None:
    found = fitting.figures(np.array([0.1, 0.4, 0.4, 0.9]), np.array([0.0, 0.0, 1.0, 1.0]))

    assert found.auc == pytest.approx((1 + 1 + 0.5 + 1) / 4)
    assert found.rmse == pytest.approx(np.sqrt((0.01 + 0.16 + 0.36 + 0.01) / 4))
    assert found.ece == pytest.approx((0.1 + abs(0.4 + 0.4 - 1) + 0.1) / 4)


def test_sums_add_up() -> None:
    assert Tally(answers=1, credit=1, surprise=0.5, place=2) + Tally(answers=1) == Tally(
        answers=2, credit=1, surprise=0.5, place=2
    )
