"""What a person gets when they ask for everything."""

import asyncio
import csv
import io
import json
import zipfile
from pathlib import Path

import pytest

from accounts.people import People
from accounts.privacy.open import Privacy
from accounts.privacy.registry import tables
from accounts.sign_in import SignIn
from core import db
from core.clock import FakeClock
from core.db import Pool
from core.errors import Conflict, NotFound, RateLimited
from core.ports import UserId
from tests.integration.accounts.conftest import MakePrivacy
from tests.integration.accounts.lives import Life, lead_a_life


@pytest.fixture
async def ada_life(pool: Pool, people: People, sign_in: SignIn, data_dir: Path) -> Life:
    return await lead_a_life(pool, people, sign_in, data_dir / "outbox", "ada")


async def fetch(privacy: Privacy, user: UserId, job_id: str) -> zipfile.ZipFile:
    link = await privacy.rights.link(user, job_id)
    return zipfile.ZipFile(io.BytesIO(b"".join([part async for part in await privacy.rights.download(link.token)])))


async def test_an_export_holds_every_table_twice_and_explains_each(make_privacy: MakePrivacy, ada_life: Life) -> None:
    privacy, user = make_privacy(), ada_life.person.id
    job = await privacy.rights.ask_export(user)
    await privacy.worker.run_due()

    archive = await fetch(privacy, user, job.id)

    names = {table.name for table in tables() if table.theirs}
    readme = archive.read("README.md").decode()
    assert set(archive.namelist()) == {f"{n}.{kind}" for n in names for kind in ("json", "csv")} | {"README.md"}
    assert [table.name for table in tables() if table.theirs and f"| {table.name} | " not in readme] == []
    assert [name for name in names if not json.loads(archive.read(f"{name}.json"))] == []
    assert json.loads(archive.read("turns.json"))[0]["ask"] == {"message": ada_life.canary}
    assert json.loads(archive.read("users.json"))[0]["email"] == "ada@school.org"
    (row,) = csv.DictReader(io.StringIO(archive.read("submissions.csv").decode()))
    assert row["answer"] == ada_life.canary
    assert {entry["kind"] for entry in json.loads(archive.read("audit_log.json"))} >= {"people.added"}


async def test_no_secret_and_nobody_else_is_in_it(
    pool: Pool, people: People, sign_in: SignIn, data_dir: Path, make_privacy: MakePrivacy, ada_life: Life
) -> None:
    bob = await lead_a_life(pool, people, sign_in, data_dir / "outbox", "bob")
    privacy = make_privacy()
    job = await privacy.rights.ask_export(ada_life.person.id)
    await privacy.worker.run_due()

    archive = await fetch(privacy, ada_life.person.id, job.id)

    whole = "".join(archive.read(name).decode() for name in archive.namelist())
    assert [word for word in [*bob.words, "argon2", 'token_hash"', 'password_hash"'] if word in whole] == []


async def test_a_formula_in_a_table_is_text_for_a_spreadsheet(
    pool: Pool, make_privacy: MakePrivacy, ada_life: Life
) -> None:
    async with db.connection(pool) as conn:
        await conn.execute("update threads set title = '=HYPERLINK(1)'")
    privacy = make_privacy()
    job = await privacy.rights.ask_export(ada_life.person.id)
    await privacy.worker.run_due()

    archive = await fetch(privacy, ada_life.person.id, job.id)

    assert next(csv.DictReader(io.StringIO(archive.read("threads.csv").decode())))["title"] == "'=HYPERLINK(1)"


async def test_a_link_is_good_once_even_for_many_at_the_same_moment(make_privacy: MakePrivacy, ada_life: Life) -> None:
    privacy, user = make_privacy(), ada_life.person.id
    job = await privacy.rights.ask_export(user)
    with pytest.raises(Conflict):
        await privacy.rights.link(user, job.id)
    await privacy.worker.run_due()
    void = await privacy.rights.link(user, job.id)
    link = await privacy.rights.link(user, job.id)

    results = await asyncio.gather(*(privacy.rights.download(link.token) for _ in range(6)), return_exceptions=True)

    assert sum(isinstance(result, NotFound) for result in results) == 5
    with pytest.raises(NotFound):
        await privacy.rights.download(void.token)


async def test_a_link_and_an_export_run_out(
    pool: Pool, clock: FakeClock, make_privacy: MakePrivacy, ada_life: Life
) -> None:
    privacy, user = make_privacy(link_minutes=30, export_days=3, retention_hour=0), ada_life.person.id
    job = await privacy.rights.ask_export(user)
    await privacy.worker.run_due()
    link = await privacy.rights.link(user, job.id)

    clock.advance(30 * 60)
    with pytest.raises(NotFound):
        await privacy.rights.download(link.token)
    clock.advance(4 * 86_400)
    await privacy.worker.schedule()
    await privacy.worker.run_due()

    with pytest.raises(Conflict):
        await privacy.rights.link(user, job.id)
    async with db.connection(pool) as conn:
        assert await (await conn.execute("select 1 from export_parts")).fetchall() == []


async def test_somebody_elses_export_is_not_found(make_privacy: MakePrivacy, ada_life: Life) -> None:
    privacy = make_privacy()
    job = await privacy.rights.ask_export(ada_life.person.id)

    for ask in (privacy.rights.export, privacy.rights.link):
        with pytest.raises(NotFound):
            await ask(UserId("bob"), job.id)


async def test_asking_twice_gives_the_one_that_is_made_and_a_day_has_a_bound(
    make_privacy: MakePrivacy, ada_life: Life
) -> None:
    privacy, user = make_privacy(exports_per_day=2), ada_life.person.id

    first, again = [await privacy.rights.ask_export(user) for _ in range(2)]
    await privacy.worker.run_due()
    await privacy.rights.ask_export(user)
    await privacy.worker.run_due()

    assert first.id == again.id
    with pytest.raises(RateLimited):
        await privacy.rights.ask_export(user)


async def test_an_export_whose_process_died_is_made_by_another(
    clock: FakeClock, make_privacy: MakePrivacy, ada_life: Life
) -> None:
    privacy, dead = make_privacy(), make_privacy()
    job = await privacy.rights.ask_export(ada_life.person.id)
    await dead.jobs.claim()
    await dead.jobs.save((await dead.jobs.get(job.id)), step="turns", done=3, total=30)
    seen = await privacy.rights.export(ada_life.person.id, job.id)

    clock.advance(60)
    await privacy.worker.run_due()

    assert (seen.status, seen.step, seen.done) == ("running", "turns", 3)
    assert (await privacy.rights.export(ada_life.person.id, job.id)).status == "done"


async def test_a_large_export_comes_in_pieces(pool: Pool, make_privacy: MakePrivacy, ada_life: Life) -> None:
    async with db.connection(pool) as conn:
        for _ in range(40):  # random, so that it does not shrink
            await conn.execute(
                "insert into event_log (kind, student_id, facts) select 'x', %s, jsonb_build_object('w', string_agg(md5(random()::text), ''))"
                " from generate_series(1, 2500)", (ada_life.person.id,),
            )  # fmt: skip
    privacy = make_privacy()
    job = await privacy.rights.ask_export(ada_life.person.id)
    await privacy.worker.run_due()
    link = await privacy.rights.link(ada_life.person.id, job.id)

    parts = [part async for part in await privacy.rights.download(link.token)]

    assert len(parts) > 1
    assert len(json.loads(zipfile.ZipFile(io.BytesIO(b"".join(parts))).read("event_log.json"))) >= 40
