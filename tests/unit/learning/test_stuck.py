"""Who will go on failing: foreseen from the running sums, told in words, and only where nothing else tells."""

import random
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from core.clock import FakeClock
from core.ports import Attempt, Principal, Role, SkillId, Student, StudentId, UserId
from learning import stuck, tracing
from learning.cohort import Cohort, Pupil
from learning.fake import FakeRecords
from learning.struggle import Finding, Past, detect

LOOPS = SkillId("python.for-loops")
START = datetime(2026, 9, 1, tzinfo=UTC)
ADMIN = Principal(id=UserId("root"), role=Role.ADMIN, name="Root")
WRONG = Past(at=START, kind="exercise", item="a", correct=False, error="", hints=0, level=None)
RIGHT = replace(WRONG, correct=True)
MIXED = (WRONG, WRONG, RIGHT, WRONG, RIGHT)


def chance(outcomes: list[bool]) -> float:
    cohort, pupil = Cohort(), Pupil()
    for n, correct in enumerate(outcomes):
        known = cohort.before(pupil, f"i{n}", LOOPS)
        cohort.answer(pupil, known, f"i{n}", LOOPS, correct=correct, at=START, learning=False)
    met = cohort.met(LOOPS, pupil.trails[LOOPS])
    row = stuck.features(tracing.shipped(), pupil.ability, pupil.skills[LOOPS], pupil.trail, met)
    return stuck.shipped().chance(row)


def found(*history: Past, open_kinds: set[str] | None = None, **resolved: datetime) -> dict[str, Finding]:
    timed = [replace(past, at=START + timedelta(minutes=n)) for n, past in enumerate(history)]
    told = detect(LOOPS, timed, open_kinds=open_kinds or set(), resolved=resolved)
    return {finding.kind: finding for finding in told}


def test_the_outlook_is_the_worse_the_more_was_wrong() -> None:
    chances = [chance([n >= wrong for n in range(5)]) for wrong in range(6)]

    assert chances[0] < 0.35
    assert chances[5] > 0.8
    assert chances == sorted(chances)


def test_weights_of_other_features_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.json"
    path.write_text(stuck.SHIPPED.read_text().replace('"odds"', '"oddities"'))

    with pytest.raises(ValueError, match="other features"):
        stuck.read(path)


def test_written_trees_foresee_the_same(tmp_path: Path) -> None:
    path = tmp_path / "w.json"
    path.write_text(stuck.written(stuck.shipped().forest, stuck.shipped().origin))
    row = np.zeros(len(stuck.FEATURES))

    assert stuck.read(path).chance(row) == pytest.approx(stuck.shipped().chance(row))


def test_a_bad_outlook_is_told_after_five_tries_with_its_reason() -> None:
    newest = replace(WRONG, stuck=0.8)

    assert found(*MIXED, newest)["not_getting_there"].evidence["wrong"] == 4
    assert "80% likely" in found(*MIXED, newest)["not_getting_there"].reason
    assert "not_getting_there" not in found(WRONG, RIGHT, WRONG, newest)
    assert "not_getting_there" not in found(*MIXED, replace(WRONG, stuck=0.5))


def test_a_bad_outlook_is_silent_where_another_sign_has_spoken() -> None:
    newest = replace(WRONG, stuck=0.9)

    assert set(found(*MIXED, WRONG, WRONG, newest)) == {"repeated_failure"}
    assert found(*MIXED, newest, open_kinds={"same_error"}) == {}


def test_after_it_was_resolved_five_new_tries_are_needed() -> None:
    newest = replace(WRONG, stuck=0.9)
    since = START + timedelta(minutes=4)

    assert found(*MIXED, RIGHT, WRONG, RIGHT, newest, not_getting_there=since) == {}
    assert "not_getting_there" in found(*MIXED, RIGHT, WRONG, RIGHT, RIGHT, newest, not_getting_there=since)


def test_help_after_any_sign_gives_five_tries_time_to_show() -> None:
    newest = replace(WRONG, stuck=0.9)

    assert found(*MIXED, RIGHT, newest, repeated_failure=START + timedelta(minutes=3)) == {}
    assert "not_getting_there" in found(*MIXED, RIGHT, newest, repeated_failure=START)


def test_slow_and_wrong_is_told_by_the_median_and_never_of_time_alone() -> None:
    slow, usual = replace(WRONG, pace=1.0), replace(WRONG, pace=0.1)

    assert "2.7 times as long" in found(slow, replace(slow, correct=True), slow)["slow_and_wrong"].reason
    assert found(*[replace(slow, correct=True)] * 4, slow) == {}  # takes the time it takes
    assert found(usual, replace(usual, correct=True), replace(WRONG, pace=3.0)) == {}  # one long break
    assert found(slow, RIGHT, slow) == {}  # two answers are no habit


async def test_students_who_were_planted_as_slow_and_lost_are_told_of_and_slow_able_ones_are_not() -> None:
    drawn, clock = random.Random(5), FakeClock()
    records = FakeRecords(clock)
    planted = {f"s{n}": ("lost", "able", *["usual"] * 8)[n % 10] for n in range(200)}
    for round_ in range(8):
        for who, kind in planted.items():
            clock.advance(1)
            right = drawn.random() < {"lost": 0.45, "able": 0.95, "usual": 0.85}[kind]
            seconds = drawn.lognormvariate(4, 0.35) * (1 if kind == "usual" else 3)
            away = 20 if drawn.random() < 0.1 else 1
            attempt = Attempt(
                key=f"{who}-{round_}", kind="exercise", item=f"i{round_}", skills=(LOOPS,), correct=right,
                score=float(right), at=clock.now(), duration_s=seconds * away,
            )  # fmt: skip
            await records.record(Student(id=StudentId(who), name=who), attempt)

    alerts, _ = await records.list_alerts(ADMIN, limit=200)
    slow = {alert.student for alert in alerts if alert.kind == "slow_and_wrong"}
    lost = {who for who, kind in planted.items() if kind == "lost"}

    print(
        f"planted slow and lost: precision {len(slow & lost) / len(slow):.2f}, recall {len(slow & lost) / len(lost):.2f}"
    )
    assert len(slow & lost) >= 0.6 * len(lost)
    assert len(slow - lost) <= 0.2 * len(slow)
    assert len({(alert.student, alert.kind, alert.skill) for alert in alerts}) == len(alerts)


def test_an_outlook_costs_less_than_a_millisecond() -> None:
    cohort, pupil = Cohort(), Pupil()
    known = cohort.before(pupil, "i", LOOPS)
    cohort.answer(pupil, known, "i", LOOPS, correct=False, at=START, learning=False)
    met = cohort.met(LOOPS, pupil.trails[LOOPS])
    times = []
    for _ in range(200):
        begun = time.thread_time()
        stuck.shipped().chance(stuck.features(tracing.shipped(), pupil.ability, pupil.skills[LOOPS], pupil.trail, met))
        times.append(time.thread_time() - begun)

    assert float(np.median(times)) < 0.001
