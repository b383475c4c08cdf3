"""What teachers do about alerts, over real Postgres: who sees what, what comes back, and what a watcher is told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import httpx
import psycopg
import pytest

from core import db
from core.clock import FakeClock
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.ports import Alert, Principal, Role, SkillId, Student, StudentId, UserId
from core.settings import DatabaseSettings
from learning.alerts import Change, Wanted
from learning.inbox import PostgresInbox
from learning.records import PostgresRecords
from tests.edge import Edge, serving

ADA = Student(id=StudentId("ada"), name="Ada")
BOB = Student(id=StudentId("bob"), name="Bob")
HERS = Principal(id=UserId("hers"), role=Role.TEACHER, name="Hers")
HIS = Principal(id=UserId("his"), role=Role.TEACHER, name="His")
ADMIN = Principal(id=UserId("root"), role=Role.ADMIN, name="Root")
ASKER = Principal(id=UserId("ada"), role=Role.STUDENT, name="Ada")

PEOPLE = {"ada": "student", "bob": "student", "cyd": "student", "hers": "teacher", "his": "teacher", "root": "admin"}


@dataclass
class School:
    """Class a: Ada, taught by hers. Class b: Bob, taught by his. Class c: Cyd, taught by hers."""

    pool: db.Pool
    clock: FakeClock
    inbox: PostgresInbox
    records: PostgresRecords

    async def alert(self, key: str, student: Student = ADA, **changed: Any) -> Alert:
        self.clock.advance(60)
        facts: dict[str, Any] = {"kind": "distress", "severity": "high", "reason": "Said so", "advice": "Talk"}
        await self.records.raise_alert(student, key=key, **{**facts, **changed})
        (newest, *_), _ = await self.inbox.list_alerts(ADMIN, Wanted(student=student.id))
        return newest

    async def listed(self, who: Principal = HERS, **wanted: Any) -> list[str]:
        return [one.id for one in (await self.inbox.list_alerts(who, Wanted(**wanted)))[0]]


@pytest.fixture
async def school(pool: db.Pool) -> School:
    async with pool.connection() as conn:
        for who, role in PEOPLE.items():
            await conn.execute(
                "insert into users (id, email, name, role) values (%s, %s, %s, %s)",
                (who, f"{who}@example.org", who.title(), role),
            )
        await conn.execute("insert into classes (id, name) values ('a', 'A'), ('b', 'B'), ('c', 'C')")
        await conn.execute(
            "insert into class_members values ('a', 'ada', 'student'), ('a', 'hers', 'teacher'),"
            " ('b', 'bob', 'student'), ('b', 'his', 'teacher'), ('c', 'cyd', 'student'), ('c', 'hers', 'teacher')"
        )
    clock = FakeClock()
    return School(pool, clock, PostgresInbox(pool, clock, poll_s=0.02), PostgresRecords(pool, clock))


async def test_every_filter_narrows_and_all_hold_together(school: School) -> None:
    first = await school.alert("k1", severity="low", kind="stuck")
    since = school.clock.now() + timedelta(seconds=1)
    second = await school.alert("k2", skill=SkillId("loops"))
    third = await school.alert("k3", BOB)

    assert await school.listed(ADMIN) == [third.id, second.id, first.id]
    assert await school.listed(severity="low") == [first.id]
    assert await school.listed(kind="distress") == [second.id]
    assert await school.listed(since=since) == [second.id]
    assert await school.listed(student=ADA.id, kind="stuck", severity="high") == []
    assert await school.listed(ADMIN, class_id="b") == [third.id]
    assert await school.listed(class_id="a") == [second.id, first.id]


async def test_a_filtered_list_pages_without_gaps(school: School) -> None:
    for number in range(7):
        await school.alert(f"k{number}", severity="high" if number % 2 else "low")

    pages, cursor = [], None
    for _ in range(2):
        page, cursor = await school.inbox.list_alerts(HERS, Wanted(severity="low"), limit=2, cursor=cursor)
        pages += page

    assert cursor is None
    assert [one.id for one in pages] == await school.listed(severity="low")
    assert len(pages) == 4


async def test_another_class_is_not_seen_by_any_filter(school: School) -> None:
    await school.alert("k1")

    assert await school.listed(HIS) == []
    assert await school.listed(HIS, class_id="a") == []
    assert await school.listed(HIS, student=ADA.id) == []
    assert await school.inbox.export(HIS, Wanted()) == []


def _acts(inbox: PostgresInbox, who: Principal, alert: str, until: datetime) -> list[Callable[[], Awaitable[Any]]]:
    return [
        lambda: inbox.settle(who, alert, "resolved"),
        lambda: inbox.assign(who, alert, None),
        lambda: inbox.snooze(who, alert, until),
        lambda: inbox.add_note(who, alert, "hello"),
        lambda: inbox.list_notes(who, alert),
    ]


async def test_nothing_can_be_done_to_another_class_s_alert(school: School) -> None:
    alert, until = await school.alert("k1"), school.clock.now() + timedelta(hours=1)

    for act in _acts(school.inbox, HIS, alert.id, until) + _acts(school.inbox, HERS, "nothing", until):
        with pytest.raises(NotFound):
            await act()
    for act in _acts(school.inbox, ASKER, alert.id, until):
        with pytest.raises(Forbidden):
            await act()
    assert await school.listed(status="open") == [alert.id]


async def test_an_alert_is_assigned_to_who_teaches_the_student_only(school: School) -> None:
    alert = await school.alert("k1")

    assert (await school.inbox.assign(HERS, alert.id, ADMIN.id)).assignee == "root"
    assert (await school.inbox.assign(HERS, alert.id, HERS.id)).assignee == "hers"
    for stranger in ("his", "ada", "nobody"):
        with pytest.raises(Invalid):
            await school.inbox.assign(HERS, alert.id, UserId(stranger))
    assert await school.listed(assignee="hers") == [alert.id]
    assert (await school.inbox.assign(HERS, alert.id, None)).assignee is None


async def test_what_is_snoozed_is_out_of_sight_until_it_comes_back(school: School) -> None:
    alert = await school.alert("k1")
    until = school.clock.now() + timedelta(hours=2)

    snoozed = await school.inbox.snooze(HERS, alert.id, until)

    assert (snoozed.status, snoozed.snoozed_until) == ("snoozed", until)
    assert (await school.listed(status="open"), await school.listed(status="snoozed")) == ([], [alert.id])
    school.clock.advance(2 * 3600 + 1)
    assert (await school.listed(status="open"), await school.listed(status="snoozed")) == ([alert.id], [])


@pytest.mark.parametrize("hours", [-1, 0, 91 * 24])
async def test_a_snooze_ends_within_ninety_days(hours: int, school: School) -> None:
    alert = await school.alert("k1")

    with pytest.raises(Invalid, match="until"):
        await school.inbox.snooze(HERS, alert.id, school.clock.now() + timedelta(hours=hours))


async def test_dealing_with_an_alert_ends_its_snooze_and_what_is_resolved_cannot_be_snoozed(school: School) -> None:
    alert, until = await school.alert("k1"), school.clock.now() + timedelta(hours=1)
    await school.inbox.snooze(HERS, alert.id, until)

    resolved = await school.inbox.settle(HERS, alert.id, "resolved")

    assert (resolved.status, resolved.snoozed_until) == ("resolved", None)
    with pytest.raises(Conflict):
        await school.inbox.snooze(HERS, alert.id, until)


async def test_whether_it_helped_may_be_told_later_and_goes_when_it_is_opened_again(school: School) -> None:
    alert = await school.alert("k1")

    told = [
        (await school.inbox.settle(HERS, alert.id, status, helped=helped)).helped
        for status, helped in (("resolved", None), ("resolved", False), ("resolved", None), ("open", True))
    ]

    assert told == [None, False, False, None]


async def test_notes_are_kept_in_order_and_never_rewritten(school: School) -> None:
    alert = await school.alert("k1")
    for words in ("  Called home ", "No answer"):
        await school.inbox.add_note(HERS, alert.id, words)

    notes = await school.inbox.list_notes(ADMIN, alert.id)

    assert [(note.words, note.author_name) for note in notes] == [("Called home", "Hers"), ("No answer", "Hers")]
    assert [one.notes for one in (await school.inbox.list_alerts(HERS, Wanted()))[0]] == [2]
    async with school.pool.connection() as conn:
        with pytest.raises(psycopg.errors.RaiseException, match="only ever added"):
            await conn.execute("update alert_notes set words = 'other'")
        await conn.execute("delete from users where id = 'hers'")
    assert {note.author for note in await school.inbox.list_notes(ADMIN, alert.id)} == {None}


async def test_erasing_a_student_takes_alerts_notes_and_changes_along(school: School) -> None:
    alert = await school.alert("k1")
    await school.inbox.add_note(HERS, alert.id, "hello")

    async with school.pool.connection() as conn:
        await conn.execute("delete from users where id = 'ada'")
        left = await conn.execute(
            "select (select count(*) from alert_notes) + (select count(*) from alert_changes) as n"
        )
        assert (await left.fetchone()) == {"n": 0}


async def _told(watched: AsyncIterator[Change], count: int) -> list[tuple[str, str]]:
    found = []
    async with asyncio.timeout(10), aclosing(cast(Any, watched)) as changes:
        async for change in changes:
            found.append((change.what, change.alert.status))
            if len(found) == count:
                return found
    return found


async def test_a_watcher_is_told_what_happens_in_own_classes_only(school: School) -> None:
    after = await school.inbox.newest(HERS)
    told = asyncio.create_task(_told(school.inbox.watch(HERS, after=after, seconds=30), 4))
    for act in ("raise", "note", "snooze", "wait"):
        await asyncio.sleep(0.3)
        match act:
            case "raise":
                await school.alert("other", BOB)
                alert = await school.alert("k1")
            case "note":
                await school.inbox.add_note(HERS, alert.id, "hello")
            case "snooze":
                await school.inbox.snooze(HERS, alert.id, school.clock.now() + timedelta(hours=1))
            case "wait":
                school.clock.advance(3601)

    assert await told == [("raised", "open"), ("noted", "open"), ("changed", "snoozed"), ("returned", "open")]


async def test_who_comes_back_is_told_what_was_missed_each_alert_once(school: School) -> None:
    seen = await school.inbox.newest(HERS)
    first, second = await school.alert("k1"), await school.alert("k2")
    await school.inbox.settle(HERS, first.id, "acknowledged")

    found = [change async for change in school.inbox.watch(HERS, after=seen, seconds=0.01)]

    assert [change.alert.id for change in found] == [second.id, first.id]
    assert await school.inbox.newest(HERS) == found[-1].seq


async def test_who_was_away_long_is_caught_up_in_steps_past_what_is_other_classes_business(school: School) -> None:
    mine, other = await school.alert("k1"), await school.alert("k2", BOB)
    async with school.pool.connection() as conn:
        await conn.execute(
            "insert into alert_changes (alert_id, what) select %s, 'changed' from generate_series(1, 2500)", (other.id,)
        )
    await school.inbox.settle(HERS, mine.id, "acknowledged")

    found = [change async for change in school.inbox.watch(HERS, after=0, seconds=0.5)]

    assert [(change.what, change.alert.id) for change in found] == [("raised", mine.id), ("changed", mine.id)]
    assert found[-1].seq == await school.inbox.newest(HERS)


async def test_no_change_is_missed_when_transactions_overlap(school: School, database_url: str) -> None:
    """Twelve writers at once, one of them slow: a reader who follows the numbers meets every alert."""
    found: list[str] = []

    async def write(number: int) -> None:
        async with school.pool.connection() as conn, conn.transaction():
            await conn.execute(
                "insert into alerts (id, student_id, key, kind, severity, reason, advice, automatic, at)"
                " values (%s, 'ada', %s, 'k', 'low', 'r', 'a', false, now())",
                (f"00000000-0000-0000-0000-{number:012d}", f"key{number}"),
            )
            if number == 0:  # has its number, and commits only after the others would have
                await conn.execute("set constraints all immediate")
            await asyncio.sleep(0.5 if number == 0 else 0.01 * number)

    async def read(pool: db.Pool) -> None:
        inbox = PostgresInbox(pool, school.clock, poll_s=0.005)
        async with aclosing(cast(Any, inbox.watch(HERS, after=0, seconds=20))) as changes:
            async for change in changes:
                found.append(change.alert.id)
                if len(found) == 12:
                    return

    async with (
        db.open_pool(database_url, DatabaseSettings(pool_min=1, pool_max=2)) as another_server_s,
        asyncio.timeout(5),
        asyncio.TaskGroup() as group,
    ):
        group.create_task(read(another_server_s))
        for number in range(12):
            group.create_task(write(number))

    assert len(set(found)) == 12


async def test_the_stream_over_http_tells_resumes_and_leaves_nothing_behind(school: School) -> None:
    async with serving(Edge(inbox=school.inbox).app()) as url, httpx.AsyncClient(base_url=url) as client:
        quiet = len(asyncio.all_tasks())
        async with client.stream("GET", "/api/v1/alerts/stream", headers=_bearer("teacher-hers")) as stream:
            lines = stream.aiter_lines()
            head = [await anext(lines) for _ in range(4)]
            alert = await school.alert("k1")
            shown = [await anext(lines) for _ in range(3)]
        await school.inbox.settle(HERS, alert.id, "resolved")
        last = shown[0].removeprefix("id:")
        again = {**_bearer("teacher-hers"), "Last-Event-ID": last}
        async with client.stream("GET", "/api/v1/alerts/stream", headers=again) as stream:
            lines = stream.aiter_lines()
            resumed = [await anext(lines) for _ in range(7)]
        for _ in range(200):
            left = len(asyncio.all_tasks()) - quiet
            if left <= 0:
                break
            await asyncio.sleep(0.02)

    assert head[:2] == ["id:0", "event:watching"]
    assert shown[1] == "event:alert"
    assert '"what":"raised"' in shown[2]
    assert resumed[0] == f"id:{last}"
    assert '"status":"resolved"' in resumed[6]
    assert left <= 0
    assert school.pool.get_stats()["pool_available"] == school.pool.get_stats()["pool_size"]


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_a_time_without_a_zone_is_refused(school: School) -> None:
    with pytest.raises(Invalid, match="since"):
        await school.inbox.list_alerts(HERS, Wanted(since=datetime(2026, 9, 1)))  # noqa: DTZ001  that is the point
