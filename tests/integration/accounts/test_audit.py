"""The audit log tells who changed whose rights, and tells when somebody has changed it."""

import asyncio
import json

import psycopg
import pytest

from accounts.audit import AuditLog
from accounts.people import People, Person
from accounts.recovery import Recovery
from accounts.sign_in import GRACE_S, SignIn
from core import db
from core.clock import FakeClock
from core.db import Pool
from core.errors import Invalid, NotFound, RateLimited, Unauthenticated
from core.ports import Role
from tests.integration.accounts.conftest import PASSWORD, Mailbox


@pytest.fixture
def log(pool: Pool) -> AuditLog:
    return AuditLog(pool)


@pytest.fixture
async def five(people: People, ada: Person) -> None:
    """Five rows: Ada was added, then changed four times."""
    for role in (Role.TEACHER, Role.ADMIN, Role.STUDENT, Role.EVALUATOR):
        await people.set_role(ada.id, role, by="root")


async def tamper(pool: Pool, statement: str) -> None:
    """As a database administrator can, who turns triggers off."""
    async with db.transaction(pool) as conn:
        await conn.execute("set local session_replication_role = replica")
        await conn.execute(statement.encode())


async def kinds(log: AuditLog) -> list[str]:
    return [entry.kind for entry in reversed(await log.newest())]


async def test_changes_of_rights_tell_who_whom_and_what(log: AuditLog, people: People, ada: Person) -> None:
    class_ = await people.create_class("7a")
    await people.set_role(ada.id, Role.TEACHER, by="root")
    await people.enrol(class_.id, ada.id, by="root")
    await people.enrol(class_.id, ada.id, by="root")
    await people.set_role(ada.id, Role.STUDENT, by="root")
    await people.disable(ada.id, by="root")
    await people.delete(ada.id, by="root")

    entries = list(reversed(await log.newest()))

    assert [entry.kind for entry in entries] == [
        "people.added", "people.role", "class.joined", "people.role", "class.left", "people.disabled", "people.deleted",
    ]  # fmt: skip
    (name,) = {entry.subject for entry in entries}
    assert name.startswith("p")  # who is gone has only the random name that the log knew them by
    assert [entry.actor for entry in entries] == ["operator"] + 6 * ["root"]
    assert json.loads(entries[1].facts) == {"from": "student", "to": "teacher"}
    assert json.loads(entries[2].facts) == {"class": class_.id, "as": "teacher"}


async def test_what_is_tried_against_a_sign_in_is_told(
    log: AuditLog, sign_in: SignIn, recovery: Recovery, mailbox: Mailbox, clock: FakeClock, ada: Person
) -> None:
    tokens = await sign_in.login(email=ada.email, password=PASSWORD, address="192.0.2.1")
    await sign_in.refresh(tokens.refresh)
    clock.advance(GRACE_S + 1)
    with pytest.raises(Unauthenticated):
        await sign_in.refresh(tokens.refresh)
    for _ in range(12):
        with pytest.raises((Unauthenticated, RateLimited)):
            await sign_in.login(email=ada.email, password="wrong password", address="203.0.113.9")
    recovery.send_reset(ada.email)
    await recovery.reset(await mailbox.code(), "another password")

    assert await kinds(log) == [
        "people.added", "sign_in.reused", *9 * ["sign_in.failed"], "sign_in.slowed", "people.reset",
    ]  # fmt: skip


async def test_it_holds_no_name_no_address_and_no_secret(
    pool: Pool, people: People, sign_in: SignIn, recovery: Recovery, mailbox: Mailbox
) -> None:
    await people.register(email="canary@school.org", name="Canary", password="canary password")
    with pytest.raises(Unauthenticated):
        await sign_in.login(email="canary@school.org", password="canary passw0rd", address="203.0.113.99")
    with pytest.raises(Unauthenticated):
        await sign_in.login(email="canary2@school.org", password="canary passw0rd", address="203.0.113.99")
    recovery.send_reset("canary@school.org")

    async with db.connection(pool) as conn:
        rows = await (await conn.execute("select a::text as everything from audit_log a")).fetchall()
    told = "".join(row["everything"] for row in rows).lower()
    assert len(rows) == 3
    assert "canary" not in told
    assert "203.0.113" not in told


async def test_a_whole_log_is_found_whole(log: AuditLog, five: None) -> None:
    verdict = await log.verify()

    assert (verdict.rows, verdict.faults) == (5, ())


async def test_an_empty_log_is_whole(log: AuditLog) -> None:
    assert (await log.verify()).faults == ()


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("update audit_log set facts = replace(facts, 'admin', 'student') where seq = 3", "row 3 was changed"),
        ("update audit_log set actor = 'someone' where seq = 3", "row 3 was changed"),
        ("update audit_log set at = at + interval '1 microsecond' where seq = 3", "row 3 was changed"),
        ("update audit_log set kind = kind || subject, subject = '' where seq = 3", "row 3 was changed"),
        ("delete from audit_log where seq = 3", "row 3 is missing"),
        ("delete from audit_log where seq in (1, 2)", "rows 1 to 2 are missing"),
        ("delete from audit_log where seq = 5", "rows 5 to 5 are missing at the end"),
        ("delete from audit_log", "rows 1 to 5 are missing at the end"),
        ("delete from audit_head", "the head is not that of the last row"),
        ("insert into audit_log select 6, at, kind, actor, subject, facts, prior, hash from audit_log where seq = 5",
         "row 6 was changed"),
        ("insert into audit_log select 0, at, kind, actor, subject, facts, prior, hash from audit_log where seq = 5",
         "row 0 stands before the beginning"),
        ("update audit_log set hash = sha256('x') where seq = 4", "row 5 does not follow the row before it"),
    ],
)  # fmt: skip
async def test_a_changed_removed_or_inserted_row_is_found(
    log: AuditLog, pool: Pool, five: None, statement: str, fault: str
) -> None:
    await tamper(pool, statement)

    assert fault in (await log.verify()).faults


async def test_a_row_slipped_in_between_is_found(log: AuditLog, pool: Pool, five: None) -> None:
    await tamper(pool, "update audit_log set seq = seq + 1 where seq = 5")
    await tamper(pool, "update audit_log set seq = seq + 1 where seq = 4")
    await tamper(
        pool, "insert into audit_log select 4, at, 'x', actor, subject, facts, hash, hash from audit_log where seq = 3"
    )

    assert len((await log.verify()).faults) >= 2


REMAKE = """
do $$ declare r record; before bytea; begin
    for r in select * from audit_log where seq >= 3 order by seq loop
        select hash into before from audit_log where seq = r.seq - 1;
        update audit_log set prior = before, hash = sha256(before || convert_to(
            audit_field(r.seq::text) || audit_field((extract(epoch from r.at) * 1000000)::bigint::text)
            || audit_field(r.kind) || audit_field(r.actor) || audit_field(r.subject) || audit_field(r.facts), 'UTF8'))
        where seq = r.seq;
    end loop;
    update audit_head set seq = (select max(seq) from audit_log),
        hash = (select hash from audit_log order by seq desc limit 1);
end $$
"""


@pytest.mark.parametrize(
    "change", ["update audit_log set actor = 'x' where seq = 3", "delete from audit_log where seq > 3"]
)
async def test_a_chain_made_anew_is_found_by_who_noted_its_head(
    log: AuditLog, pool: Pool, five: None, change: str
) -> None:
    noted = (await log.verify()).head

    await tamper(pool, change)
    await tamper(pool, REMAKE)

    assert (await log.verify()).faults == ()
    assert len((await log.verify(noted=noted)).faults) == 1


async def test_a_noted_head_holds_while_the_log_grows(log: AuditLog, people: People, ada: Person, five: None) -> None:
    noted = (await log.verify()).head

    await people.set_role(ada.id, Role.STUDENT)

    assert (await log.verify(noted=noted)).faults == ()


@pytest.mark.parametrize("junk", ["x", "1", "1:abc", ":", "-1:" + "0" * 64])
async def test_what_is_no_head_is_refused(log: AuditLog, junk: str) -> None:
    with pytest.raises(Invalid):
        await log.verify(noted=junk)


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_log set actor = 'x'",
        "delete from audit_log",
        "truncate audit_log",
        "update audit_head set seq = 0",
        "delete from audit_head",
        "insert into audit_head (one, seq, hash) values (false, 1, '')",
        "truncate audit_head",
    ],
)
async def test_the_database_itself_refuses_changes(pool: Pool, five: None, statement: str) -> None:
    async with db.connection(pool) as conn:
        with pytest.raises(psycopg.Error):
            await conn.execute(statement.encode())


async def test_concurrent_writers_keep_one_chain(log: AuditLog, people: People, sign_in: SignIn, ada: Person) -> None:
    async def refused(place: int) -> None:
        with pytest.raises(Unauthenticated):
            await sign_in.login(email=f"no{place}@school.org", password="wrong password", address=f"198.51.100.{place}")

    roles = [people.set_role(ada.id, role) for role in [Role.TEACHER, Role.STUDENT] * 15]
    await asyncio.gather(*roles, *(refused(n) for n in range(30)))

    verdict = await log.verify()

    assert (verdict.rows, verdict.faults) == (61, ())


async def test_a_change_that_is_undone_leaves_no_row(log: AuditLog, pool: Pool, people: People, ada: Person) -> None:
    statement = db.sql("accounts/delete_person")
    async with db.transaction(pool) as conn:
        await conn.execute(statement, {"id": ada.id, "now": ada.created_at, "by": "root"})
        raise psycopg.Rollback
    await people.set_role(ada.id, Role.TEACHER)

    assert await kinds(log) == ["people.added", "people.role"]
    assert (await log.verify()).faults == ()


async def test_people_stand_in_it_under_random_names_and_are_shown_by_their_ids(
    pool: Pool, log: AuditLog, people: People, ada: Person
) -> None:
    bob = await people.add_user(email="bob@school.org", name="Bob", role=Role.ADMIN, password=PASSWORD)
    await people.set_role(ada.id, Role.TEACHER, by=bob.id)

    shown = (await log.newest())[0]

    assert (shown.actor, shown.subject) == (bob.id, ada.id)
    async with db.connection(pool) as conn:
        kept = await (await conn.execute("select a::text as everything from audit_log a")).fetchall()
    assert not [row for row in kept if ada.id in row["everything"] or bob.id in row["everything"]]


async def test_it_is_read_by_person_and_kind(log: AuditLog, people: People, ada: Person, five: None) -> None:
    bob = await people.add_user(email="bob@school.org", name="Bob", role=Role.STUDENT, password=PASSWORD)

    assert len(await log.newest(person=bob.id)) == 1
    assert len(await log.newest(kind="people.role")) == 4
    assert len(await log.newest(kind="people", limit=2)) == 2


async def test_changes_of_one_person_at_the_same_moment_all_succeed(
    log: AuditLog, people: People, sign_in: SignIn, ada: Person
) -> None:
    class_ = await people.create_class("7a")
    for _ in range(6):
        for _ in range(3):
            await sign_in.login(email=ada.email, password=PASSWORD, address="192.0.2.1")
        await people.set_role(ada.id, Role.TEACHER)
        await people.enrol(class_.id, ada.id)
        devices = await sign_in.devices(ada.id)

        results = await asyncio.gather(
            people.set_password(ada.id, PASSWORD),
            sign_in.logout_everywhere(ada.id),
            *(sign_in.end(ada.id, device.id) for device in devices),
            people.set_role(ada.id, Role.STUDENT),
            people.enrol(class_.id, ada.id),
            people.disable(ada.id),
            return_exceptions=True,
        )

        await people.enable(ada.id)
        assert [error for error in results if error is not None and isinstance(error, Exception)
                and not isinstance(error, NotFound)] == []  # fmt: skip
    assert (await log.verify()).faults == ()


async def test_deleting_a_person_whose_devices_are_ended_at_the_same_moment_succeeds(
    log: AuditLog, people: People, sign_in: SignIn
) -> None:
    for n in range(4):
        email = f"p{n}@school.org"
        person = await people.add_user(email=email, name="P", role=Role.STUDENT, password=PASSWORD)
        for _ in range(5):
            await sign_in.login(email=email, password=PASSWORD, address="192.0.2.1")
        devices = await sign_in.devices(person.id)

        ends = [sign_in.end(person.id, device.id) for device in devices]
        results = await asyncio.gather(people.delete(person.id), *ends, return_exceptions=True)

        assert {type(result) for result in results} <= {type(None), NotFound}
        assert await people.find(email) is None
    assert (await log.verify()).faults == ()
