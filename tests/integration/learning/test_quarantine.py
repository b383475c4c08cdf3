"""Attempts that are off: kept with the reason, counted, put right or given up; never lost, never counted twice."""

import math
from dataclasses import replace
from typing import Any

import pytest

from core import db, metrics
from core.clock import FakeClock
from core.errors import Conflict, Invalid, NotFound
from core.ports import Attempt, SkillId, Student, StudentId
from learning.quarantine import PostgresQuarantine
from learning.records import PostgresRecords
from tools.record_attempt import record_attempt

ADA = Student(id=StudentId("ada"), name="Ada")
NOBODY = Student(id=StudentId("nobody"), name="Nobody")


class School:
    def __init__(self, pool: db.Pool) -> None:
        self.pool, self.clock = pool, FakeClock()
        self.records = PostgresRecords(pool, self.clock)
        self.quarantine = PostgresQuarantine(pool, self.clock)

    def attempt(self, **changed: Any) -> Attempt:
        sound = Attempt(
            key="k", kind="quiz", item="q", skills=(SkillId("loops"),), correct=True, score=1.0, at=self.clock.now()
        )
        return replace(sound, **changed)


@pytest.fixture
async def school(pool: db.Pool) -> School:
    async with pool.connection() as conn:
        await conn.execute(
            "insert into users (id, email, name, role) values ('ada', 'a@example.org', 'Ada', 'student')"
        )
    return School(pool)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"score": math.nan}, "score"),
        ({"score": 2.0}, "score"),
        ({"item": ""}, "item"),
        ({"kind": "guess"}, "kind"),
        ({"duration_s": -1.0}, "duration_s"),
        ({"hints": -1}, "hints"),
        ({"answer": "half \ud800 a character"}, "answer"),
        ({"metrics": {"coverage": 1.5}}, "metrics"),
        ({"metrics": {"complexity": math.inf}}, "metrics"),
        ({"at": "yesterday"}, "at"),
        ({"detail": {"x": object()}}, "detail"),
    ],
)
async def test_a_corrupt_attempt_is_refused_and_kept_with_the_field_that_was_wrong(
    school: School, changed: dict[str, Any], field: str
) -> None:
    before = metrics.ATTEMPTS_QUARANTINED.value(field=field)

    with pytest.raises(Invalid):
        await school.records.record(ADA, school.attempt(**changed))

    (held,) = await school.quarantine.list_held()
    assert (held.student, held.key, held.field, held.status) == ("ada", "k", field, "held")
    assert held.content["item"] == changed.get("item", "q")
    assert (await school.records.progress(ADA)).attempts == 0
    assert metrics.ATTEMPTS_QUARANTINED.value(field=field) == before + 1


async def test_the_same_sent_again_is_counted_not_kept_twice(school: School) -> None:
    for _ in range(3):
        with pytest.raises(Invalid):
            await school.records.record(ADA, school.attempt(score=7.0))

    (held,) = await school.quarantine.list_held()
    assert held.seen == 3


async def test_put_right_it_counts_once_for_ever(school: School) -> None:
    with pytest.raises(Invalid):
        await school.records.record(ADA, school.attempt(score=7.0))
    (held,) = await school.quarantine.list_held()

    with pytest.raises(Invalid):
        await school.quarantine.release(held.id, school.records)
    still = await school.quarantine.list_held()
    recorded = await school.quarantine.release(held.id, school.records, changes={"score": 1.0})

    assert [one.id for one in still] == [held.id]
    assert not recorded.again
    assert (await school.records.record(ADA, school.attempt())).again
    assert (await school.records.progress(ADA)).attempts == 1
    with pytest.raises(Conflict):
        await school.quarantine.release(held.id, school.records, changes={"score": 1.0})
    assert [(one.status, one.attempts) for one in await school.quarantine.counts()] == [("released", 1)]


async def test_given_up_it_stays_readable(school: School) -> None:
    with pytest.raises(Invalid):
        await school.records.record(ADA, school.attempt(kind="guess"))
    (held,) = await school.quarantine.list_held()

    await school.quarantine.discard(held.id)

    assert await school.quarantine.list_held() == []
    assert [one.id for one in await school.quarantine.list_held(status="discarded")] == [held.id]
    with pytest.raises(NotFound):
        await school.quarantine.discard(held.id + 1)


async def test_what_has_not_even_the_form_of_an_attempt_is_kept(school: School) -> None:
    for found in ({"kind": "quiz"}, {"kind": "quiz", "item": "q", "score": "much"}, {"item": "q", "skills": 3}):
        with pytest.raises(Invalid):
            await record_attempt(school.records, ADA, found, key="turn:0", at=school.clock.now())

    assert len(await school.quarantine.list_held()) == 3


async def test_an_attempt_keeps_its_metrics_and_the_version_of_its_content(school: School) -> None:
    found = {
        "kind": "exercise", "item": "x", "skills": ["loops"], "correct": True, "answer": "for x in []:\n    pass",
        "metrics": {"runtime_s": 0.02, "coverage": 0.75},
    }  # fmt: skip

    await record_attempt(school.records, ADA, found, key="turn:0", at=school.clock.now(), version="v7")

    (kept,) = await school.records.list_attempts(ADA)
    assert kept.content_version == "v7"
    assert kept.metrics == {"complexity": 2.0, "lines": 2.0, "functions": 0.0, "runtime_s": 0.02, "coverage": 0.75}


async def test_of_nobody_nothing_is_kept(school: School) -> None:
    with pytest.raises(NotFound):
        await school.records.record(NOBODY, school.attempt(score=7.0))
