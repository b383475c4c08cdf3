"""What people tell of themselves, and their first steps."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from accounts.people import Person
from accounts.profiles import STEPS, Profile, Profiles
from core import db
from core.clock import FakeClock
from core.db import Pool
from core.errors import NotFound
from core.ports import Principal, Role, Student, StudentId, UserId
from learning.notifications.box import PostgresNotifications
from learning.notifications.rules import Preferences
from learning.practice import PostgresPractice


@pytest.fixture
def profiles(pool: Pool, clock: FakeClock) -> Profiles:
    return Profiles(pool, clock)


async def test_who_said_nothing_has_an_empty_profile(profiles: Profiles, ada: Person) -> None:
    assert await profiles.get(ada.id) == Profile(goals=[])


async def test_only_what_is_named_changes(profiles: Profiles, ada: Person) -> None:
    await profiles.change(ada.id, {"goals": ["pass the exam"], "pace": "steady", "accessibility": {"font_scale": 1.5}})
    found = await profiles.change(ada.id, {"language": "de", "accessibility": {"reduced_motion": True}})

    assert found == await profiles.get(ada.id)
    assert (found.goals, found.pace, found.language) == (["pass the exam"], "steady", "de")
    assert found.accessibility == {"font_scale": 1.5, "reduced_motion": True}


async def test_null_takes_away(profiles: Profiles, ada: Person) -> None:
    await profiles.change(ada.id, {"goals": ["x"], "pace": "steady", "academic": {"year": 2, "programme": "Maths"}})
    found = await profiles.change(ada.id, {"goals": None, "pace": None, "academic": {"year": None}})

    assert (found.goals, found.pace, found.academic) == ([], None, {"programme": "Maths"})


async def test_two_changes_at_once_both_stay(profiles: Profiles, ada: Person) -> None:
    changes = [{"accessibility": {f"wish_{n}": True}} for n in range(10)]
    await asyncio.gather(*(profiles.change(ada.id, change) for change in changes))

    assert len((await profiles.get(ada.id)).accessibility) == 10


async def test_nobody_has_no_profile(profiles: Profiles) -> None:
    with pytest.raises(NotFound):
        await profiles.get(UserId("nobody"))
    with pytest.raises(NotFound):
        await profiles.change(UserId("nobody"), {"pace": "steady"})
    with pytest.raises(NotFound):
        await profiles.take_step(UserId("nobody"), "welcome")


async def test_first_steps_are_taken_in_any_order_and_once(profiles: Profiles, ada: Person) -> None:
    await profiles.take_step(ada.id, "placement", skipped=True)
    await profiles.take_step(ada.id, "welcome")
    await profiles.take_step(ada.id, "welcome", skipped=True)
    found = await profiles.onboarding(ada.id)

    assert list(found) == list(STEPS)
    assert (found["welcome"], found["goals"], found["placement"]) == ("done", "open", "skipped")
    await profiles.take_step(ada.id, "placement")
    assert (await profiles.onboarding(ada.id))["placement"] == "done"
    with pytest.raises(NotFound):
        await profiles.take_step(ada.id, "moon")


_TURN = """
insert into threads (id, student_id) values ('th', %(id)s);
insert into turns (id, thread_id, student_id, seq, status, ask) values ('tu', 'th', %(id)s, 1, 'queued', %(ask)s)
"""
_PLACEMENT = """
insert into quiz_sittings (id, student_id, kind, topics, questions, started_at, ends_at, finished_at)
    values ('qs', %(id)s, %(kind)s, '{}', 1, %(now)s, %(ends)s, %(finished)s);
insert into quiz_questions (sitting_id, position, topic, question, asked_at, answered_at)
    values ('qs', 0, 't', 'q', %(now)s, %(answered)s)
"""


async def _write(pool: Pool, statements: str, **values: object) -> None:
    async with db.transaction(pool) as conn:
        for statement in statements.split(";\n"):
            await conn.execute(statement.encode(), values)


def _asked(ask: str) -> Callable[[Pool, FakeClock, Person], Awaitable[object]]:
    return lambda pool, clock, ada: _write(pool, _TURN, id=ada.id, ask=ask)


def _sat(**changed: object) -> Callable[[Pool, FakeClock, Person], Awaitable[object]]:
    def sit(pool: Pool, clock: FakeClock, ada: Person) -> Awaitable[object]:
        now = clock.now()
        row: dict[str, object] = {"kind": "placement", "ends": None, "finished": now, "answered": now, **changed}
        if row["ends"] == "soon":
            row["ends"] = now + timedelta(minutes=5)
            clock.advance(600)
        return _write(pool, _PLACEMENT, id=ada.id, now=now, **row)

    return sit


DOORS: dict[str, tuple[str, Callable[[Pool, FakeClock, Person], Awaitable[object]]]] = {
    "goals in the profile": ("goals", lambda p, c, a: Profiles(p, c).change(a.id, {"goals": ["pass"]})),
    "a pace in the profile": ("goals", lambda p, c, a: Profiles(p, c).change(a.id, {"pace": "steady"})),
    "a language": ("preferences", lambda p, c, a: Profiles(p, c).change(a.id, {"language": "de"})),
    "how things are shown": (
        "preferences",
        lambda p, c, a: Profiles(p, c).change(a.id, {"accessibility": {"font_scale": 1.5}}),
    ),
    "a time zone": (
        "preferences",
        lambda p, c, a: PostgresPractice(p, c).settle_in(Student(id=StudentId(a.id), name=a.name), "Europe/Berlin"),
    ),
    "a time zone for notifications": (
        "preferences",
        lambda p, c, a: PostgresNotifications(p, c).prefer(
            Principal(id=a.id, role=Role.STUDENT, name=a.name), Preferences(time_zone="Europe/Berlin")
        ),
    ),
    "a placement": ("placement", _sat()),
    "a placement whose time ran out": ("placement", _sat(finished=None, ends="soon")),
    "a question": ("first_question", _asked('{"message": "What is a loop?", "teacher": null}')),
    "a question in the community": ("first_question", _asked('{"message": "What is a loop?", "public": true}')),
}


@pytest.mark.parametrize("door", DOORS)
async def test_what_a_first_step_asks_for_ticks_it(pool: Pool, clock: FakeClock, ada: Person, door: str) -> None:
    profiles, (step, do) = Profiles(pool, clock), DOORS[door]
    await profiles.take_step(ada.id, step, skipped=True)

    await do(pool, clock, ada)

    found = await profiles.onboarding(ada.id)
    assert {name for name, state in found.items() if state == "done"} == {step}
    assert found == await profiles.onboarding(ada.id)


def test_every_step_but_the_welcome_has_a_door_that_is_tested() -> None:
    assert {step for step, _ in DOORS.values()} == {*STEPS} - {"welcome"}


NO_DOORS: dict[str, Callable[[Pool, FakeClock, Person], Awaitable[object]]] = {
    "school": lambda p, c, a: Profiles(p, c).change(a.id, {"academic": {"year": 2}}),
    "nothing": lambda p, c, a: Profiles(p, c).change(a.id, {"goals": [], "language": None}),
    "a quiz": _sat(kind="quiz"),
    "an open placement": _sat(finished=None),
    "a placement without an answer": _sat(answered=None),
    "a teacher's words": _asked('{"message": "How are you?", "teacher": {"id": "t", "name": "T", "role": "teacher"}}'),
}


@pytest.mark.parametrize("what", NO_DOORS)
async def test_nothing_else_ticks_a_first_step(pool: Pool, clock: FakeClock, ada: Person, what: str) -> None:
    await NO_DOORS[what](pool, clock, ada)

    assert set((await Profiles(pool, clock).onboarding(ada.id)).values()) == {"open"}


async def test_a_step_that_was_done_stays_done(profiles: Profiles, ada: Person) -> None:
    await profiles.change(ada.id, {"goals": ["pass"]})
    await profiles.onboarding(ada.id)

    await profiles.change(ada.id, {"goals": None})

    assert (await profiles.onboarding(ada.id))["goals"] == "done"


async def test_first_steps_looked_at_twice_at_once_are_ticked_once(profiles: Profiles, ada: Person) -> None:
    await profiles.change(ada.id, {"goals": ["pass"], "language": "de"})

    found = await asyncio.gather(*(profiles.onboarding(ada.id) for _ in range(8)))

    assert all((one["goals"], one["preferences"]) == ("done", "done") for one in found)
