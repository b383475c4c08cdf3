"""What looks like an attack is kept, counted and told to admins, and not over and over."""

from typing import Any

import psycopg
import pytest

from accounts.keys import Key
from accounts.letters import Letters
from accounts.passwords import Passwords
from accounts.people import People, Person
from accounts.security import COOL_DOWN, KEPT, SecurityEvents, Watchman, watching
from accounts.sign_in import GRACE_S, SignIn
from core.clock import FakeClock
from core.db import Pool
from core.errors import RateLimited, Unauthenticated
from core.metrics import SECURITY_EVENTS
from core.ports import Role
from core.settings import AccountSettings
from tests.integration.accounts.conftest import PASSWORD, Mailbox

SETTINGS = AccountSettings.model_validate({"canary_emails": ["root@school.org"], "canary_tokens": ["laid-out"]})


class Post:
    def __init__(self, watchman: Watchman, pool: Pool, letters: Letters, mailbox: Mailbox) -> None:
        self.watchman, self.pool, self.letters, self.mailbox = watchman, pool, letters, mailbox

    async def kinds(self) -> list[str]:
        """Of all events so far, the oldest first."""
        async with watching(self.watchman, self.pool, self.letters):
            pass
        return [event.kind for event in reversed(await SecurityEvents(self.pool).newest())]

    async def letters_to_admins(self) -> list[str]:
        return [str(letter["Subject"]) for letter in await self.mailbox.empty() if letter["To"] == "boss@school.org"]


@pytest.fixture
def watchman(clock: FakeClock) -> Watchman:
    return Watchman(SETTINGS, clock, key=b"places")


@pytest.fixture
async def post(watchman: Watchman, pool: Pool, letters: Letters, mailbox: Mailbox, people: People) -> Post:
    await people.add_user(email="boss@school.org", name="Boss", role=Role.ADMIN, password=PASSWORD)
    return Post(watchman, pool, letters, mailbox)


@pytest.fixture
def sign_in(pool: Pool, clock: FakeClock, passwords: Passwords, watchman: Watchman) -> SignIn:
    return SignIn(pool, clock, SETTINGS, key=Key(b"k" * 32), passwords=passwords, watchman=watchman)


async def fail(sign_in: SignIn, email: str, address: str) -> None:
    with pytest.raises((Unauthenticated, RateLimited)):
        await sign_in.login(email=email, password="a wrong password", address=address)


async def test_guessing_from_one_network_is_brute_force(sign_in: SignIn, post: Post) -> None:
    for n in range(29):
        await fail(sign_in, f"someone{n}@school.org", "10.0.0.1")
    assert await post.kinds() == []
    await fail(sign_in, "someone@school.org", "10.0.0.1")

    assert await post.kinds() == ["brute_force"]
    assert await post.letters_to_admins() == ["LearnFlow: brute force"]


async def test_guessing_at_one_account_from_many_networks_is_too(sign_in: SignIn, post: Post, ada: Person) -> None:
    for n in range(30):
        await fail(sign_in, ada.email, f"10.0.{n}.1")
    await post.kinds()

    (event,) = await SecurityEvents(post.pool).newest()
    assert (event.kind, event.person, event.place) == ("brute_force", ada.id, "")


async def test_typing_wrongly_now_and_then_is_no_attack(sign_in: SignIn, post: Post, ada: Person, clock: FakeClock) -> None:  # fmt: skip
    for _ in range(60):
        await fail(sign_in, ada.email, "10.0.0.1")
        clock.advance(60)

    assert await post.kinds() == []


async def test_an_address_that_nobody_uses_is_a_canary_and_looks_like_any_other(sign_in: SignIn, post: Post) -> None:
    await fail(sign_in, " Root@School.org", "10.0.0.1")

    assert await post.kinds() == ["canary_account"]


async def test_a_token_that_was_laid_out_is_a_canary_and_opens_nothing(sign_in: SignIn, post: Post) -> None:
    with pytest.raises(Unauthenticated):
        await sign_in.identify("laid-out")

    assert await post.kinds() == ["canary_token"]


async def test_a_reused_refresh_token_is_told(sign_in: SignIn, post: Post, ada: Person, clock: FakeClock) -> None:
    tokens = await sign_in.login(email=ada.email, password=PASSWORD, address="10.0.0.1")
    await sign_in.refresh(tokens.refresh)
    clock.advance(GRACE_S + 1)
    with pytest.raises(Unauthenticated):
        await sign_in.refresh(tokens.refresh)

    assert await post.kinds() == ["token_reuse"]
    assert (await SecurityEvents(post.pool).newest())[0].person == ada.id


async def test_forbidden_doors_and_scraping_are_bursts(watchman: Watchman, post: Post) -> None:
    for _ in range(10):
        watchman.forbidden("ada")
    for _ in range(60):
        watchman.missing("bob")
    for _ in range(30):
        watchman.limited("", "10.0.0.1")

    assert await post.kinds() == ["forbidden_burst", "scraping", "scraping"]
    events = await SecurityEvents(post.pool).newest(kind="scraping")
    assert [(event.person, event.facts) for event in events] == [("", {"of": "limited"}), ("bob", {"of": "missing"})]
    assert events[0].place
    assert "10.0.0.1" not in repr(events)


async def test_letters_have_a_cool_down_and_the_events_are_all_kept(watchman: Watchman, post: Post, clock: FakeClock) -> None:  # fmt: skip
    before = SECURITY_EVENTS.value(kind="canary_token")
    for _ in range(20):
        watchman.token_seen("laid-out")
    assert len(await post.kinds()) == 20
    assert await post.letters_to_admins() == ["LearnFlow: canary token"]

    clock.advance(COOL_DOWN.total_seconds() + 1)
    watchman.token_seen("laid-out")
    await post.kinds()
    assert await post.letters_to_admins() == ["LearnFlow: canary token"]
    assert SECURITY_EVENTS.value(kind="canary_token") == before + 21


async def test_the_letter_names_nobody(watchman: Watchman, post: Post, ada: Person) -> None:
    watchman.noticed("token_reuse", person=ada.id)
    await post.kinds()

    (letter,) = await post.mailbox.empty()
    assert ada.id in letter.get_content()
    assert ada.email not in letter.get_content()


async def test_events_are_paged_and_old_ones_go(watchman: Watchman, post: Post, clock: FakeClock, database_url: str) -> None:  # fmt: skip
    for _ in range(5):
        watchman.noticed("scraping", person="ada")
    await post.kinds()
    log = SecurityEvents(post.pool)
    first = await log.newest(limit=2)
    rest = await log.newest(before=first[-1].id)
    assert [len(first), len(rest)] == [2, 3]

    clock.advance(KEPT.total_seconds() + 1)
    watchman.noticed("token_reuse")
    await post.kinds()
    with psycopg.connect(database_url) as conn:
        assert conn.execute("select kind from security_events").fetchall() == [("token_reuse",)]


async def test_a_flood_of_events_is_bounded(watchman: Watchman) -> None:
    for _ in range(5000):
        watchman.noticed("scraping")

    assert watchman._waiting.qsize() == 1000


async def test_counting_many_strangers_is_bounded(watchman: Watchman) -> None:
    for n in range(30_000):
        watchman.missing(str(n))

    counted: Any = watchman._counted
    assert len(counted) <= 20_001
