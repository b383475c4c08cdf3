"""Access tokens that stop before they run out, in every process, whoever stopped them."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest

from accounts.keys import Key
from accounts.passwords import Passwords
from accounts.people import People, Person
from accounts.sign_in import SignIn, Tokens
from accounts.stopped import Stopped, watch_stopped
from core.clock import FakeClock
from core.db import Pool
from core.errors import Unauthenticated
from core.ports import Role
from core.settings import AccountSettings
from tests.integration.accounts.conftest import PASSWORD


@pytest.fixture
async def sign_in(pool: Pool, database_url: str, clock: FakeClock, passwords: Passwords) -> AsyncIterator[SignIn]:
    stopped = Stopped()
    async with watch_stopped(database_url, pool, stopped, life_s=1000):
        key = Key(b"k" * 32)
        yield SignIn(pool, clock, AccountSettings(), key=key, passwords=passwords, stopped=stopped)


async def login(sign_in: SignIn) -> Tokens:
    return await sign_in.login(email="ada@school.org", password=PASSWORD, address="1.2.3.4")


async def refused(sign_in: SignIn, access: str, *, after: str = "") -> str:
    """The reason, as soon as there is one, or another than the one before."""
    for _ in range(200):
        try:
            sign_in.verify(access)
        except Unauthenticated as error:
            if error.facts["reason"] != after:
                return str(error.facts["reason"])
        await asyncio.sleep(0.01)
    raise AssertionError("the token is still good")


async def test_a_disabled_persons_tokens_stop_at_once_and_stay_stopped(
    sign_in: SignIn, people: People, ada: Person
) -> None:
    tokens = await login(sign_in)
    sign_in.verify(tokens.access)

    await people.disable(ada.id)
    assert await refused(sign_in, tokens.access) == "disabled"
    await people.enable(ada.id)
    assert await refused(sign_in, tokens.access, after="disabled") == "ended"
    assert sign_in.verify((await login(sign_in)).access).id == ada.id


async def test_a_changed_role_stops_tokens_that_tell_the_old_one(sign_in: SignIn, people: People, ada: Person) -> None:
    tokens = await login(sign_in)

    await people.set_role(ada.id, Role.TEACHER)

    assert await refused(sign_in, tokens.access) == "role"
    assert sign_in.verify((await sign_in.refresh(tokens.refresh)).access).role is Role.TEACHER


async def test_an_erased_persons_tokens_stop(sign_in: SignIn, people: People, ada: Person) -> None:
    tokens = await login(sign_in)

    await people.delete(ada.id)

    assert await refused(sign_in, tokens.access) == "disabled"


async def test_a_signed_out_device_stops_and_the_others_go_on(sign_in: SignIn, ada: Person) -> None:
    phone, laptop = await login(sign_in), await login(sign_in)

    await sign_in.end(ada.id, phone.principal.sign_in)

    assert await refused(sign_in, phone.access) == "ended"
    sign_in.verify(laptop.access)


async def test_a_process_that_starts_later_knows_too(
    sign_in: SignIn, people: People, ada: Person, pool: Pool, database_url: str
) -> None:
    tokens = await login(sign_in)
    await people.disable(ada.id)

    late = Stopped()
    async with watch_stopped(database_url, pool, late, life_s=1000):
        with pytest.raises(Unauthenticated):
            late.check(tokens.principal)


async def test_what_happened_while_the_line_was_dead_is_read_afterwards(
    sign_in: SignIn, people: People, ada: Person, database_url: str
) -> None:
    tokens = await login(sign_in)
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen stopped' or query like 'LISTEN%'")  # fmt: skip
    await people.disable(ada.id)

    assert await refused(sign_in, tokens.access) in ("disabled", "ended")


@pytest.mark.parametrize("many", [3000])
async def test_what_tokens_have_outlived_is_forgotten(many: int, pool: Pool, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("insert into stopped (what, id, at) select 'sign_in', n::text, now() - interval '1 hour' from generate_series(1, %s) n", (many,))  # fmt: skip
        async with watch_stopped(database_url, pool, Stopped(), life_s=1000):
            pass
        assert conn.execute("select count(*) from stopped").fetchone() == (0,)
