"""First answers kept by key: the same promises of the real one and of the fake."""

import asyncio
from datetime import timedelta

import psycopg
import pytest

from accounts.fake import FakeReplays
from accounts.keys import Key
from accounts.people import People, Person
from accounts.replays import DEAD_AFTER, KEPT, Kept, Replays
from core.clock import FakeClock
from core.db import Pool
from core.errors import Conflict, Invalid
from core.ports import Role, UserId
from tests.integration.accounts.conftest import PASSWORD

ANSWER = Kept(status=201, headers={"location": "/x"}, body=b'{"id":"x"}')
Any_ = Replays | FakeReplays


@pytest.fixture(params=["real", "fake"])
def replays(request: pytest.FixtureRequest, pool: Pool, clock: FakeClock) -> Any_:
    return FakeReplays(clock) if request.param == "fake" else Replays(pool, clock, Key(b"r" * 32))


async def test_the_first_answer_comes_again(replays: Any_, ada: Person) -> None:
    assert await replays.begin(ada.id, "k", b"body") is None
    await replays.finish(ada.id, "k", ANSWER)

    assert await replays.begin(ada.id, "k", b"body") == ANSWER
    assert await replays.begin(ada.id, "k", b"body") == ANSWER


async def test_another_request_with_the_key_is_refused(replays: Any_, ada: Person) -> None:
    await replays.begin(ada.id, "k", b"body")
    with pytest.raises(Invalid):
        await replays.begin(ada.id, "k", b"other")
    await replays.finish(ada.id, "k", ANSWER)
    with pytest.raises(Invalid):
        await replays.begin(ada.id, "k", b"other")


async def test_of_many_at_once_one_is_the_first(replays: Any_, ada: Person) -> None:
    found = await asyncio.gather(*(replays.begin(ada.id, "k", b"body") for _ in range(20)), return_exceptions=True)

    assert sum(one is None for one in found) == 1
    assert sum(isinstance(one, Conflict) for one in found) == 19


async def test_a_failure_is_forgotten(replays: Any_, ada: Person) -> None:
    await replays.begin(ada.id, "k", b"body")
    await replays.abandon(ada.id, "k")

    assert await replays.begin(ada.id, "k", b"body") is None


async def test_a_key_belongs_to_one_person(replays: Any_, ada: Person, people: People) -> None:
    bob = await people.add_user(email="bob@school.org", name="Bob", role=Role.STUDENT, password=PASSWORD)
    await replays.begin(ada.id, "k", b"body")

    assert await replays.begin(bob.id, "k", b"other") is None


async def test_an_answer_is_kept_for_a_day(replays: Any_, ada: Person, clock: FakeClock) -> None:
    await replays.begin(ada.id, "k", b"body")
    await replays.finish(ada.id, "k", ANSWER)
    clock.advance(KEPT.total_seconds() - 1)
    assert await replays.begin(ada.id, "k", b"body") == ANSWER
    clock.advance(2)

    assert await replays.begin(ada.id, "k", b"other") is None


async def test_who_died_over_it_is_followed_by_one_other(replays: Any_, ada: Person, clock: FakeClock) -> None:
    await replays.begin(ada.id, "k", b"body")
    clock.advance((DEAD_AFTER + timedelta(seconds=1)).total_seconds())
    found = await asyncio.gather(*(replays.begin(ada.id, "k", b"body") for _ in range(5)), return_exceptions=True)

    assert sum(one is None for one in found) == 1


async def test_old_answers_leave_the_database_and_no_body_is_hashed_openly(
    pool: Pool, clock: FakeClock, ada: Person, database_url: str
) -> None:
    import hashlib

    replays = Replays(pool, clock, Key(b"r" * 32))
    await replays.begin(ada.id, "old", b"body")
    with psycopg.connect(database_url) as conn:
        row = conn.execute("select fingerprint from replays").fetchone()
    clock.advance(KEPT.total_seconds() + 1)
    await replays.begin(ada.id, "new", b"body")

    with psycopg.connect(database_url) as conn:
        assert conn.execute("select key from replays").fetchall() == [("new",)]
    assert row is not None
    assert bytes(row[0]) != hashlib.sha256(b"body").digest()


async def test_who_has_no_account_gets_no_row(pool: Pool, clock: FakeClock) -> None:
    with pytest.raises(Conflict):
        await Replays(pool, clock, Key(b"r" * 32)).begin(UserId("nobody"), "k", b"body")
