"""People see where they are signed in, and end what they do not know."""

import pytest

from accounts.keys import Key
from accounts.passwords import Passwords
from accounts.people import People, Person
from accounts.sign_in import SignIn, Tokens
from core.clock import FakeClock
from core.db import Pool
from core.errors import NotFound, Unauthenticated
from core.ports import Role, UserId
from core.settings import AccountSettings
from tests.integration.accounts.conftest import PASSWORD

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


async def login(sign_in: SignIn, device: str, email: str = "ada@school.org") -> Tokens:
    return await sign_in.login(email=email, password=PASSWORD, address="192.0.2.1", device=device)


async def test_devices_are_listed_the_last_used_first(sign_in: SignIn, clock: FakeClock, ada: Person) -> None:
    phone = await login(sign_in, "my phone")
    clock.advance(60)
    laptop = await login(sign_in, FIREFOX)
    clock.advance(60)
    phone = await sign_in.refresh(phone.refresh)

    found = await sign_in.devices(ada.id)

    assert [device.label for device in found] == ["my phone", "Firefox on Linux"]
    assert [device.id for device in found] == [phone.principal.sign_in, laptop.principal.sign_in]
    assert found[0].used_at == clock.now() > found[0].created_at
    assert sign_in.verify(phone.access).sign_in == found[0].id


async def test_an_ended_device_is_signed_out_and_no_longer_listed(sign_in: SignIn, ada: Person) -> None:
    phone, laptop = await login(sign_in, "phone"), await login(sign_in, "laptop")

    await sign_in.end(ada.id, phone.principal.sign_in)

    with pytest.raises(Unauthenticated):
        await sign_in.refresh(phone.refresh)
    assert [device.label for device in await sign_in.devices(ada.id)] == ["laptop"]
    assert await sign_in.refresh(laptop.refresh)


async def test_what_ran_out_or_was_left_is_not_listed(sign_in: SignIn, clock: FakeClock, ada: Person) -> None:
    await login(sign_in, "old")
    clock.advance(31 * 86_400)
    left = await login(sign_in, "left")
    await sign_in.logout(left.refresh)

    assert await sign_in.devices(ada.id) == []


async def test_nobody_sees_or_ends_anothers_devices(sign_in: SignIn, people: People, ada: Person) -> None:
    bob = await people.add_user(email="bob@school.org", name="Bob", role=Role.STUDENT, password=PASSWORD)
    mine = await login(sign_in, "mine")

    for id_ in (mine.principal.sign_in, "nothing"):
        with pytest.raises(NotFound):
            await sign_in.end(bob.id, id_)

    assert await sign_in.devices(bob.id) == []
    assert await sign_in.devices(UserId("nobody")) == []
    assert await sign_in.refresh(mine.refresh)


async def test_a_new_key_signs_nobody_out(pool: Pool, clock: FakeClock, passwords: Passwords, ada: Person) -> None:
    old, new = Key(b"o" * 32), Key(b"n" * 32)
    before = SignIn(pool, clock, AccountSettings(), key=old, passwords=passwords)
    tokens = await login(before, "phone")
    first = await before.refresh(tokens.refresh)

    after = SignIn(pool, clock, AccountSettings(), key=new, older=(old,), passwords=passwords)

    assert after.verify(first.access).id == ada.id
    # a client that lost the answer asks the new server for it, and is no thief
    assert (await after.refresh(tokens.refresh)).refresh == first.refresh
    assert after.verify((await after.refresh(first.refresh)).access).id == ada.id
