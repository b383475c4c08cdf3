"""Letters that outlive the process which was to send them: at least once, with one Message-ID, and no secret on the way."""

import asyncio
from email.message import EmailMessage

import psycopg
import pytest

from accounts.journal import LEASE, OLDEST, Journal
from accounts.letters import Letters
from accounts.mail import Carrier, Postman, Undeliverable, running
from accounts.people import Person
from core.clock import FakeClock
from core.db import Pool
from core.settings import AccountSettings


class Office:
    """A process with its postman; `carrier` is the mail server as it sees it."""

    def __init__(self, pool: Pool, clock: FakeClock, carrier: Carrier) -> None:
        journal = Journal(pool, clock)
        self.postman = Postman(carrier, clock, sender="post@learnflow.example", waits_s=(1000.0,), journal=journal)
        self.letters = Letters(pool, clock, AccountSettings(), postman=self.postman)

    async def die(self) -> None:
        """As `kill -9` would have it: posted and noted, and nothing after."""
        note = asyncio.create_task(self.postman.note())
        await _until(lambda: bool(self.postman._noted))
        note.cancel()
        await asyncio.gather(note, return_exceptions=True)


async def _until(holds: object) -> None:
    for _ in range(500):
        if holds():  # type: ignore[operator]
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never was so")


def down(_: EmailMessage) -> None:
    raise ConnectionRefusedError


def waiting(url: str) -> int:
    with psycopg.connect(url) as conn:
        row = conn.execute("select count(*) from letters_waiting").fetchone()
    return int(row[0]) if row else 0


async def test_a_letter_of_a_killed_process_is_sent_by_the_next(
    pool: Pool, clock: FakeClock, ada: Person, database_url: str
) -> None:
    first = Office(pool, clock, down)
    first.letters.reset(ada.email)
    await first.die()
    clock.advance(LEASE.total_seconds() + 1)

    arrived: list[EmailMessage] = []
    async with running(Office(pool, clock, arrived.append).postman):
        await _until(lambda: arrived)

    assert [letter["Subject"] for letter in arrived] == ["Choose a new LearnFlow password"]
    assert waiting(database_url) == 0


async def test_what_somebody_still_works_on_is_not_taken_from_them(
    pool: Pool, clock: FakeClock, ada: Person, database_url: str
) -> None:
    first = Office(pool, clock, down)
    first.letters.reset(ada.email)
    await first.die()

    arrived: list[EmailMessage] = []
    async with running(Office(pool, clock, arrived.append).postman):
        await asyncio.sleep(0.2)

    assert arrived == []
    assert waiting(database_url) == 1


async def test_an_orderly_end_leaves_it_to_the_next_at_once(pool: Pool, clock: FakeClock, ada: Person) -> None:
    first = Office(pool, clock, down)
    async with running(first.postman):
        first.letters.reset(ada.email)
        await _until(lambda: first.postman._later)
    clock.advance(1)

    arrived: list[EmailMessage] = []
    async with running(Office(pool, clock, arrived.append).postman):
        await _until(lambda: arrived)

    assert len(arrived) == 1


async def test_of_two_who_take_over_one_gets_it(pool: Pool, clock: FakeClock, ada: Person) -> None:
    first = Office(pool, clock, down)
    first.letters.reset(ada.email)
    await first.die()
    clock.advance(LEASE.total_seconds() + 1)

    found = await asyncio.gather(*(Journal(pool, clock).claim() for _ in range(5)))

    assert sum(map(len, found)) == 1


async def test_a_letter_that_is_sent_twice_is_the_same_to_its_reader(pool: Pool, clock: FakeClock, ada: Person) -> None:
    arrived: list[EmailMessage] = []

    def take_and_fall_silent(message: EmailMessage) -> None:
        arrived.append(message)
        raise TimeoutError

    first = Office(pool, clock, take_and_fall_silent)
    async with running(first.postman):
        first.letters.reset(ada.email)
        await _until(lambda: first.postman._later)
    clock.advance(1)
    async with running(Office(pool, clock, arrived.append).postman):
        await _until(lambda: len(arrived) == 2)

    assert len({letter["Message-ID"] for letter in arrived}) == 1


async def test_no_secret_is_noted(pool: Pool, clock: FakeClock, ada: Person, database_url: str) -> None:
    arrived: list[EmailMessage] = []

    def take(message: EmailMessage) -> None:
        arrived.append(message)
        raise TimeoutError

    office = Office(pool, clock, take)
    async with running(office.postman):
        office.letters.reset(ada.email)
        await _until(lambda: office.postman._later)
        with psycopg.connect(database_url) as conn:
            row = conn.execute("select kind, facts from letters_waiting").fetchone()

    assert row == ("reset", {"email": ada.email})


@pytest.mark.parametrize("email", ["nobody@school.org", "ada@school.org"])
async def test_a_letter_leaves_no_note_whether_or_not_there_was_one(
    email: str, pool: Pool, clock: FakeClock, ada: Person, database_url: str
) -> None:
    office = Office(pool, clock, lambda _: None)
    async with running(office.postman):
        office.letters.reset(email)

    assert waiting(database_url) == 0


async def test_a_letter_that_will_never_be_taken_is_forgotten(
    pool: Pool, clock: FakeClock, ada: Person, database_url: str
) -> None:
    def refuse(_: EmailMessage) -> None:
        raise Undeliverable

    office = Office(pool, clock, refuse)
    async with running(office.postman):
        office.letters.reset(ada.email)

    assert waiting(database_url) == 0


async def test_old_notes_go_and_unknown_ones_stop_nobody(
    pool: Pool, clock: FakeClock, ada: Person, database_url: str
) -> None:
    journal = Journal(pool, clock)
    await journal.keep("reset", ada.email, {"email": ada.email})
    clock.advance(OLDEST.total_seconds() + 1)
    await journal.keep("of a later version", ada.email, {"email": ada.email})
    await journal.keep("reset", ada.email, {"email": ada.email})
    clock.advance(LEASE.total_seconds() + 1)

    arrived: list[EmailMessage] = []
    async with running(Office(pool, clock, arrived.append).postman):
        await _until(lambda: arrived)

    assert len(arrived) == 1
    assert waiting(database_url) == 1


async def test_without_a_database_a_letter_is_sent_all_the_same(clock: FakeClock, pool: Pool, ada: Person) -> None:
    arrived: list[EmailMessage] = []
    office = Office(pool, clock, arrived.append)
    await pool.close()
    async with running(office.postman):
        office.letters.password_changed(ada.email, ada.name)

    assert [letter["Subject"] for letter in arrived] == ["Your LearnFlow password was changed"]
