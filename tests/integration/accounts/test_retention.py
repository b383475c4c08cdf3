"""What is too old goes, once a day, on one server; what is counted of many people stays."""

import asyncio
import os
from pathlib import Path

import pytest

from accounts.people import People
from accounts.privacy.registry import tables
from accounts.privacy.retention import LETTERS
from accounts.sign_in import SignIn
from core import db
from core.clock import FakeClock
from core.db import Pool
from core.settings import PrivacySettings
from tests.integration.accounts.conftest import MakePrivacy
from tests.integration.accounts.lives import Life, lead_a_life

_ALL = {table.keep_days: 1 for table in tables() if table.keep_days}
_NONE = dict.fromkeys(_ALL.keys() - {"export_days"}, 0)


@pytest.fixture
async def ada_life(pool: Pool, people: People, sign_in: SignIn, data_dir: Path) -> Life:
    return await lead_a_life(pool, people, sign_in, data_dir / "outbox", "ada")


async def count(pool: Pool, table: str) -> int:
    async with db.connection(pool) as conn:
        rows = await (await conn.execute(f"select 1 from {table}".encode())).fetchall()
    return len(rows)


async def test_what_is_too_old_goes_and_a_dry_run_tells_what_would(
    pool: Pool, clock: FakeClock, make_privacy: MakePrivacy, ada_life: Life
) -> None:
    clock.advance(90 * 86_400)
    privacy = make_privacy(**_ALL, letters_days=1)

    told = await privacy.retention.preview()
    untouched = await count(pool, "turns")
    await privacy.worker.schedule()
    await privacy.worker.run_due()

    assert untouched == 1
    assert told["turns"] == told["submissions"] == told["usage"] == told["exposures"] == told["export_parts"] == 1
    assert [
        name for name in ("turns", "submissions", "usage", "sign_ins", "export_parts") if await count(pool, name)
    ] == []
    assert await count(pool, "progress") == await count(pool, "users") == 1
    assert {name: n for name, n in (await privacy.retention.preview()).items() if n} == {}


async def test_nought_days_keep_it_for_ever(
    pool: Pool, clock: FakeClock, make_privacy: MakePrivacy, ada_life: Life
) -> None:
    clock.advance(9999 * 86_400)
    privacy = make_privacy(**_NONE, letters_days=0)

    await privacy.worker.schedule()
    await privacy.worker.run_due()

    assert await count(pool, "turns") == await count(pool, "submissions") == await count(pool, "usage") == 1


async def test_a_conversation_that_goes_on_keeps_what_is_young(
    pool: Pool, clock: FakeClock, make_privacy: MakePrivacy, ada_life: Life
) -> None:
    async with db.connection(pool) as conn:
        await conn.execute("update threads set active_turn = 'x', waiting = 1")
        await conn.execute("update turns set status = 'running'")
    clock.advance(9999 * 86_400)
    privacy = make_privacy(**_ALL)

    await privacy.worker.schedule()
    await privacy.worker.run_due()

    assert await count(pool, "threads") == await count(pool, "turns") == 1


async def test_old_letters_go(data_dir: Path, clock: FakeClock, make_privacy: MakePrivacy, ada_life: Life) -> None:
    old, young = data_dir / "outbox" / "ada.eml", data_dir / "outbox" / "young.eml"
    young.write_text("To: x@y.org\n\n")
    for path, age_days in ((old, 31), (young, 29)):
        at = clock.now().timestamp() - age_days * 86_400
        os.utime(path, (at, at))
    privacy = make_privacy(letters_days=30)

    told = await privacy.retention.preview()
    await privacy.worker.schedule()
    await privacy.worker.run_due()

    assert told[LETTERS] == 1
    assert [path.name for path in (data_dir / "outbox").iterdir()] == ["young.eml"]


async def test_it_runs_once_a_day_however_many_servers_there_are(
    pool: Pool, clock: FakeClock, make_privacy: MakePrivacy
) -> None:
    servers = [make_privacy(retention_hour=3) for _ in range(4)]

    async def look() -> int:
        async def one(server: object) -> int:
            await server.worker.schedule()  # type: ignore[attr-defined]
            return await server.worker.run_due()  # type: ignore[attr-defined, no-any-return]

        return sum(await asyncio.gather(*map(one, servers)))

    clock.advance(17.5 * 3600)  # half past two in the night
    early = await look()
    clock.advance(3600)

    assert (early, await look(), await look()) == (0, 1, 0)
    clock.advance(86_400)
    assert await look() == 1
    assert await count(pool, "privacy_jobs") == 2


async def test_it_can_be_turned_off(pool: Pool, make_privacy: MakePrivacy) -> None:
    privacy = make_privacy(retention=False)

    await privacy.worker.schedule()

    assert await count(pool, "privacy_jobs") == 0


async def _practise(pool: Pool, people: People, item: str, solved: list[bool]) -> list[str]:
    made = []
    for n, right in enumerate(solved):
        email = f"{item}{n}@school.org"
        await people.register(email=email, name="S", password="correct horse")
        person = await people.find(email)
        assert person is not None
        async with db.connection(pool) as conn:
            await conn.execute(
                "insert into submissions (student_id, key, kind, item, skills, correct, score, at, recorded_at, hints, answer,"
                " error, detail) values (%s, 'k', 'exercise', %s, '{}', %s, 1, '2026-08-10Z', '2026-08-10Z', 0, '', '', '{}')",
                (person.id, item, right),
            )
        made.append(person.id)
    return made


async def test_large_groups_are_counted_before_attempts_go_and_small_ones_are_not(
    pool: Pool, people: People, clock: FakeClock, make_privacy: MakePrivacy
) -> None:
    await _practise(pool, people, "large", 8 * [True] + 5 * [False])
    await _practise(pool, people, "easy", 9 * [True] + 1 * [False])
    await _practise(pool, people, "small", 4 * [True])
    privacy = make_privacy(group_min=5, attempts_days=1)

    await privacy.worker.schedule()
    await privacy.worker.run_due()

    async with db.connection(pool) as conn:
        found = await (await conn.execute("select item, students, solved from aggregates order by item")).fetchall()
    assert await count(pool, "submissions") == 0
    assert [tuple(row.values()) for row in found] == [("easy", 10, None), ("large", 15, 10)]


async def test_one_person_more_or_less_does_not_show_in_what_stays(
    pool: Pool, people: People, make_privacy: MakePrivacy
) -> None:
    gone, *_ = await _practise(pool, people, "large", 7 * [True] + 7 * [False])
    privacy = make_privacy(group_min=5, erase_grace_days=0)

    await privacy.rights.erase(gone, by="operator")  # type: ignore[arg-type]
    await privacy.worker.run_due()
    await privacy.worker.schedule()
    await privacy.worker.run_due()

    async with db.connection(pool) as conn:
        found = await (await conn.execute("select students, solved from aggregates")).fetchall()
    assert [tuple(row.values()) for row in found] == [(15, 5)]


async def test_who_withdrew_from_analytics_is_not_counted(
    pool: Pool, people: People, make_privacy: MakePrivacy
) -> None:
    ids = await _practise(pool, people, "large", 6 * [True])
    privacy = make_privacy(group_min=5)
    for user in ids[:2]:
        await privacy.consents.say(user, "analytics", False)  # type: ignore[arg-type]

    await privacy.worker.schedule()
    await privacy.worker.run_due()

    assert await count(pool, "aggregates") == 0


def test_every_rule_has_a_setting_that_tells_how_long() -> None:
    assert {name for name in PrivacySettings.model_fields if name.endswith("_days")} - _ALL.keys() == {
        "erase_grace_days", "backup_days", "guardian_days", "letters_days",
    }  # fmt: skip
