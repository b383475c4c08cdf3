"""Notifications over real Postgres and real sockets: told once, to whom it concerns, whichever server does it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

import orjson
import pytest
from fastapi import FastAPI, Request, Response

from core import db
from core.clock import FakeClock
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.ports import Principal, Role, Student, StudentId, UserId
from learning.notifications import signing
from learning.notifications.box import SUBSCRIPTIONS_MAX, PostgresNotifications
from learning.notifications.outward import Failure, Poster, Refusal, open_poster
from learning.notifications.rules import WAITS_S, Notice, Preferences
from learning.notifications.running import Runner, Ways, running
from learning.records import PostgresRecords
from tests.edge import serving

ADA = Student(id=StudentId("ada"), name="Ada")
BOB = Student(id=StudentId("bob"), name="Bob")
HERS = Principal(id=UserId("hers"), role=Role.TEACHER, name="Hers")
HIS = Principal(id=UserId("his"), role=Role.TEACHER, name="His")
ADMIN = Principal(id=UserId("root"), role=Role.ADMIN, name="Root")
ASKER = Principal(id=UserId("ada"), role=Role.STUDENT, name="Ada")
PEOPLE = {"ada": "student", "bob": "student", "hers": "teacher", "his": "teacher", "root": "admin"}
NOTE = Notice(key="k1", kind="announcement", title="No lesson", body="on Friday")
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@dataclass
class Letters:
    """A mail server that `fails` so often first."""

    sent: list[tuple[str, str, str]] = field(default_factory=list)
    fails: int = 0

    async def __call__(self, address: str, subject: str, text: str) -> None:
        if self.fails:
            self.fails -= 1
            raise OSError("no route")
        self.sent.append((address, subject, text))


@dataclass
class Receiver:
    """Somebody's webhook; answers with `statuses` in turn, then 204."""

    statuses: list[int] = field(default_factory=list)
    taken: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/hook")
        async def hook(request: Request) -> Response:
            self.taken.append((dict(request.headers), await request.body()))
            status = self.statuses.pop(0) if self.statuses else 204
            return Response(status_code=status, headers={"location": "/elsewhere"})

        return app


@dataclass
class School:
    """Class a: Ada, taught by hers. Class b: Bob, taught by his."""

    pool: db.Pool
    clock: FakeClock
    box: PostgresNotifications
    records: PostgresRecords
    mail: Letters
    poster: Poster

    @property
    def runner(self) -> Runner:
        return Runner(self.pool, self.clock, Ways(mail=self.mail, poster=self.poster))

    async def look(self, seconds: float = 0.0) -> None:
        """Everything that is due after so long."""
        self.clock.advance(seconds)
        while await self.runner.look():
            pass

    async def alert(self, key: str, student: Student = ADA, severity: str = "medium") -> None:
        await self.records.raise_alert(
            student, key=key, kind="distress", severity=severity, reason="Said so", advice="Talk"
        )

    async def titles(self, who: Principal) -> list[str]:
        return [one.title for one in (await self.box.list_notifications(who))[0]]


@pytest.fixture
async def school(pool: db.Pool) -> AsyncIterator[School]:
    async with pool.connection() as conn:
        for who, role in PEOPLE.items():
            await conn.execute(
                "insert into users (id, email, name, role, email_confirmed_at) values (%s, %s, %s, %s, now())",
                (who, f"{who}@example.org", who.title(), role),
            )
        await conn.execute("insert into classes (id, name) values ('a', 'A'), ('b', 'B')")
        await conn.execute(
            "insert into class_members values ('a', 'ada', 'student'), ('a', 'hers', 'teacher'),"
            " ('b', 'bob', 'student'), ('b', 'his', 'teacher')"
        )
    clock = FakeClock(NOON)
    async with open_poster(private=True, timeout_s=2) as poster:
        box = PostgresNotifications(pool, clock, private=True, poll_s=0.02)
        yield School(pool, clock, box, PostgresRecords(pool, clock), Letters(), poster)


async def test_who_was_told_under_a_key_is_not_told_again(school: School) -> None:
    told = await asyncio.gather(*[school.box.publish([UserId("ada"), UserId("bob")], NOTE) for _ in range(8)])

    assert sum(told) == 2
    assert await school.titles(ASKER) == ["No lesson"]
    assert await school.box.publish([UserId("nobody")], NOTE) == 0


async def test_the_inbox_is_read_in_pages_by_its_owner_alone(school: School) -> None:
    for n in range(5):
        await school.box.publish([UserId("ada")], Notice(key=f"k{n}", kind="announcement", title=f"t{n}"))

    first, before = await school.box.list_notifications(ASKER, limit=3)
    rest, end = await school.box.list_notifications(ASKER, limit=3, before=before)
    marked = await school.box.mark_read(ASKER, upto=first[-1].seq, seqs=[first[0].seq])

    assert [one.title for one in (*first, *rest)] == ["t4", "t3", "t2", "t1", "t0"]
    assert end is None
    assert (marked, await school.box.count_unread(ASKER)) == (4, 1)
    assert await school.box.mark_read(HERS, upto=99) == 0
    assert await school.titles(HERS) == []


async def test_a_watcher_misses_nothing_of_what_many_tell_at_once(school: School) -> None:
    notices = [Notice(key=f"k{n}", kind="announcement", title=f"t{n}") for n in range(30)]

    async def seen() -> list[str]:
        found: list[str] = []
        async for one in school.box.watch(ASKER, after=0, seconds=20):
            found.append(one.title)
            if len(found) == 30:
                break
        return found

    watching = asyncio.create_task(seen())
    await asyncio.gather(*[school.box.publish([UserId("ada")], notice) for notice in notices])

    found = await asyncio.wait_for(watching, 20)
    assert sorted(found) == sorted(notice.title for notice in notices)


async def test_a_class_is_told_by_its_own_teacher_or_an_admin(school: School) -> None:
    assert await school.box.announce(HERS, "a", NOTE) == 1
    assert await school.box.announce(ADMIN, "b", NOTE) == 1
    assert await school.titles(ASKER) == ["No lesson"]
    with pytest.raises(NotFound):
        await school.box.announce(HERS, "b", NOTE)
    with pytest.raises(Forbidden):
        await school.box.announce(ASKER, "a", NOTE)


async def test_what_is_muted_is_not_told(school: School) -> None:
    await school.box.prefer(ASKER, Preferences(muted=("announcement",)))

    assert await school.box.publish([UserId("ada")], NOTE) == 0
    assert await school.titles(ASKER) == []


async def test_alerts_are_told_to_own_teachers_once_by_however_many_servers(school: School) -> None:
    await school.alert("1")
    await school.alert("2", BOB, "high")

    others = [Runner(school.pool, school.clock, school.runner._ways) for _ in range(4)]
    for _ in range(5):
        await asyncio.gather(*[one.tell_alerts() for one in others])

    assert await school.titles(HERS) == ["Ada: distress (medium)"]
    ((only,), _) = await school.box.list_notifications(HIS)
    assert (only.urgent, only.facts["student"]) == (True, "bob")
    assert await school.titles(ASKER) == await school.titles(ADMIN) == []


async def test_a_letter_goes_to_a_proved_address_and_says_nothing_of_the_student(school: School) -> None:
    await school.box.subscribe(HERS, "email", ["alert"])
    await school.alert("1")
    await school.look()
    await school.look()

    ((address, subject, text),) = school.mail.sent
    assert (address, subject) == ("hers@example.org", "Ada: distress (medium)")
    assert "Said so" not in text


async def test_an_address_that_nobody_proved_gets_no_letter(school: School) -> None:
    async with school.pool.connection() as conn:
        await conn.execute("update users set email_confirmed_at = null where id = 'hers'")
    await school.box.subscribe(HERS, "email", ["alert"])
    await school.alert("1")
    await school.look()

    assert school.mail.sent == []
    (delivery,) = await school.box.list_deliveries(HERS)
    assert (delivery.status, "never confirmed" in delivery.failure) == ("dead", True)


async def test_letters_wait_for_the_morning_where_the_person_lives(school: School) -> None:
    await school.box.subscribe(ASKER, "email", ["announcement"])
    await school.box.prefer(
        ASKER, Preferences(time_zone="Pacific/Auckland", quiet_from=time(21), quiet_until=time(7))
    )  # noon in Greenwich is one in the morning there
    await school.box.publish([UserId("ada")], NOTE)
    await school.look()
    early = [*school.mail.sent]
    await school.look(6 * 3600 - 60)
    still = [*school.mail.sent]
    await school.look(120)

    assert early == still == []
    assert len(school.mail.sent) == 1
    assert (await school.box.list_deliveries(ASKER))[0].tries == 1


async def test_a_mail_server_that_is_away_is_tried_again(school: School) -> None:
    school.mail.fails = 2
    await school.box.subscribe(ASKER, "email", ["announcement"])
    await school.box.publish([UserId("ada")], NOTE)
    for seconds in (0, *WAITS_S[:2]):
        assert school.mail.sent == []
        await school.look(seconds)

    assert len(school.mail.sent) == 1


async def test_a_webhook_is_signed_and_carries_ids_only(school: School) -> None:
    receiver = Receiver()
    async with serving(receiver.app()) as url:
        made = await school.box.subscribe(HERS, "webhook", ["alert"], url=f"{url}/hook")
        await school.alert("1", severity="high")
        await school.look()

    ((headers, body),) = receiver.taken
    document = orjson.loads(body)
    assert signing.is_genuine(made.secret, headers, body, now_s=int(school.clock.now().timestamp()))
    assert (document["type"], document["data"]["facts"]["student"], document["data"]["body"]) == ("alert", "ada", "")
    assert made.secret not in repr(made)
    assert (await school.box.list_subscriptions(HERS))[0].secret == ""


async def test_a_webhook_is_tried_again_with_the_same_id_until_it_is_taken(school: School) -> None:
    receiver = Receiver(statuses=[500, 302, 429])
    async with serving(receiver.app()) as url:
        await school.box.subscribe(HERS, "webhook", ["alert"], url=f"{url}/hook")
        await school.alert("1")
        for seconds in (0, *WAITS_S[:4]):
            await school.look(seconds)

    assert len(receiver.taken) == 4
    assert len({headers["webhook-id"] for headers, _ in receiver.taken}) == 1
    assert len({headers["webhook-timestamp"] for headers, _ in receiver.taken}) == 4
    assert (await school.box.list_deliveries(HERS))[0].status == "sent"


async def test_what_is_never_taken_is_dead_and_can_be_sent_anew(school: School) -> None:
    receiver = Receiver(statuses=[500] * (len(WAITS_S) + 1))
    async with serving(receiver.app()) as url:
        await school.box.subscribe(HERS, "webhook", ["alert"], url=f"{url}/hook")
        await school.alert("1")
        for seconds in (0, *WAITS_S, 10**6):
            await school.look(seconds)
        (dead,) = await school.box.list_deliveries(HERS, status="dead")
        tried = len(receiver.taken)
        with pytest.raises(NotFound):
            await school.box.retry(HIS, dead.id)
        await school.box.retry(HERS, dead.id)
        await school.look()

    assert (tried, dead.failure) == (len(WAITS_S) + 1, "the receiver answered 500")
    assert (await school.box.list_deliveries(HERS))[0].status == "sent"


async def test_a_receiver_that_is_gone_is_not_written_to_again(school: School) -> None:
    receiver = Receiver(statuses=[410])
    async with serving(receiver.app()) as url:
        await school.box.subscribe(HERS, "webhook", ["alert"], url=f"{url}/hook")
        await school.alert("1")
        await school.look()
        await school.alert("2")
        await school.look()

    assert len(receiver.taken) == 1
    (ended,) = await school.box.list_subscriptions(HERS)
    assert (ended.ended_at is not None, ended.ended_because) == (True, "the receiver answered 410")


async def test_two_servers_send_each_delivery_once(school: School) -> None:
    await school.box.subscribe(ASKER, "email", ["announcement"])
    for n in range(8):
        await school.box.publish([UserId("ada")], Notice(key=f"k{n}", kind="announcement", title=f"t{n}"))

    await asyncio.gather(*[Runner(school.pool, school.clock, school.runner._ways).deliver() for _ in range(4)])

    assert sorted(subject for _, subject, _ in school.mail.sent) == [f"t{n}" for n in range(8)]


async def test_what_a_dying_server_was_sending_is_sent_when_its_lease_is_over(school: School) -> None:
    class Killed(BaseException):
        """As abrupt as can be."""

    async def dies(address: str, subject: str, text: str) -> None:
        raise Killed

    await school.box.subscribe(ASKER, "email", ["announcement"])
    await school.box.publish([UserId("ada")], NOTE)
    with pytest.raises(BaseException):  # noqa: B017, PT011  a group of one
        await Runner(school.pool, school.clock, Ways(mail=dies, poster=school.poster)).deliver()
    await school.look()
    during = [*school.mail.sent]
    await school.look(121)

    assert (during, len(school.mail.sent)) == ([], 1)


async def test_a_digest_comes_in_the_morning_to_who_asked_for_it_and_only_with_news(school: School) -> None:
    await school.box.prefer(HERS, Preferences(time_zone="Europe/Berlin", digest="daily"))
    await school.box.prefer(HIS, Preferences(time_zone="Europe/Berlin", digest="daily"))
    await school.alert("1")
    await school.look(17 * 3600 + 3500)  # not yet seven
    early = [*school.mail.sent]
    await school.look(200)
    await school.look(24 * 3600)

    assert early == []
    ((address, subject, text),) = school.mail.sent
    assert (address, subject) == ("hers@example.org", "1 new alert in your classes")
    assert "Ada: 1, the gravest medium (distress)" in text
    assert (await school.titles(HERS))[0] == "1 new alert in your classes"


async def test_a_digest_is_written_once_by_many_servers_and_after_a_night_switched_off(school: School) -> None:
    await school.box.prefer(HERS, Preferences(digest="weekly"))
    await school.alert("1")
    school.clock.advance(16 * 24 * 3600)  # two Mondays passed while nothing ran

    for _ in range(3):
        await asyncio.gather(*[Runner(school.pool, school.clock, school.runner._ways).look() for _ in range(4)])

    assert [subject for _, subject, _ in school.mail.sent] == ["1 new alert in your classes"]


async def test_wishes_and_subscriptions_are_bounded(school: School) -> None:
    with pytest.raises(Forbidden):
        await school.box.prefer(ASKER, Preferences(digest="daily"))
    with pytest.raises(Forbidden):
        await school.box.subscribe(ASKER, "webhook", ["alert"], url="https://hooks.example")
    with pytest.raises(Invalid):
        await school.box.subscribe(HERS, "email", ["alert"], url="https://hooks.example")
    with pytest.raises(Invalid):
        await school.box.subscribe(HERS, "email", ["gossip"])
    for _ in range(SUBSCRIPTIONS_MAX):
        await school.box.subscribe(HERS, "email", ["alert"])
    with pytest.raises(Conflict):
        await school.box.subscribe(HERS, "email", ["alert"])


async def test_erasing_a_person_erases_what_they_were_told(school: School) -> None:
    await school.box.subscribe(ASKER, "email", ["announcement"])
    await school.box.prefer(ASKER, Preferences())
    await school.box.publish([UserId("ada")], NOTE)

    async with school.pool.connection() as conn:
        await conn.execute("delete from users where id = 'ada'")
        left = [
            (await (await conn.execute(f"select count(*) as n from {table} where user_id = 'ada'")).fetchone() or {})[
                "n"
            ]
            for table in (
                "notifications",
                "notification_boxes",
                "notification_subscriptions",
                "notification_deliveries",
            )
        ]

    assert left == [0, 0, 0, 0]


async def test_it_runs_by_itself_while_a_server_is_open(school: School) -> None:
    await school.alert("1")
    async with running(school.runner, every_s=0.02), asyncio.timeout(10):
        async for one in school.box.watch(HERS, after=0, seconds=10):
            assert one.title == "Ada: distress (medium)"
            break


# --- where a webhook may go -------------------------------------------------------------------------------------------


@asynccontextmanager
async def _poster(addresses: Sequence[str], *, private: bool = False, tls: Any = None) -> AsyncIterator[Poster]:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    async with open_poster(private=private, timeout_s=2, resolve=resolve, tls=tls) as poster:
        yield poster


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::1"], ["169.254.169.254"]])
async def test_a_name_that_leads_into_ones_own_network_is_refused(addresses: list[str]) -> None:
    async with _poster(addresses) as poster:
        with pytest.raises(Refusal):
            await poster.post("https://hooks.example/x", {}, b"{}")


async def test_the_address_that_was_looked_at_is_the_one_that_is_called() -> None:
    async with _poster(["93.184.216.34"]) as poster:
        target = await poster.target("https://hooks.example:8443/a?b=c")

    assert (target.url, target.host, target.name) == (
        "https://93.184.216.34:8443/a?b=c", "hooks.example:8443", "hooks.example"
    )  # fmt: skip


async def test_a_pinned_call_says_the_name_it_means() -> None:
    receiver = Receiver()
    async with serving(receiver.app()) as url, _poster(["127.0.0.1"], private=True) as poster:
        port = url.rpartition(":")[2]
        await poster.post(f"http://hooks.example:{port}/hook", {}, b"{}")

    assert receiver.taken[0][0]["host"] == f"hooks.example:{port}"


async def test_a_receiver_that_never_answers_is_a_failure_in_time() -> None:
    left = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        left.set()

    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(await asyncio.start_server(silent, "127.0.0.1", 0))
        port = server.sockets[0].getsockname()[1]
        async with open_poster(private=True, timeout_s=0.3) as poster:
            with pytest.raises(Failure):
                await poster.post(f"http://127.0.0.1:{port}/", {}, b"{}")
        await asyncio.wait_for(left.wait(), 5)


@pytest.mark.parametrize(("named", "taken"), [("hooks.example", True), ("other.example", False)])
async def test_a_certificate_must_be_for_the_name_and_not_the_address(named: str, taken: bool, tmp_path: Any) -> None:
    ours, theirs = _certificate("hooks.example", tmp_path)
    served = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        served.set()
        writer.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(await asyncio.start_server(answer, "127.0.0.1", 0, ssl=theirs))
        port = server.sockets[0].getsockname()[1]
        poster = await stack.enter_async_context(_poster(["127.0.0.1"], private=True, tls=ours))
        if taken:
            await poster.post(f"https://{named}:{port}/hook", {}, b"{}")
        else:
            with pytest.raises(Failure):
                await poster.post(f"https://{named}:{port}/hook", {}, b"{}")

    assert served.is_set() == taken


def _certificate(name: str, folder: Any) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What trusts a certificate of this name, and what shows it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject).issuer_name(subject).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    chain, private = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(chain, private)
    return ssl.create_default_context(cafile=chain), theirs
