"""Signing in, staying signed in, and what happens to a thief."""

import asyncio
import io
from collections.abc import Awaitable

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from accounts.keys import Key
from accounts.passwords import Cost, Passwords
from accounts.people import People, Person
from accounts.sign_in import GRACE_S, SignIn, Tokens
from core import db
from core.clock import FakeClock
from core.db import Pool
from core.errors import RateLimited, Unauthenticated
from core.log import open_logging
from core.ports import Role
from core.settings import AccountSettings, TelemetrySettings
from core.telemetry import open_telemetry

PASSWORD = "correct horse"
HERE = "192.0.2.1"


async def refusal(act: Awaitable[object]) -> tuple[str, str]:
    with pytest.raises(Unauthenticated) as refused:
        await act
    return str(refused.value), refused.value.facts["reason"]


async def login(sign_in: SignIn) -> Tokens:
    return await sign_in.login(email="ada@school.org", password=PASSWORD, address=HERE)


async def test_a_sign_in_proves_who_it_is(sign_in: SignIn, ada: Person) -> None:
    tokens = await sign_in.login(email=" ADA@school.org ", password=PASSWORD, address=HERE)

    assert sign_in.verify(tokens.access) == ada.as_principal()
    assert tokens.expires_in_s == 900


async def test_unknown_wrong_and_disabled_look_alike(sign_in: SignIn, people: People, ada: Person) -> None:
    wrong = await refusal(sign_in.login(email=ada.email, password="wrong password", address=HERE))
    unknown = await refusal(sign_in.login(email="no@school.org", password=PASSWORD, address=HERE))
    junk = await refusal(sign_in.login(email="\0\ud800", password="\ud800" * 10, address=HERE))
    await people.disable(ada.id)
    disabled = await refusal(sign_in.login(email=ada.email, password=PASSWORD, address=HERE))

    assert wrong == unknown == junk == disabled


async def test_unknown_wrong_and_disabled_take_the_same_work(
    pool: Pool, clock: FakeClock, people: People, ada: Person
) -> None:
    checked: list[bool] = []

    class Counting(Passwords):
        async def verify(self, password: str, known: str | None) -> tuple[bool, str | None]:
            checked.append(known is not None)
            return await super().verify(password, known)

    counting = Counting(hashes_at_once=2, cost=Cost(1, 8, 1))
    sign_in = SignIn(pool, clock, AccountSettings(), key=Key(b"k" * 32), passwords=counting)
    await refusal(sign_in.login(email=ada.email, password="wrong password", address=HERE))
    await refusal(sign_in.login(email="no@school.org", password=PASSWORD, address=HERE))
    await people.disable(ada.id)
    await refusal(sign_in.login(email=ada.email, password=PASSWORD, address=HERE))

    assert checked == [True, False, True]


async def test_an_account_disabled_while_its_password_is_checked_gets_no_sign_in(
    pool: Pool, clock: FakeClock, people: People, ada: Person
) -> None:
    class Slow(Passwords):
        async def verify(self, password: str, known: str | None) -> tuple[bool, str | None]:
            await people.disable(ada.id)
            return await super().verify(password, known)

    slow = Slow(hashes_at_once=2, cost=Cost(1, 8, 1))
    sign_in = SignIn(pool, clock, AccountSettings(), key=Key(b"k" * 32), passwords=slow)

    assert (await refusal(login(sign_in)))[1] == "credentials"


async def test_neither_token_is_kept_in_the_database(pool: Pool, sign_in: SignIn, ada: Person) -> None:
    tokens = await login(sign_in)

    async with db.connection(pool) as conn:
        found = await (
            await conn.execute("select t::text || s::text as everything from refresh_tokens t, sign_ins s")
        ).fetchall()
    assert len(found) == 1
    assert tokens.refresh not in found[0]["everything"]
    assert tokens.refresh not in repr(tokens)
    assert tokens.access not in repr(tokens)


async def test_refreshing_goes_on_for_as_long_as_it_is_used(sign_in: SignIn, clock: FakeClock, ada: Person) -> None:
    tokens = await login(sign_in)
    seen = {tokens.refresh}

    for _ in range(5):
        clock.advance(20 * 86_400)
        tokens = await sign_in.refresh(tokens.refresh)
        assert sign_in.verify(tokens.access) == ada.as_principal()
        seen.add(tokens.refresh)

    assert len(seen) == 6


async def test_a_sign_in_that_is_not_used_runs_out(sign_in: SignIn, clock: FakeClock, ada: Person) -> None:
    tokens = await login(sign_in)

    clock.advance(30 * 86_400)

    assert (await refusal(sign_in.refresh(tokens.refresh)))[1] == "expired"


async def test_a_refresh_tells_todays_role_and_name(sign_in: SignIn, people: People, ada: Person) -> None:
    tokens = await login(sign_in)
    await people.set_role(ada.id, Role.TEACHER)

    assert (await sign_in.refresh(tokens.refresh)).principal.role is Role.TEACHER


async def test_a_replayed_token_ends_the_whole_sign_in(
    sign_in: SignIn, pool: Pool, clock: FakeClock, ada: Person
) -> None:
    stolen = await login(sign_in)
    other_device = await login(sign_in)
    thief = await sign_in.refresh(stolen.refresh)
    clock.advance(GRACE_S + 1)

    assert (await refusal(sign_in.refresh(stolen.refresh)))[1] == "reused"

    assert (await refusal(sign_in.refresh(thief.refresh)))[1] == "revoked"
    assert await sign_in.refresh(other_device.refresh)
    async with db.connection(pool) as conn:
        events = await (await conn.execute("select kind, student_id from event_log")).fetchall()
    assert events == [{"kind": "sign_in.reused", "student_id": ada.id}]


async def test_an_old_token_replayed_at_once_gives_no_second_branch(
    sign_in: SignIn, clock: FakeClock, ada: Person
) -> None:
    first = await login(sign_in)
    second = await sign_in.refresh(first.refresh)

    again = await sign_in.refresh(first.refresh)

    assert again.refresh == second.refresh
    clock.advance(GRACE_S + 1)
    await sign_in.refresh(second.refresh)  # whoever comes first goes on ...
    clock.advance(GRACE_S + 1)
    assert (await refusal(sign_in.refresh(again.refresh)))[1] == "reused"  # ... and the other ends it for both


async def test_tabs_that_refresh_at_the_same_moment_all_go_on(sign_in: SignIn, clock: FakeClock, ada: Person) -> None:
    tokens = await login(sign_in)

    pairs = await asyncio.gather(*(sign_in.refresh(tokens.refresh) for _ in range(8)))

    assert len({pair.refresh for pair in pairs}) == 1
    clock.advance(60)
    assert await sign_in.refresh(pairs[0].refresh)


async def test_a_rotation_during_a_theft_alarm_does_not_survive_it(
    sign_in: SignIn, clock: FakeClock, ada: Person
) -> None:
    old = await login(sign_in)
    newer = await sign_in.refresh(old.refresh)
    clock.advance(GRACE_S + 1)

    results = await asyncio.gather(sign_in.refresh(old.refresh), sign_in.refresh(newer.refresh), return_exceptions=True)

    assert isinstance(results[0], Unauthenticated)
    if isinstance(results[1], Tokens):
        assert (await refusal(sign_in.refresh(results[1].refresh)))[1] == "revoked"


async def test_logging_out_ends_one_device_only(sign_in: SignIn, ada: Person) -> None:
    phone, laptop = await login(sign_in), await login(sign_in)

    await sign_in.logout(phone.refresh)
    await sign_in.logout(phone.refresh)

    assert (await refusal(sign_in.refresh(phone.refresh)))[1] == "revoked"
    assert await sign_in.refresh(laptop.refresh)


async def test_logging_out_everywhere_ends_all_of_mine_and_nobody_elses(
    sign_in: SignIn, people: People, ada: Person
) -> None:
    await people.add_user(email="bob@school.org", name="Bob", role=Role.STUDENT, password=PASSWORD)
    mine = [await login(sign_in) for _ in range(2)]
    bobs = await sign_in.login(email="bob@school.org", password=PASSWORD, address=HERE)

    await sign_in.logout_everywhere(ada.id)

    for tokens in mine:
        assert (await refusal(sign_in.refresh(tokens.refresh)))[1] == "revoked"
    assert await sign_in.refresh(bobs.refresh)


@pytest.mark.parametrize("ended_by", ["password", "disable", "delete"])
async def test_a_changed_password_or_account_ends_its_sign_ins(
    sign_in: SignIn, people: People, ada: Person, ended_by: str
) -> None:
    tokens = await login(sign_in)

    match ended_by:
        case "password":
            await people.set_password(ada.id, "another password")
        case "disable":
            await people.disable(ada.id)
            await people.enable(ada.id)
        case "delete":
            await people.delete(ada.id)

    assert (await refusal(sign_in.refresh(tokens.refresh)))[1] in {"revoked", "unknown"}


@pytest.mark.parametrize("junk", ["", "x", "\0", "\ud800", "é", "x" * 1_000_000])
async def test_a_junk_refresh_token_is_refused_and_never_fails(sign_in: SignIn, junk: str) -> None:
    assert (await refusal(sign_in.refresh(junk)))[1] == "unknown"
    await sign_in.logout(junk)


async def test_an_access_token_is_no_refresh_token_nor_the_other_way_round(sign_in: SignIn, ada: Person) -> None:
    tokens = await login(sign_in)

    await refusal(sign_in.refresh(tokens.access))
    with pytest.raises(Unauthenticated):
        sign_in.verify(tokens.refresh)


async def test_a_guesser_is_slowed_and_the_owner_still_gets_in(sign_in: SignIn, ada: Person) -> None:
    for _ in range(10):
        await refusal(sign_in.login(email=ada.email, password="wrong password", address="203.0.113.9"))

    with pytest.raises(RateLimited):
        await sign_in.login(email="ADA@school.org", password=PASSWORD, address="203.0.113.9")
    assert await login(sign_in)


async def test_a_burst_at_once_gets_no_more_guesses(sign_in: SignIn, ada: Person) -> None:
    guesses = [sign_in.login(email=ada.email, password=f"wrong password {n}", address=HERE) for n in range(40)]

    results = await asyncio.gather(*guesses, return_exceptions=True)

    assert sum(isinstance(result, Unauthenticated) for result in results) == 10
    assert sum(isinstance(result, RateLimited) for result in results) == 30


async def test_a_hash_of_older_cost_is_renewed_at_sign_in(pool: Pool, clock: FakeClock, ada: Person) -> None:
    stronger = Passwords(hashes_at_once=1, cost=Cost(2, 16, 1))
    sign_in = SignIn(pool, clock, AccountSettings(), key=Key(b"k" * 32), passwords=stronger)

    await login(sign_in)

    async with db.connection(pool) as conn:
        row = await (await conn.execute("select password_hash from users")).fetchone()
    assert row
    assert "$m=16,t=2,p=1$" in row["password_hash"]
    assert await login(sign_in)


async def test_sign_ins_that_ran_out_are_cleared_away(
    pool: Pool, sign_in: SignIn, clock: FakeClock, ada: Person
) -> None:
    await login(sign_in)
    clock.advance(40 * 86_400)

    await login(sign_in)

    async with db.connection(pool) as conn:
        rows = await (await conn.execute("select id from sign_ins")).fetchall()
    assert len(rows) == 1


async def test_logs_and_spans_around_a_sign_in_hold_no_word_of_it(
    sign_in: SignIn, people: People, clock: FakeClock
) -> None:
    lines, spans = io.StringIO(), InMemorySpanExporter()
    private = ["canary.bird@school.org", "Canary Bird", "canary password"]

    with (
        open_logging(TelemetrySettings(log_level="debug"), lines),
        open_telemetry(TelemetrySettings(), span_exporter=spans),
    ):
        await people.register(email=private[0], name=private[1], password=private[2])
        await refusal(sign_in.login(email=private[0], password="canary passw0rd", address=HERE))
        tokens = await sign_in.login(email=private[0], password=private[2], address=HERE)
        newer = await sign_in.refresh(tokens.refresh)
        clock.advance(GRACE_S + 1)
        await refusal(sign_in.refresh(tokens.refresh))

    told = lines.getvalue() + "".join(span.to_json() for span in spans.get_finished_spans())
    assert "sign_in.reused" in told
    assert "db.connection" in told
    assert "canary" not in told.lower()
    for token in (tokens.refresh, tokens.access, newer.refresh, newer.access):
        assert token not in told
