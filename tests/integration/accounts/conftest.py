"""Real accounts on a fresh database, with cheap hashes and a clock that tests move."""

import pytest

from accounts.keys import Key
from accounts.passwords import Cost, Passwords
from accounts.people import People, Person
from accounts.sign_in import SignIn
from core.clock import FakeClock
from core.db import Pool
from core.ports import Role
from core.settings import AccountSettings

PASSWORD = "correct horse"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(hashes_at_once=2, cost=Cost(1, 8, 1))


@pytest.fixture
def people(pool: Pool, clock: FakeClock, passwords: Passwords) -> People:
    return People(pool, clock, passwords)


@pytest.fixture
def sign_in(pool: Pool, clock: FakeClock, passwords: Passwords) -> SignIn:
    return SignIn(pool, clock, AccountSettings(), key=Key(b"k" * 32), passwords=passwords)


@pytest.fixture
async def ada(people: People) -> Person:
    return await people.add_user(email="ada@school.org", name="Ada", role=Role.STUDENT, password=PASSWORD)
