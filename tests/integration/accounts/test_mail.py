"""Letters leave by real SMTP or into a folder, and nobody who posts one waits or fails."""

import asyncio
import email
import email.policy
import io
import ssl
import stat
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from accounts.mail import WAITING_MAX, Letter, Postman, Write, open_postman, running, smtp
from core.clock import FakeClock
from core.errors import DatabaseUnavailable, Invalid
from core.log import open_logging
from core.settings import MailSettings, TelemetrySettings
from tests.integration.accounts.post_office import open_post_office

CANARY = "canary.bird@school.org"


def letter(to: str = CANARY, text: str = "Zwölf Boxkämpfer\n.\nend") -> Write:
    async def write() -> Letter:
        return Letter(to=to, subject="Grüße", text=text)

    return write


def postman(settings: MailSettings, waits_s: tuple[float, ...] = (0.01, 0.01)) -> Postman:
    return Postman(smtp(settings), FakeClock(), sender="LearnFlow <post@learnflow.example>", waits_s=waits_s)


async def until(reached: object) -> None:
    async with asyncio.timeout(10):
        while not reached():  # type: ignore[operator]  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_letter_arrives_word_for_word_by_smtp() -> None:
    async with open_post_office() as office, running(postman(office.settings())) as post:
        assert post.post("confirm", CANARY, letter())
        await post.settle(5)

    (found,) = office.letters
    assert (found["To"], found["From"]) == (CANARY, "LearnFlow <post@learnflow.example>")
    assert (found["Subject"], found["Auto-Submitted"]) == ("Grüße", "auto-generated")
    assert found["Message-ID"].endswith("@learnflow.example>")
    assert found.get_content().replace("\r\n", "\n").strip() == "Zwölf Boxkämpfer\n.\nend"


async def test_a_server_that_refuses_for_now_is_asked_again() -> None:
    async with open_post_office() as office, running(postman(office.settings())) as post:
        office.refusals = ["451 greylisted, come back"]
        post.post("confirm", CANARY, letter())
        await until(lambda: office.letters)

    assert office.conversations == 2


async def test_a_server_that_refuses_for_good_is_not_asked_again() -> None:
    async with open_post_office() as office, running(postman(office.settings())) as post:
        office.refusals = ["550 no such person"]
        post.post("confirm", CANARY, letter())
        post.post("confirm", "else@school.org", letter("else@school.org"))
        await until(lambda: office.letters)
        await asyncio.sleep(0.1)

    assert len(office.letters) == 1
    assert office.conversations == 2


async def test_a_letter_that_cannot_be_written_yet_is_written_later() -> None:
    tries: list[int] = []

    async def write() -> Letter:
        tries.append(1)
        if len(tries) < 3:
            raise DatabaseUnavailable
        return await letter()()  # type: ignore[return-value]

    async with open_post_office() as office, running(postman(office.settings())) as post:
        post.post("confirm", CANARY, write)
        await until(lambda: office.letters)

    assert len(tries) == 3


async def test_posting_neither_waits_nor_fails_while_the_server_is_silent_or_gone() -> None:
    async with open_post_office() as office:
        office.stalls = True
        async with running(postman(office.settings(timeout_s=0.2), waits_s=())) as post:
            began = time.process_time()
            taken = [post.post("confirm", f"p{n}@school.org", letter()) for n in range(20)]
            spent_s = time.process_time() - began
            await until(lambda: office.conversations >= 2)
    async with running(postman(office.settings())) as post:
        taken.append(post.post("confirm", CANARY, letter()))

    assert all(taken)
    assert spent_s < 0.1


async def test_what_waits_is_bounded_and_so_is_what_one_address_gets() -> None:
    post = postman(MailSettings(smtp_host="127.0.0.1"))

    to_one = [post.post("reset", CANARY, letter()) for _ in range(7)]
    to_many = [post.post("confirm", f"p{n}@school.org", letter()) for n in range(WAITING_MAX)]

    assert to_one == [True] * 5 + [False] * 2
    assert to_many.count(True) == WAITING_MAX - 5


async def test_the_bound_on_one_kind_of_letter_leaves_the_other_kinds() -> None:
    post = postman(MailSettings(smtp_host="127.0.0.1"))

    for _ in range(9):
        post.post("known", CANARY, letter())

    assert post.post("reset", CANARY, letter())


async def test_logs_of_letters_name_nobody() -> None:
    lines = io.StringIO()
    with open_logging(TelemetrySettings(log_level="debug"), lines):
        async with open_post_office() as office, running(postman(office.settings())) as post:
            office.refusals = [f"451 <{CANARY}> later", f"550 <{CANARY}> unknown"]
            for _ in range(2):
                post.post("confirm", CANARY, letter(text="canary secret"))
            await until(lambda: office.letters)

    told = lines.getvalue()
    assert "mail.later" in told
    assert "mail.sent" in told
    assert "mail.refused" in told
    assert "canary" not in told.lower()


async def test_without_a_server_letters_are_files_that_only_their_owner_reads(data_dir: Path) -> None:
    async with open_postman(MailSettings(), data_dir, FakeClock()) as post:
        post.post("confirm", CANARY, letter())
        post.post("confirm", CANARY, letter())

    found = sorted((data_dir / "outbox").iterdir())
    assert [path.suffix for path in found] == [".eml", ".eml"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in found} == {0o600}
    assert stat.S_IMODE((data_dir / "outbox").stat().st_mode) == 0o700
    kept = email.message_from_bytes(found[0].read_bytes(), policy=email.policy.default)
    assert kept["To"] == CANARY
    assert "Boxkämpfer" in kept.get_content()


async def test_a_letter_cannot_bring_headers_of_its_own(data_dir: Path) -> None:
    async with open_postman(MailSettings(), data_dir, FakeClock()) as post:
        post.post("confirm", CANARY, letter("a@school.org\r\nBcc: b@school.org"))

    assert list((data_dir / "outbox").glob("*")) == []


async def test_a_sender_that_is_none_is_told_at_the_start(data_dir: Path) -> None:
    with pytest.raises(Invalid, match="LEARNFLOW_MAIL__SENDER"):
        async with open_postman(MailSettings(sender="nobody"), data_dir, FakeClock()):
            pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """A server's side of TLS for 127.0.0.1, and the file that a client trusts it by."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "post.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(made.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, folder / "cert.pem"


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_private_connection_is_made_before_the_password_goes_over_it(
    certificate: tuple[ssl.SSLContext, Path], security: str
) -> None:
    tls, trusted = certificate
    async with open_post_office(tls, at_once=security == "tls") as office:
        settings = office.settings(
            smtp_security=security, smtp_ca_file=trusted, smtp_user="post", smtp_password="secret"
        )
        async with running(postman(settings)) as post:
            post.post("confirm", CANARY, letter())
            await until(lambda: office.letters)

    assert office.private == [True]
    assert office.signed_in


@pytest.mark.parametrize("offered", [True, False])
async def test_no_letter_goes_to_a_server_that_cannot_prove_itself(
    certificate: tuple[ssl.SSLContext, Path], offered: bool
) -> None:
    tls, _ = certificate
    async with open_post_office(tls if offered else None) as office:
        settings = office.settings(smtp_security="starttls", smtp_user="post", smtp_password="secret")
        async with running(postman(settings, waits_s=())) as post:
            post.post("confirm", CANARY, letter())
            await post.settle(5)

    assert office.letters == []
    assert office.signed_in == []
