"""Real accounts on a fresh database, with cheap hashes and a clock that tests move."""

import re
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Protocol

import pytest

from accounts.keys import Key
from accounts.letters import Letters
from accounts.mail import Postman, running
from accounts.passwords import Cost, Passwords
from accounts.people import People, Person
from accounts.privacy.open import Privacy
from accounts.privacy.open import make_privacy as open_privacy
from accounts.recovery import Recovery
from accounts.sign_in import SignIn
from core.clock import FakeClock
from core.db import Pool
from core.ports import Role
from core.settings import AccountSettings, PrivacySettings

PASSWORD = "correct horse"


class Mailbox:
    """Where all letters of a test arrive."""

    def __init__(self, clock: FakeClock) -> None:
        self.arrived: list[EmailMessage] = []
        self.postman = Postman(self.arrived.append, clock, sender="post@learnflow.example", waits_s=())

    async def empty(self) -> list[EmailMessage]:
        """What was sent since the last time."""
        async with running(self.postman):
            pass
        found = list(self.arrived)
        self.arrived.clear()
        return found

    async def code(self) -> str:
        """The code in the one letter that came."""
        (letter,) = await self.empty()
        return code_in(letter)


def code_in(letter: EmailMessage) -> str:
    (found,) = re.findall(r"^[\w-]{43}$", letter.get_content(), re.MULTILINE)
    return str(found)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(hashes_at_once=2, cost=Cost(1, 8, 1))


@pytest.fixture
def people(pool: Pool, clock: FakeClock, passwords: Passwords, letters: Letters) -> People:
    return People(pool, clock, passwords, letters)


@pytest.fixture
def sign_in(pool: Pool, clock: FakeClock, passwords: Passwords) -> SignIn:
    return SignIn(pool, clock, AccountSettings(), key=Key(b"k" * 32), passwords=passwords)


@pytest.fixture
def mailbox(clock: FakeClock) -> Mailbox:
    return Mailbox(clock)


@pytest.fixture
def letters(pool: Pool, clock: FakeClock, mailbox: Mailbox) -> Letters:
    return Letters(pool, clock, AccountSettings(), postman=mailbox.postman)


@pytest.fixture
def recovery(pool: Pool, clock: FakeClock, passwords: Passwords, letters: Letters) -> Recovery:
    return Recovery(pool, clock, passwords=passwords, letters=letters)


class MakePrivacy(Protocol):
    def __call__(self, **settings: Any) -> Privacy: ...


@pytest.fixture
def make_privacy(pool: Pool, clock: FakeClock, passwords: Passwords, mailbox: Mailbox, data_dir: Path) -> MakePrivacy:
    """One server's privacy, with settings by name."""

    def make(**settings: Any) -> Privacy:
        return open_privacy(
            pool, clock, PrivacySettings(**settings), passwords=passwords, postman=mailbox.postman,
            data_dir=data_dir, outbox=data_dir / "outbox",
        )  # fmt: skip

    return make


@pytest.fixture
async def ada(people: People) -> Person:
    return await people.add_user(email="ada@school.org", name="Ada", role=Role.STUDENT, password=PASSWORD)
