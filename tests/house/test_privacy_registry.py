"""Every table says how a person is found in it and what becomes of their rows: the registry beside the real schema."""

import pytest

from accounts.privacy.registry import Table, parse, tables
from core import db
from core.db import Pool
from core.errors import Invalid
from core.settings import PrivacySettings

_NAMES_OF_PEOPLE = {
    "user_id", "student_id", "teacher_id", "author_id", "reader_id", "owner_id", "actor", "assignee", "email", "parent_id",
    "guardian_id", "customer_id", "created_by", "resolved_by", "password_hash", "phone",
}  # fmt: skip

_COLUMNS = """
select c.table_name, c.column_name from information_schema.columns c
join information_schema.tables t using (table_schema, table_name)
where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
"""
_POINTING_AT_USERS = """
select k.conrelid::regclass::text as table_name, a.attname as column_name from pg_constraint k
join pg_attribute a on a.attrelid = k.conrelid and a.attnum = any(k.conkey)
where k.contype = 'f' and k.confrelid = 'users'::regclass
"""


@pytest.fixture
async def columns(pool: Pool) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in await _rows(pool, _COLUMNS):
        found.setdefault(str(row["table_name"]), set()).add(str(row["column_name"]))
    return found


async def _rows(pool: Pool, statement: str) -> list[dict[str, object]]:
    async with db.connection(pool) as conn:
        return await (await conn.execute(statement.encode())).fetchall()


def test_every_table_is_declared_and_every_declared_table_is_there(columns: dict[str, set[str]]) -> None:
    declared = {table.name for table in tables()}
    needed = {table.name for table in tables() if not table.optional}

    assert columns.keys() - declared == set(), "declare them in accounts/privacy/registry.toml"
    assert needed - columns.keys() == set()


async def test_every_column_that_points_at_a_person_is_declared(pool: Pool, columns: dict[str, set[str]]) -> None:
    by_name = {table.name: table for table in tables()}
    pointing = {(str(row["table_name"]), str(row["column_name"])) for row in await _rows(pool, _POINTING_AT_USERS)}
    called_so = {(name, column) for name, own in columns.items() for column in own & _NAMES_OF_PEOPLE}

    assert {(name, column) for name, column in pointing | called_so if not _speaks_of(by_name[name], column)} == set()


def test_every_declared_column_and_setting_exists(columns: dict[str, set[str]]) -> None:
    for table in tables():
        assert {*table.mentions, *table.addresses, *table.hide, *table.scrub} <= columns.get(
            table.name, {*table.hide}
        ), table.name
        assert not table.keep_days or table.keep_days in PrivacySettings.model_fields, table.name


async def test_every_condition_is_sound_sql(pool: Pool) -> None:
    params = {"id": "x", "email": "x", "audit_name": "x"}
    for table in tables():
        for condition, values in ((table.theirs, params), (table.old, {"before": "2026-01-01T00:00:00Z"})):
            if condition:
                async with db.connection(pool) as conn:
                    await conn.execute(f"select 1 from {table.name} where {condition}".encode(), values)


@pytest.mark.parametrize(
    ("declaration", "fault"),
    [
        ("", "`holds` is missing"),
        ("holds = 'x'\ntheirs = 'id = 1'", "belong together"),
        ("holds = 'x'\ntheirs = 'id = 1'\nerase = 'keep'", "reason"),
        ("holds = 'x'\ntheirs = 'id = 1'\nerase = 'perhaps'", "none of"),
        ("holds = 'x'\nkeep_days = 'turns_days'", "belong together"),
        ("holds = 'x'\nkeeps = 3", "there is no keeps"),
    ],
)
def test_a_declaration_that_is_not_whole_is_refused(declaration: str, fault: str) -> None:
    with pytest.raises(Invalid, match=fault):
        parse(f"[things]\n{declaration}")


def _speaks_of(table: Table, column: str) -> bool:
    named = (*table.mentions, *table.addresses, *table.hide, *table.theirs.split())
    return table.erase == "follows" or column in named
