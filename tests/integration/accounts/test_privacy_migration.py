"""Rows that the audit log had before people got random names in it."""

import uuid

import psycopg
import pytest
from alembic import command
from alembic.config import Config

from accounts.audit import AuditLog
from core import db
from core.settings import DatabaseSettings


@pytest.fixture
def old_url(postgres_url: str) -> str:
    """A database as it was before."""
    name = f"old_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(postgres_url, autocommit=True) as conn:
        conn.execute(f'create database "{name}"')
    url = postgres_url.replace("/postgres?", f"/{name}?")
    config = Config()
    config.set_main_option("script_location", str(db._VERSIONS.parent))
    config.attributes["url"] = url
    command.upgrade(config, "0007")
    return url


async def test_earlier_rows_get_random_names_and_the_chain_still_holds(old_url: str) -> None:
    here, gone, school_class = (str(uuid.uuid4()) for _ in range(3))
    with psycopg.connect(old_url, autocommit=True) as conn:
        conn.execute("insert into users (id, email, name, role) values (%s, 'a@b.org', 'A', 'student')", (here,))
        conn.execute("insert into classes (id, name) values (%s, '7a')", (school_class,))
        for actor, subject in (("operator", here), (here, gone), (here, school_class), ("", gone)):
            facts = f'{{"of": "{subject}"}}'
            row = ("x", actor, subject, facts)
            conn.execute("insert into audit_log (at, kind, actor, subject, facts) values (now(), %s, %s, %s, %s)", row)

    await db.migrate(old_url)

    async with db.open_pool(old_url, DatabaseSettings(pool_min=1, pool_max=2)) as pool:
        log = AuditLog(pool)
        newest = await log.newest()
        async with db.connection(pool) as conn:
            rows = await (await conn.execute("select a::text as everything from audit_log a order by seq")).fetchall()
        assert (await log.verify()).faults == ()
    told = [row["everything"] for row in rows]
    assert not [line for line in told if here in line or gone in line]
    assert school_class in told[2]
    assert newest[0].kind == "audit.concealed"
    assert '"head": "4:' in newest[0].facts
    assert [entry.actor for entry in newest[1:]] == ["", here, here, "operator"]
    assert newest[1].subject == newest[3].subject
