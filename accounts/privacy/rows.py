"""Statements over whatever tables the registry declares, put together from its conditions and nothing else."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import DictRow
from psycopg.sql import SQL, Composed, Identifier, Literal

from accounts.privacy.registry import Table, tables
from core import db

Connection = AsyncConnection[DictRow]
Params = Mapping[str, Any]

_BATCH = 5000
ERASED = "erased"


async def present(conn: Connection) -> tuple[list[Table], Mapping[str, Sequence[str]]]:
    """The declared tables that this database has, and every table's columns in order."""
    found = await (await conn.execute(db.sql("accounts/privacy_columns"))).fetchall()
    columns = {row["table_name"]: row["columns"] for row in found}
    return [table for table in tables() if table.name in columns], columns


async def read(conn: Connection, table: Table, params: Params) -> AsyncIterator[dict[str, Any]]:
    """A person's rows as JSON values, without what is hidden, in the order in which they were written."""
    query = SQL("select to_jsonb(t) - {hidden}::text[] as row from {table} t where {theirs} order by ctid").format(
        hidden=Literal(list(table.hide)), table=Identifier(table.name), theirs=_condition(table.theirs)
    )
    async with conn.cursor() as cursor:
        await cursor.execute(query, params)
        while batch := await cursor.fetchmany(_BATCH):
            for row in batch:
                yield row["row"]


async def erase(conn: Connection, table: Table, params: Params) -> dict[str, int]:
    """What was done to a person's rows, and to others' rows that name them: how many of each."""
    name, done = Identifier(table.name), {}
    if table.erase == "delete":
        query = SQL("delete from {} where {}").format(name, _condition(table.theirs))
        done["deleted"] = (await conn.execute(query, params)).rowcount
    elif table.erase == "clear":
        query = SQL("update {} set {} where {}").format(name, _condition(table.set), _condition(table.theirs))
        done["cleared"] = (await conn.execute(query, params)).rowcount
    for query in _unnamings(table):
        done["unnamed"] = done.get("unnamed", 0) + (await conn.execute(query, params)).rowcount
    return {what: n for what, n in done.items() if n}


def _unnamings(table: Table) -> list[Composed]:
    name = Identifier(table.name)
    emptied = [
        SQL("update {} set {} = null where {} = %(id)s").format(name, column, column)
        for column in map(Identifier, table.mentions)
    ]
    blanked = [
        SQL("update {} set {} = '' where {} = %(email)s").format(name, column, column)
        for column in map(Identifier, table.addresses)
    ]
    scrubbed = [
        SQL(
            "update {} set {} = replace({}::text, %(id)s, {})::jsonb where strpos({}::text, %(id)s) > 0"
        ).format(name, column, column, Literal(ERASED), column)
        for column in map(Identifier, table.scrub)
    ]  # fmt: skip
    return emptied + blanked + scrubbed


async def count_old(conn: Connection, table: Table, params: Params) -> int:
    query = SQL("select count(*) as n from {} where {}").format(Identifier(table.name), _condition(table.old))
    return _n(await (await conn.execute(query, params)).fetchone())


async def delete_old(conn: Connection, table: Table, params: Params) -> int:
    """At most a batch of rows that are too old; call until it is 0, so that no transaction is long."""
    name = Identifier(table.name)
    query = SQL("delete from {} where ctid in (select ctid from {} where {} limit {} for update skip locked)").format(
        name, name, _condition(table.old), Literal(_BATCH)
    )
    return (await conn.execute(query, params)).rowcount


async def search(conn: Connection, name: str, words: Sequence[str]) -> int:
    """How many rows of a table hold any of the words in any column, whatever its type; bytes are looked through as bytes."""
    columns = await conn.execute(
        "select column_name, udt_name from information_schema.columns where table_schema = current_schema() and table_name = %s",
        (name,),
    )
    tests = [_holds(row["column_name"], row["udt_name"]) for row in await columns.fetchall()]
    query = SQL("select count(*) as n from {} where {}").format(Identifier(name), SQL(" or ").join(tests))
    like = {"words": list(words), "bytes": [word.encode() for word in words]}
    return _n(await (await conn.execute(query, like)).fetchone())


def _holds(column: str, kind: str) -> Composed:
    if kind == "bytea":
        test = "exists (select from unnest(%(bytes)s::bytea[]) w where position(w in {}) > 0)"
    elif kind == "_bytea":
        test = "exists (select from unnest(%(bytes)s::bytea[]) w, unnest({}) b where position(w in b) > 0)"
    else:
        test = "exists (select from unnest(%(words)s::text[]) w where strpos(lower({}::text), lower(w)) > 0)"
    return SQL(test).format(Identifier(column))


def _condition(text: str) -> SQL:
    """From registry.toml, which is ours."""
    return SQL(text)


def _n(row: DictRow | None) -> int:
    return int(row["n"]) if row else 0
