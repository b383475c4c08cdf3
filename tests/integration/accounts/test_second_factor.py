"""A second step at sign-in: what it stops, and that it bars nobody from their own account."""

import asyncio
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

from accounts import totp
from accounts.keys import Key
from accounts.letters import Letters
from accounts.passwords import Passwords
from accounts.people import People, Person
from accounts.second_factor import SecondFactor, open_totp_key
from accounts.sign_in import SignIn, Tokens
from core.clock import FakeClock
from core.db import Pool
from core.errors import Conflict, Invalid, NotFound, RateLimited, Unauthenticated
from core.ports import Principal
from core.settings import AccountSettings
from tests.integration.accounts.conftest import PASSWORD, Mailbox


@pytest.fixture
def second(pool: Pool, clock: FakeClock, passwords: Passwords, letters: Letters) -> SecondFactor:
    return SecondFactor(pool, clock, key=Key(b"t" * 32), passwords=passwords, letters=letters)


@pytest.fixture
def sign_in(pool: Pool, clock: FakeClock, passwords: Passwords, second: SecondFactor) -> SignIn:
    return SignIn(pool, clock, AccountSettings(), key=Key(b"k" * 32), passwords=passwords, second=second)


class App:
    """What a person's telephone does."""

    def __init__(self, secret: str, clock: FakeClock) -> None:
        import base64

        self.secret = base64.b32decode(secret + "=" * (-len(secret) % 8))
        self.clock = clock

    def code(self, later_s: float = 0) -> str:
        return totp.code_at(self.secret, int(self.clock.now().timestamp() + later_s) // totp.STEP_S)

    def wrong(self) -> str:
        near = {self.code(at) for at in (-60, -30, 0, 30, 60)}
        return next(code for n in range(10) if (code := str(n) * 6) not in near)


@pytest.fixture
def who(ada: Person) -> Principal:
    return ada.as_principal()


@pytest.fixture
async def app(second: SecondFactor, who: Principal, clock: FakeClock) -> App:
    """Enrolled; the code that confirmed it is used up."""
    app = App((await second.enrol(who, PASSWORD)).secret, clock)
    app.recovery = await second.confirm(who, app.code())  # type: ignore[attr-defined]
    clock.advance(totp.STEP_S)
    return app


async def login(sign_in: SignIn, code: str | None = None, **changes: Any) -> Tokens:
    given = {"email": "ada@school.org", "password": PASSWORD, "address": "1.2.3.4", **changes}
    return await sign_in.login(**given, code=code)


async def refusal(sign_in: SignIn, code: str | None = None, **changes: Any) -> str:
    with pytest.raises(Unauthenticated) as refused:
        await login(sign_in, code, **changes)
    return str(refused.value.facts["reason"])


@pytest.mark.parametrize(
    ("at", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_codes_are_those_of_rfc_6238(at: int, code: str) -> None:
    assert totp.code_at(b"12345678901234567890", at // 30) == code


async def test_nothing_is_asked_for_before_a_code_was_confirmed(
    sign_in: SignIn, second: SecondFactor, who: Principal
) -> None:
    enrolment = await second.enrol(who, PASSWORD)

    assert (await login(sign_in)).access
    assert await second.state(who) == (False, 0)
    assert re.fullmatch(rf"otpauth://totp/LearnFlow:ada%40school\.org\?secret={enrolment.secret}&issuer=LearnFlow", enrolment.uri)  # fmt: skip
    assert enrolment.secret not in repr(enrolment)


async def test_a_sign_in_needs_the_code_too(sign_in: SignIn, app: App) -> None:
    assert await refusal(sign_in) == "code_needed"
    assert await refusal(sign_in, app.wrong()) == "code_wrong"
    assert (await login(sign_in, app.code())).access


async def test_only_who_has_the_password_learns_that_there_is_a_second_step(sign_in: SignIn, app: App) -> None:
    assert await refusal(sign_in, password="a wrong password") == "credentials"
    assert await refusal(sign_in, app.code(), password="a wrong password") == "credentials"
    assert await refusal(sign_in, email="nobody@school.org") == "credentials"


async def test_a_code_that_was_used_is_refused_and_so_is_one_from_before(sign_in: SignIn, app: App) -> None:
    code, earlier = app.code(), app.code(-30)
    await login(sign_in, code)

    assert await refusal(sign_in, code) == "code_wrong"
    assert await refusal(sign_in, earlier) == "code_wrong"


async def test_a_code_used_ten_times_at_once_works_once(sign_in: SignIn, second: SecondFactor, app: App, who: Principal) -> None:  # fmt: skip
    found = await asyncio.gather(*(second.check(who.id, app.code()) for _ in range(5)), return_exceptions=True)

    assert sum(result is None for result in found) == 1


async def test_a_telephones_clock_may_be_half_a_minute_off(sign_in: SignIn, app: App, clock: FakeClock) -> None:
    clock.advance(300)
    assert (await login(sign_in, app.code(30))).access
    assert await refusal(sign_in, app.code(-60)) == "code_wrong"


async def test_codes_cannot_be_guessed_even_from_many_networks(sign_in: SignIn, app: App, clock: FakeClock) -> None:
    for n in range(5):
        assert await refusal(sign_in, app.wrong(), address=f"10.0.{n}.1") == "code_wrong"

    with pytest.raises(RateLimited):
        await login(sign_in, app.wrong(), address="10.1.0.1")
    clock.advance(900)
    assert (await login(sign_in, app.code())).access


async def test_a_burst_of_guesses_at_once_gets_no_extra_ones(second: SecondFactor, app: App, who: Principal) -> None:
    guesses = [second.check(who.id, app.wrong()) for _ in range(30)]
    found = await asyncio.gather(*guesses, return_exceptions=True)

    assert sum(isinstance(one, Unauthenticated) for one in found) <= 6
    assert sum(isinstance(one, RateLimited) for one in found) >= 24


async def test_guessing_does_not_bar_the_owner_who_has_a_recovery_code(
    sign_in: SignIn, second: SecondFactor, app: Any, who: Principal, mailbox: Mailbox
) -> None:
    for _ in range(20):
        with pytest.raises((Unauthenticated, RateLimited)):
            await second.check(who.id, app.wrong())
    await mailbox.empty()

    assert (await login(sign_in, app.recovery[0])).access
    assert await refusal(sign_in, app.recovery[0]) == "code_wrong"
    assert (await login(sign_in, app.recovery[1].upper().replace("-", " "))).access
    assert await second.state(who) == (True, 8)
    assert {letter["Subject"] for letter in await mailbox.empty()} == {
        "A recovery code of your LearnFlow account was used"
    }


async def test_neither_secret_nor_recovery_codes_can_be_read_in_the_database(app: Any, database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        rows = conn.execute("select secret from totp union all select code_hash from recovery_codes").fetchall()
    kept = b"".join(bytes(row[0]) for row in rows)

    assert len(rows) == 11
    assert app.secret not in kept
    assert not any(code.replace("-", "").encode() in kept for code in app.recovery)


async def test_an_enrolment_needs_the_password_and_a_right_code(second: SecondFactor, who: Principal, clock: FakeClock) -> None:  # fmt: skip
    with pytest.raises(Unauthenticated):
        await second.enrol(who, "a wrong password")
    with pytest.raises(NotFound):
        await second.confirm(who, "123456")
    app = App((await second.enrol(who, PASSWORD)).secret, clock)
    with pytest.raises(Invalid):
        await second.confirm(who, app.wrong())


async def test_a_second_factor_is_not_replaced_by_a_thief_with_the_password(second: SecondFactor, who: Principal, app: App) -> None:  # fmt: skip
    with pytest.raises(Conflict):
        await second.enrol(who, PASSWORD)
    with pytest.raises(Conflict):
        await second.confirm(who, app.code())


async def test_taking_it_off_needs_password_and_code(
    sign_in: SignIn, second: SecondFactor, who: Principal, app: App, mailbox: Mailbox
) -> None:
    await mailbox.empty()
    for password, code in (("a wrong password", app.code()), (PASSWORD, app.wrong()), (PASSWORD, "")):
        with pytest.raises(Unauthenticated):
            await second.disable(who, password, code)
    assert await second.state(who) == (True, 10)

    await second.disable(who, PASSWORD, app.code())

    assert (await login(sign_in)).access
    assert [letter["Subject"] for letter in await mailbox.empty()] == ["Your LearnFlow account lost its second factor"]


async def test_an_admin_resets_it_and_every_change_is_in_the_audit_log(
    second: SecondFactor, who: Principal, app: App, database_url: str
) -> None:
    await second.reset(who.id, by="root")

    assert await second.state(who) == (False, 0)
    with pytest.raises(NotFound):
        await second.reset(who.id, by="root")
    with psycopg.connect(database_url) as conn:
        found = conn.execute(
            "select kind, coalesce(n.user_id, actor) from audit_log l left join audit_names n on n.name = l.actor where kind like 'people.totp%' order by seq"
        ).fetchall()
    assert found == [("people.totp_on", who.id), ("people.totp_reset", "root")]


async def test_another_key_opens_nothing_and_says_what_helps(
    pool: Pool, clock: FakeClock, passwords: Passwords, who: Principal, app: App
) -> None:
    other = SecondFactor(pool, clock, key=Key(b"x" * 32), passwords=passwords, letters=None)

    with pytest.raises(Unauthenticated, match="reset"):
        await other.check(who.id, app.code())


async def test_a_reset_password_does_not_take_the_second_factor_off(sign_in: SignIn, people: People, who: Principal, app: App) -> None:  # fmt: skip
    await people.set_password(who.id, "another password")

    assert await refusal(sign_in, password="another password") == "code_needed"


def test_the_key_is_kept_apart_from_that_of_access_tokens(data_dir: Path) -> None:
    first, second = open_totp_key(AccountSettings(), data_dir), open_totp_key(AccountSettings(), data_dir)

    assert first == second
    assert (data_dir / "keys" / "totp.key").stat().st_mode & 0o077 == 0
    with pytest.raises(Invalid):
        open_totp_key(AccountSettings.model_validate({"totp_key": "short"}), data_dir)
