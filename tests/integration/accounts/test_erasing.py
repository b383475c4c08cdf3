"""Who is erased is gone from everywhere, and what stays names nobody."""

import asyncio
from pathlib import Path

import pytest

from accounts.audit import AuditLog
from accounts.people import People
from accounts.privacy.backups import id_hash, read_erased
from accounts.privacy.finding import find
from accounts.privacy.registry import tables
from accounts.sign_in import SignIn
from core import db
from core.clock import FakeClock
from core.db import Pool
from core.errors import Conflict, Forbidden, NotFound, Unauthenticated
from core.ports import Principal, Role
from tests.integration.accounts.conftest import PASSWORD, MakePrivacy
from tests.integration.accounts.lives import Life, lead_a_life

DAY_S = 86_400


@pytest.fixture
async def ada_life(pool: Pool, people: People, sign_in: SignIn, data_dir: Path) -> Life:
    return await lead_a_life(pool, people, sign_in, data_dir / "outbox", "ada")


@pytest.fixture
async def bob_life(pool: Pool, people: People, sign_in: SignIn, data_dir: Path) -> Life:
    return await lead_a_life(pool, people, sign_in, data_dir / "outbox", "bob")


def asking(life: Life) -> Principal:
    return life.person.as_principal()


async def rows(pool: Pool, statement: str) -> list[dict[str, object]]:
    async with db.connection(pool) as conn:
        return await (await conn.execute(statement.encode())).fetchall()


async def test_a_life_leaves_traces_in_every_table_about_people(pool: Pool, data_dir: Path, ada_life: Life) -> None:
    found = await find(pool, data_dir, ada_life.words)

    unnamed = {"refresh_tokens", "audit_log"}  # a hash, and a random name
    assert {table.name for table in tables() if table.theirs} - found.keys() == unnamed
    assert "outbox/ada.eml" in found


async def test_an_erased_person_is_nowhere(
    pool: Pool, data_dir: Path, make_privacy: MakePrivacy, ada_life: Life, bob_life: Life
) -> None:
    privacy, bobs = make_privacy(erase_grace_days=0), await find(pool, data_dir, bob_life.words)

    asked = await privacy.rights.ask_erasure(asking(ada_life), PASSWORD)
    await privacy.worker.run_due()

    assert await find(pool, data_dir, ada_life.words) == {}
    assert await find(pool, data_dir, bob_life.words) == bobs
    assert (await AuditLog(pool).verify()).faults == ()
    assert (await privacy.rights.receipt(asked.receipt)).status == "done"


async def test_the_receipt_tells_of_every_table_and_of_nobody(
    pool: Pool, make_privacy: MakePrivacy, ada_life: Life
) -> None:
    privacy = make_privacy(erase_grace_days=0)
    asked = await privacy.rights.ask_erasure(asking(ada_life), PASSWORD)
    await privacy.worker.run_due()

    receipt = (await privacy.rights.receipt(asked.receipt)).result

    assert receipt["tables"].keys() == {table.name for table in tables() if table.theirs}
    untold = {name for name, line in receipt["tables"].items() if not line.keys() & {"deleted", "cleared", "kept"}}
    assert untold == {"mail_tokens"}  # codes went when the account was closed
    assert receipt["tables"]["turns"]["deleted"] == 1
    assert receipt["letters_deleted"] == 1
    assert receipt["files_to_look_at"] == []
    assert "2026-10-06" in receipt["backups"]
    assert [word for word in ada_life.words if word in str(receipt)] == []


async def test_a_wrong_password_erases_nothing(pool: Pool, make_privacy: MakePrivacy, ada_life: Life) -> None:
    privacy = make_privacy(erase_grace_days=0)

    with pytest.raises(Unauthenticated):
        await privacy.rights.ask_erasure(asking(ada_life), "another password")
    await privacy.worker.run_due()

    assert await rows(pool, "select 1 as one from users") != []


async def test_within_the_days_of_grace_it_is_called_off(
    pool: Pool, clock: FakeClock, make_privacy: MakePrivacy, sign_in: SignIn, ada_life: Life
) -> None:
    privacy = make_privacy(erase_grace_days=7)
    asked = await privacy.rights.ask_erasure(asking(ada_life), PASSWORD)
    with pytest.raises(Conflict):
        await privacy.rights.ask_erasure(asking(ada_life), PASSWORD)
    clock.advance(6 * DAY_S)
    await privacy.worker.run_due()
    await sign_in.login(email=ada_life.person.email, password=PASSWORD, address="192.0.2.1")

    await privacy.rights.cancel(ada_life.person.id, asked.job.id)
    clock.advance(30 * DAY_S)
    await privacy.worker.run_due()

    assert (await privacy.rights.receipt(asked.receipt)).status == "cancelled"
    assert len(await rows(pool, "select 1 as one from turns")) == 1
    with pytest.raises(NotFound):
        await privacy.rights.cancel(ada_life.person.id, asked.job.id)


async def test_after_the_days_of_grace_it_happens(
    pool: Pool, clock: FakeClock, make_privacy: MakePrivacy, ada_life: Life
) -> None:
    privacy = make_privacy(erase_grace_days=7)
    await privacy.rights.ask_erasure(asking(ada_life), PASSWORD)

    clock.advance(7 * DAY_S)
    await privacy.worker.run_due()

    assert await rows(pool, "select 1 as one from users") == []


@pytest.mark.parametrize("dies_before", range(0, 30, 3))
async def test_an_erasure_that_was_broken_off_is_gone_on_with_and_counts_nothing_twice(
    pool: Pool, clock: FakeClock, data_dir: Path, make_privacy: MakePrivacy, ada_life: Life, dies_before: int
) -> None:
    privacy = make_privacy(erase_grace_days=0)
    asked = await privacy.rights.ask_erasure(asking(ada_life), PASSWORD)
    dying = make_privacy(erase_grace_days=0)
    saving, saved = dying.jobs.save, 0

    async def save(*args: object, **values: object) -> None:
        nonlocal saved
        saved += 1
        if saved > dies_before:
            raise asyncio.CancelledError
        await saving(*args, **values)  # type: ignore[arg-type]

    dying.jobs.save = save  # type: ignore[method-assign]
    with pytest.raises(asyncio.CancelledError):
        await dying.worker.run_due()
    assert await privacy.worker.run_due() == 0  # the dead one's lease still holds
    clock.advance(60)
    await privacy.worker.run_due()

    receipt = await privacy.rights.receipt(asked.receipt)
    assert receipt.status == "done"
    assert await find(pool, data_dir, ada_life.words) == {}
    assert {receipt.result["tables"][name]["deleted"] for name in ("turns", "store", "submissions", "consents")} == {1}


async def test_two_servers_erase_once(pool: Pool, make_privacy: MakePrivacy, ada_life: Life) -> None:
    servers = [make_privacy(erase_grace_days=0) for _ in range(3)]
    await servers[0].rights.ask_erasure(asking(ada_life), PASSWORD)

    taken = await asyncio.gather(*(server.worker.run_due() for server in servers))

    assert sorted(taken) == [0, 0, 1]


async def test_what_a_running_turn_writes_late_does_not_stay(
    pool: Pool, data_dir: Path, make_privacy: MakePrivacy, ada_life: Life
) -> None:
    privacy = make_privacy(erase_grace_days=0)
    await privacy.rights.ask_erasure(asking(ada_life), PASSWORD)
    await privacy.worker.run_due()

    async with db.connection(pool) as conn:
        note = (f"memories.{ada_life.person.id}", "late", '{"content": "canary of ada"}')
        await conn.execute("insert into store (prefix, key, value) values (%s, %s, %s)", note)
        await conn.execute(
            "insert into audit_log (at, kind, actor, subject) values (now(), 'late', %s, %s)", 2 * [ada_life.person.id]
        )

    assert await find(pool, data_dir, ada_life.words) == {}
    assert (await AuditLog(pool).verify()).faults == ()


async def test_a_teacher_who_is_erased_leaves_their_students_records_without_their_name(
    pool: Pool, people: People, sign_in: SignIn, data_dir: Path, make_privacy: MakePrivacy, ada_life: Life
) -> None:
    tina = await lead_a_life(pool, people, sign_in, data_dir / "outbox", "tina", Role.TEACHER)
    values = {"tina": tina.person.id, "ada": ada_life.person.id}
    async with db.transaction(pool) as conn:
        for statement in (
            "update alerts set assignee = %(tina)s, status = 'resolved', resolved_by = %(tina)s where student_id = %(ada)s",
            "insert into alert_notes (alert_id, author_id, words, at) values ('al-' || %(ada)s, %(tina)s, 'called', now())",
            "insert into event_log (kind, student_id, facts) values ('x', %(ada)s, jsonb_build_object('by', %(tina)s::text))",
            "update student_reads set reader_id = %(tina)s where student_id = %(ada)s",
        ):
            await conn.execute(statement.encode(), values)
    privacy = make_privacy(erase_grace_days=0)

    await privacy.rights.ask_erasure(asking(tina), PASSWORD)
    await privacy.worker.run_due()

    assert await find(pool, data_dir, tina.words) == {}
    assert await rows(pool, "select words from alert_notes where words = 'called'") != []
    assert await rows(pool, "select facts ->> 'by' as by from event_log where facts ? 'by'") == [{"by": "erased"}]


async def test_the_audit_log_tells_what_happened_and_no_more_to_whom(
    pool: Pool, people: People, make_privacy: MakePrivacy, ada_life: Life
) -> None:
    log, privacy = AuditLog(pool), make_privacy(erase_grace_days=0)
    before = await log.newest(person=ada_life.person.id)
    head = (await log.verify()).head

    await privacy.rights.ask_erasure(asking(ada_life), PASSWORD)
    await privacy.worker.run_due()

    kinds = [entry.kind for entry in await log.newest()]
    assert {entry.subject for entry in before} == {ada_life.person.id}
    assert await log.newest(person=ada_life.person.id) == []
    assert kinds[:3] == ["people.deleted", "people.disabled", "privacy.erase_asked"]
    assert (await log.verify(noted=head)).faults == ()


async def test_a_restored_backup_can_be_told_whom_to_erase_again(
    data_dir: Path, make_privacy: MakePrivacy, ada_life: Life, bob_life: Life
) -> None:
    privacy = make_privacy(erase_grace_days=0)
    await privacy.rights.ask_erasure(asking(ada_life), PASSWORD)

    await privacy.worker.run_due()

    assert read_erased(data_dir) == {id_hash(ada_life.person.id)}


def _write(path: Path, content: str) -> None:
    path.write_text(content)


async def test_a_guardian_who_is_erased_frees_nobody_and_is_nowhere(
    pool: Pool, data_dir: Path, make_privacy: MakePrivacy, ada_life: Life, bob_life: Life
) -> None:
    async with db.connection(pool) as conn:
        changed = (ada_life.person.email, bob_life.person.id)
        await conn.execute("update guardians set email = %s, confirmed_at = null where user_id = %s", changed)
    privacy = make_privacy(erase_grace_days=0, age_gate=13)
    await privacy.rights.ask_erasure(asking(ada_life), PASSWORD)

    await privacy.worker.run_due()

    assert await privacy.guardians.limited(bob_life.person.id)
    assert await find(pool, data_dir, ada_life.words) == {}


async def test_a_file_that_still_names_them_is_told(data_dir: Path, make_privacy: MakePrivacy, ada_life: Life) -> None:
    _write(data_dir / f"{ada_life.person.email}.txt", f"ask {ada_life.person.email} about it")
    privacy = make_privacy(erase_grace_days=0)
    asked = await privacy.rights.ask_erasure(asking(ada_life), PASSWORD)

    await privacy.worker.run_due()

    assert (await privacy.rights.receipt(asked.receipt)).result["files_to_look_at"] == ["[them].txt"]


async def test_an_erasure_that_fails_is_tried_again(
    pool: Pool, clock: FakeClock, make_privacy: MakePrivacy, ada_life: Life
) -> None:
    privacy = make_privacy(erase_grace_days=0)
    asked = await privacy.rights.ask_erasure(asking(ada_life), PASSWORD)
    async with db.connection(pool) as conn:
        await conn.execute("create table holding (user_id text references users)")
        await conn.execute("insert into holding values (%s)", (ada_life.person.id,))

    await privacy.worker.run_due()
    failed = await privacy.rights.receipt(asked.receipt)
    async with db.connection(pool) as conn:
        await conn.execute("drop table holding")
    clock.advance(3600)
    await privacy.worker.run_due()

    assert failed.status == "waiting"
    assert (await privacy.rights.receipt(asked.receipt)).status == "done"


async def test_an_account_without_a_password_is_told_how_to_get_one(
    pool: Pool, make_privacy: MakePrivacy, ada_life: Life
) -> None:
    async with db.connection(pool) as conn:
        await conn.execute("update users set password_hash = null")

    with pytest.raises(Forbidden, match="password/forgot"):
        await make_privacy().rights.ask_erasure(asking(ada_life), PASSWORD)
