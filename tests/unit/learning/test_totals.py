"""Totals follow from what happened, not from when or how often it was sent."""

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.clock import FakeClock
from core.ports import Attempt, Principal, Progress, Role, SkillId, Student, StudentId, UserId
from learning.attempts import GRADED
from learning.fake import FakeRecords

ADA = Student(id=StudentId("ada"), name="Ada")
ADMIN = Principal(id=UserId("root"), role=Role.ADMIN, name="Root")
START = FakeClock().now()

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
histories = st.lists(
    st.builds(
        Attempt,
        key=st.uuids().map(str),
        kind=st.sampled_from(["exercise", "quiz", "maths", "hint", "run"]),
        item=st.sampled_from(["a", "b", "c"]),
        skills=st.sampled_from([(), (SkillId("s"),), (SkillId("s"), SkillId("t"))]),
        correct=st.booleans(),
        score=st.floats(0, 1),
        at=st.integers(0, 20).map(lambda days: START + timedelta(days=days - 20)),
        hints=st.integers(0, 3),
        error=st.sampled_from(["", "NameError: x"]),
    ),
    max_size=25,
    unique_by=lambda attempt: attempt.key,
)


@patient
@given(histories, st.randoms())
def test_totals_depend_neither_on_order_nor_on_repetition(history: list[Attempt], chance: random.Random) -> None:
    shuffled = history + history[:5]
    chance.shuffle(shuffled)

    _, once = asyncio.run(_sent(history))
    _, again = asyncio.run(_sent(shuffled))

    graded = [attempt for attempt in history if attempt.kind in GRADED]
    assert once.attempts == again.attempts == len(graded)
    assert once.solved == again.solved == len({attempt.item for attempt in graded if attempt.correct})
    assert once.streak_days == again.streak_days
    assert [(skill.skill, skill.attempts) for skill in once.skills] == [
        (skill.skill, skill.attempts) for skill in again.skills
    ]


@patient
@given(histories)
def test_no_two_open_alerts_say_the_same(history: list[Attempt]) -> None:
    records, _ = asyncio.run(_sent(history))

    alerts, _ = asyncio.run(records.list_alerts(ADMIN, limit=200))

    assert len({(alert.kind, alert.skill) for alert in alerts}) == len(alerts)


async def _sent(history: Sequence[Attempt]) -> tuple[FakeRecords, Progress]:
    clock = FakeClock()
    records = FakeRecords(clock)
    for attempt in history:
        clock.advance(1)
        await records.record(ADA, attempt)
    return records, await records.progress(ADA)
