"""Letters prove an address and give back an account; they tell a stranger nothing and work once."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable

import pytest

from accounts.keys import Key
from accounts.letters import Letters
from accounts.passwords import Passwords
from accounts.people import People, Person
from accounts.recovery import Recovery
from accounts.sign_in import SignIn, Tokens
from core import db
from core.clock import FakeClock
from core.db import Pool
from core.errors import Invalid, RateLimited, Unauthenticated
from core.settings import AccountSettings
from tests.integration.accounts.conftest import PASSWORD, Mailbox, code_in

NEW = "another password"
HERE = "192.0.2.1"


async def login(sign_in: SignIn, password: str = PASSWORD, email: str = "ada@school.org") -> Tokens:
    return await sign_in.login(email=email, password=password, address=HERE)


async def register(people: People, email: str = "new@school.org") -> None:
    await people.register(email=email, name="Newcomer", password=PASSWORD)


def strict(pool: Pool, clock: FakeClock, passwords: Passwords) -> SignIn:
    settings = AccountSettings(verify_email="require")
    return SignIn(pool, clock, settings, key=Key(b"k" * 32), passwords=passwords)


# --- confirming ----------------------------------------------------------------------------------------------------


async def test_a_newcomer_is_reminded_until_their_address_is_confirmed(
    people: People, sign_in: SignIn, recovery: Recovery, mailbox: Mailbox
) -> None:
    await register(people)
    before = await login(sign_in, email="new@school.org")

    await recovery.confirm(await mailbox.code())

    assert not before.confirmed
    assert (await sign_in.refresh(before.refresh)).confirmed
    assert (await login(sign_in, email="new@school.org")).confirmed


async def test_where_it_is_required_nobody_signs_in_before(
    pool: Pool, clock: FakeClock, passwords: Passwords, people: People, recovery: Recovery, mailbox: Mailbox
) -> None:
    sign_in = strict(pool, clock, passwords)
    await register(people)
    with pytest.raises(Unauthenticated) as unconfirmed:
        await login(sign_in, email="new@school.org")
    with pytest.raises(Unauthenticated) as unknown:
        await login(sign_in, email="no@school.org")

    await recovery.confirm(await mailbox.code())

    assert str(unconfirmed.value) == str(unknown.value)
    assert await login(sign_in, email="new@school.org")


async def test_a_sign_in_from_before_it_was_required_ends_with_its_access_token(
    pool: Pool, clock: FakeClock, passwords: Passwords, people: People, sign_in: SignIn
) -> None:
    await register(people)
    tokens = await login(sign_in, email="new@school.org")

    with pytest.raises(Unauthenticated) as refused:
        await strict(pool, clock, passwords).refresh(tokens.refresh)

    assert refused.value.facts["reason"] == "unconfirmed"


async def test_where_it_is_off_nobody_is_written_to_or_reminded(
    pool: Pool, clock: FakeClock, passwords: Passwords, mailbox: Mailbox
) -> None:
    settings = AccountSettings(verify_email="off")
    people = People(pool, clock, passwords, Letters(pool, clock, settings, postman=mailbox.postman))
    await register(people)

    tokens = await login(SignIn(pool, clock, settings, key=Key(b"k" * 32), passwords=passwords), email="new@school.org")

    assert tokens.confirmed
    assert await mailbox.empty() == []


async def test_signing_up_with_a_known_address_tells_only_its_owner(
    people: People, sign_in: SignIn, mailbox: Mailbox, ada: Person
) -> None:
    await people.register(email=ada.email, name="Mallory", password=NEW)

    (letter,) = await mailbox.empty()
    assert letter["To"] == ada.email
    assert "already" in letter.get_content()
    assert "Mallory" not in letter.get_content()
    assert await login(sign_in)


async def test_another_confirmation_goes_only_to_who_needs_one(
    people: People, recovery: Recovery, mailbox: Mailbox, ada: Person
) -> None:
    await register(people)
    await mailbox.empty()

    for email in ("NEW@school.org", ada.email, "no@school.org", "nonsense", "\0\ud800"):
        recovery.send_confirmation(email)

    assert [letter["To"] for letter in await mailbox.empty()] == ["new@school.org"]


# --- resetting -----------------------------------------------------------------------------------------------------


async def test_a_forgotten_password_is_replaced_and_every_device_signed_out(
    sign_in: SignIn, recovery: Recovery, mailbox: Mailbox, ada: Person
) -> None:
    devices = [await login(sign_in) for _ in range(2)]
    recovery.send_reset(" ADA@school.org ")

    await recovery.reset(await mailbox.code(), NEW)

    for tokens in devices:
        with pytest.raises(Unauthenticated):
            await sign_in.refresh(tokens.refresh)
    with pytest.raises(Unauthenticated):
        await login(sign_in)
    assert await login(sign_in, NEW)
    assert [letter["Subject"] for letter in await mailbox.empty()] == ["Your LearnFlow password was changed"]


async def test_a_reset_takes_an_account_back_from_who_signed_up_with_my_address(
    people: People, sign_in: SignIn, recovery: Recovery, mailbox: Mailbox
) -> None:
    await register(people, "victim@school.org")
    thief = await login(sign_in, email="victim@school.org")
    confirmation = await mailbox.code()
    recovery.send_reset("victim@school.org")

    await recovery.reset(await mailbox.code(), NEW)

    with pytest.raises(Unauthenticated):
        await sign_in.refresh(thief.refresh)
    with pytest.raises(Invalid):
        await recovery.confirm(confirmation)
    assert (await login(sign_in, NEW, "victim@school.org")).confirmed


async def test_a_code_works_once_even_when_used_at_the_same_moment(
    recovery: Recovery, mailbox: Mailbox, ada: Person
) -> None:
    recovery.send_reset(ada.email)
    code = await mailbox.code()

    results = await asyncio.gather(*(recovery.reset(code, f"{NEW} {n}") for n in range(6)), return_exceptions=True)

    assert results.count(None) == 1
    assert sum(isinstance(result, Invalid) for result in results) == 5


async def test_using_one_code_voids_the_others(recovery: Recovery, mailbox: Mailbox, ada: Person) -> None:
    recovery.send_reset(ada.email)
    recovery.send_reset(ada.email)
    first, second = [code_in(letter) for letter in await mailbox.empty()]

    await recovery.reset(first, NEW)

    with pytest.raises(Invalid):
        await recovery.reset(second, NEW)


@pytest.mark.parametrize(("purpose", "life_s"), [("confirm", 48 * 3600), ("reset", 30 * 60)])
async def test_a_code_runs_out(
    people: People, recovery: Recovery, mailbox: Mailbox, clock: FakeClock, purpose: str, life_s: int
) -> None:
    await register(people)
    if purpose == "reset":
        await mailbox.empty()
        recovery.send_reset("new@school.org")
    code = await mailbox.code()

    clock.advance(life_s)

    with pytest.raises(Invalid):
        await (recovery.confirm(code) if purpose == "confirm" else recovery.reset(code, NEW))


async def test_a_code_is_good_for_its_own_purpose_only(people: People, recovery: Recovery, mailbox: Mailbox) -> None:
    await register(people)
    confirmation = await mailbox.code()
    recovery.send_reset("new@school.org")
    reset = await mailbox.code()

    for misuse in (recovery.reset(confirmation, NEW), recovery.confirm(reset)):
        with pytest.raises(Invalid):
            await misuse


@pytest.mark.parametrize("junk", ["", "x", "\0", "\ud800", "é", "x" * 100_000])
async def test_junk_is_no_code(recovery: Recovery, junk: str) -> None:
    for act in (recovery.reset(junk, NEW), recovery.confirm(junk)):
        with pytest.raises(Invalid):
            await act


async def test_a_password_that_will_not_do_leaves_the_code_good(
    recovery: Recovery, mailbox: Mailbox, ada: Person
) -> None:
    recovery.send_reset(ada.email)
    code = await mailbox.code()

    with pytest.raises(Invalid, match="characters"):
        await recovery.reset(code, "short")

    await recovery.reset(code, NEW)


async def test_a_disabled_account_gets_no_letter_and_its_codes_are_void(
    people: People, recovery: Recovery, mailbox: Mailbox, ada: Person
) -> None:
    recovery.send_reset(ada.email)
    code = await mailbox.code()

    await people.disable(ada.id)

    recovery.send_reset(ada.email)
    assert await mailbox.empty() == []
    with pytest.raises(Invalid):
        await recovery.reset(code, NEW)


async def test_codes_are_not_kept_in_the_database(
    pool: Pool, recovery: Recovery, mailbox: Mailbox, ada: Person
) -> None:
    recovery.send_reset(ada.email)
    code = await mailbox.code()

    async with db.connection(pool) as conn:
        (row,) = await (await conn.execute("select t::text as everything from mail_tokens t")).fetchall()
    assert code not in row["everything"]


async def test_a_page_of_ones_own_gets_the_code_where_no_server_logs_it(
    pool: Pool, clock: FakeClock, mailbox: Mailbox, ada: Person
) -> None:
    Letters(pool, clock, AccountSettings(), postman=mailbox.postman, page_url="https://learn.school.org/account").reset(
        ada.email
    )

    (letter,) = await mailbox.empty()
    lines = letter.as_bytes().splitlines()  # as they are sent and as they stand in the outbox
    assert [len(line) for line in lines if line.startswith(b"https://learn.school.org/account#reset=")] == [82]
    assert max(len(line) for line in lines) == 82


async def test_flooding_somebody_with_letters_neither_works_nor_bars_their_own(
    recovery: Recovery, mailbox: Mailbox, ada: Person
) -> None:
    for _ in range(50):
        recovery.send_reset(ada.email)

    letters = await mailbox.empty()

    assert len(letters) == 5
    await recovery.reset(code_in(letters[0]), NEW)


# --- what a stranger can find out ----------------------------------------------------------------------------------


async def test_asking_for_a_letter_looks_nothing_up(clock: FakeClock, passwords: Passwords, mailbox: Mailbox) -> None:
    no_database: Pool = None  # type: ignore[assignment]
    letters = Letters(no_database, clock, AccountSettings(), postman=mailbox.postman)
    recovery = Recovery(no_database, clock, passwords=passwords, letters=letters)

    recovery.send_reset("ada@school.org")
    recovery.send_confirmation("ada@school.org")


async def cpu_s(act: Callable[[int], Awaitable[object]], times: int = 25) -> float:
    spent = []
    for n in range(times):
        began = time.process_time()
        await act(n)
        spent.append(time.process_time() - began)
    return statistics.median(spent)


async def test_signing_up_takes_the_same_work_for_a_known_address(people: People, ada: Person) -> None:
    known_s = await cpu_s(lambda _: register(people, ada.email))
    unknown_s = await cpu_s(lambda n: register(people, f"new{n}@school.org"))

    assert 0.4 < known_s / unknown_s < 2.5


async def test_signing_up_waits_for_the_disk_for_a_known_address_too(pool: Pool, people: People, ada: Person) -> None:
    async def written() -> int:
        async with db.connection(pool) as conn:
            row = await (await conn.execute("select pg_current_wal_insert_lsn() - '0/0' as bytes")).fetchone()
        return int(row["bytes"]) if row else 0

    before = await written()
    await register(people, ada.email)
    for_known = await written() - before
    await register(people)
    for_unknown = await written() - before - for_known

    assert for_known > 0
    assert for_unknown > 0


async def test_a_refused_sign_in_takes_the_same_work_for_every_account(sign_in: SignIn, ada: Person) -> None:
    async def refused(email: str, place: int) -> None:
        with pytest.raises(Unauthenticated):
            await sign_in.login(email=email, password="wrong password", address=f"198.51.100.{place}")

    known_s = await cpu_s(lambda n: refused(ada.email, n))
    unknown_s = await cpu_s(lambda n: refused("no@school.org", n))

    assert 0.4 < known_s / unknown_s < 2.5


# --- changing ------------------------------------------------------------------------------------------------------


async def test_changing_a_password_keeps_this_device_and_ends_the_others(
    sign_in: SignIn, recovery: Recovery, ada: Person
) -> None:
    here, elsewhere = await login(sign_in), await login(sign_in)

    await recovery.change(sign_in.verify(here.access), PASSWORD, NEW)

    assert await sign_in.refresh(here.refresh)
    with pytest.raises(Unauthenticated):
        await sign_in.refresh(elsewhere.refresh)
    assert await login(sign_in, NEW)


async def test_a_stolen_access_token_cannot_change_the_password_nor_guess_it(
    sign_in: SignIn, recovery: Recovery, ada: Person
) -> None:
    stolen = (await login(sign_in)).principal
    for _ in range(10):
        with pytest.raises(Unauthenticated):
            await recovery.change(stolen, "wrong password", NEW)

    with pytest.raises(RateLimited):
        await recovery.change(stolen, PASSWORD, NEW)

    assert await login(sign_in)


async def test_changing_the_password_voids_codes_to_reset_it(
    sign_in: SignIn, recovery: Recovery, mailbox: Mailbox, ada: Person
) -> None:
    recovery.send_reset(ada.email)
    code = await mailbox.code()

    await recovery.change((await login(sign_in)).principal, PASSWORD, NEW)

    with pytest.raises(Invalid):
        await recovery.reset(code, "a third password")
