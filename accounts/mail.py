"""Letters on their way out: a bounded queue whose worker delivers by SMTP, or into a folder, and tries again.

Who posts a letter neither waits nor fails. A letter itself is kept in memory only, because it holds a secret that the database
must not; with a journal, a note of it is kept there, from which another process can write it again."""

import asyncio
import os
import secrets
import smtplib
import ssl
import textwrap
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr
from pathlib import Path

from accounts.journal import Journal, Note
from core.clock import Clock
from core.errors import DatabaseUnavailable, Invalid
from core.log import logger
from core.settings import MailSettings

WAITS_S = (2.0, 30.0, 300.0, 1800.0)
WAITING_MAX = 1000
_WORKERS = 2
_LEAVE_S = 5.0
_RENEW_S = 30.0
_COLUMNS = 76
_OUTBOX_FILES_MAX = 1000
_LETTERS_AN_HOUR = 5  # of one kind to one address: nobody's mailbox is flooded through us
_HOUR_S = 3600.0
_COUNTED_MAX = 20_000

_log = logger("accounts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """`to` and `text` are private: neither is ever logged."""

    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)


Write = Callable[[], Awaitable[Letter | None]]
Rewrite = Callable[[str, Mapping[str, str]], Write]
Carrier = Callable[[EmailMessage], None]


class Undeliverable(Exception):
    """The mail server will never take this letter."""


@dataclass(slots=True)
class _Job:
    kind: str
    write: Write
    to: str = field(default="", repr=False)
    facts: Mapping[str, str] | None = field(default=None, repr=False)
    note: str = ""
    message: EmailMessage | None = None
    tries: int = 0


class Postman:
    """Takes letters while `open_postman` lasts. `rewrite` gives back what writes the letter of a note, for those that
    another process left behind."""

    def __init__(
        self,
        carrier: Carrier,
        clock: Clock,
        *,
        sender: str,
        waits_s: Sequence[float] = WAITS_S,
        journal: Journal | None = None,
    ) -> None:
        self.rewrite: Rewrite | None = None
        self._journal = journal
        self._fresh: asyncio.Queue[_Job] = asyncio.Queue()
        self._noted: set[str] = set()
        self._carrier = carrier
        self._clock = clock
        self._sender = _address(sender)
        self._waits_s = waits_s
        self._ready: asyncio.Queue[_Job] = asyncio.Queue()
        self._later: set[asyncio.TimerHandle] = set()
        self._unfinished = 0
        self._counted: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()

    def post(self, kind: str, to: str, write: Write, *, facts: Mapping[str, str] | None = None) -> bool:
        """Have `write` called later, and what it returns delivered; None is no letter. `to` is only counted. With `facts`, of
        which `rewrite` can make the same, it outlives this process. False when there were too many: of this kind to this
        address in an hour, or waiting altogether."""
        if self._unfinished >= WAITING_MAX:
            _log.error("mail.full", kind=kind)
            return False
        if not self._count(kind, to):
            _log.warning("mail.often", kind=kind)
            return False
        self._unfinished += 1
        job = _Job(kind, write, to, facts)
        (self._ready if self._journal is None or facts is None else self._fresh).put_nowait(job)
        return True

    @property
    def keeps_notes(self) -> bool:
        return self._journal is not None

    async def deliver(self, letter: Letter) -> None:
        """At once and once, for a caller that keeps and repeats it. Raises Undeliverable, Invalid, or what the carrier does."""
        await asyncio.to_thread(self._carrier, self._message(letter, note=""))

    async def settle(self, within_s: float) -> None:
        """Return when nothing waits but for another try, or the time is up."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self._unfinished > len(self._later):  # noqa: ASYNC110  a few looks at the end of a process, or in a test
                    await asyncio.sleep(0.01)

    async def work(self) -> None:
        """For ever: one letter after the other."""
        while True:
            await self._handle(await self._ready.get())

    async def note(self) -> None:
        """For ever: a note of each letter, before anything of it is done."""
        while True:
            job = await self._fresh.get()
            try:
                assert self._journal is not None
                job.note = (await self._journal.keep(job.kind, job.to, job.facts or {})).id
                self._noted.add(job.note)
            except DatabaseUnavailable as error:  # then it lives as long as this process
                _log.warning("mail.not_noted", kind=job.kind, failure=error)
            self._ready.put_nowait(job)

    async def take_over(self) -> None:
        """For ever: say that what waits here is being worked on, and take what nobody says so of."""
        assert self._journal is not None
        while True:
            try:
                await self._journal.renew(self._noted)
                for found in await self._journal.claim() if self.rewrite else ():
                    self._adopt(found)
            except DatabaseUnavailable as error:
                _log.warning("mail.not_renewed", failure=error)
            await asyncio.sleep(_RENEW_S)

    def _adopt(self, note: Note) -> None:
        """What another process left behind."""
        assert self.rewrite is not None
        try:
            write = self.rewrite(note.kind, note.facts)
        except KeyError:  # of a version that knew other letters; it goes when it is a day old
            _log.error("mail.unknown", kind=note.kind)
            return
        self._unfinished += 1
        self._noted.add(note.id)
        self._ready.put_nowait(_Job(note.kind, write, note=note.id))

    async def stop(self) -> None:
        for handle in self._later:
            handle.cancel()
        if self._unfinished:
            _log.warning("mail.left", letters=self._unfinished)
        if self._journal is not None and self._noted:
            with suppress(DatabaseUnavailable):
                await self._journal.release(self._noted)

    def _count(self, kind: str, to: str) -> bool:
        now = self._clock.monotonic()
        times = self._counted.setdefault((kind, to), deque())
        self._counted.move_to_end((kind, to))
        if len(self._counted) > _COUNTED_MAX:
            self._counted.popitem(last=False)
        while times and times[0] <= now - _HOUR_S:
            times.popleft()
        if len(times) >= _LETTERS_AN_HOUR:
            return False
        times.append(now)
        return True

    async def _handle(self, job: _Job) -> None:
        try:
            if job.message is None:
                letter = await job.write()
                job.message = self._message(letter, job.note) if letter else None
            if job.message is not None:
                await asyncio.to_thread(self._carrier, job.message)
                _log.info("mail.sent", kind=job.kind, tries=job.tries + 1)
        except (Undeliverable, Invalid) as error:
            _log.error("mail.refused", kind=job.kind, failure=error)
        except Exception as error:  # the outermost loop of a worker
            if self._try_again(job, error):
                return
        await self._finish(job)

    async def _finish(self, job: _Job) -> None:
        """It counts as finished when its note is gone, since the end of a process waits for that."""
        if self._journal is not None and job.note:
            self._noted.discard(job.note)
            try:
                await self._journal.drop(job.note)
            except DatabaseUnavailable as error:
                _log.warning("mail.not_dropped", kind=job.kind, failure=error)
        self._unfinished -= 1

    def _try_again(self, job: _Job, error: Exception) -> bool:
        """Whether it will be."""
        if job.tries >= len(self._waits_s):
            _log.error("mail.given_up", kind=job.kind, tries=job.tries + 1, failure=error)
            return False
        wait_s = self._waits_s[job.tries]
        job.tries += 1
        _log.warning("mail.later", kind=job.kind, tries=job.tries, wait_s=wait_s, failure=error)

        def now() -> None:
            self._later.discard(handle)
            self._ready.put_nowait(job)

        handle = asyncio.get_running_loop().call_later(wait_s, now)
        self._later.add(handle)
        return True

    def _message(self, letter: Letter, note: str) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["From"] = self._sender
        message["To"] = _address(f"<{letter.to}>")
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(self._clock.now())
        # a letter that another process sends again is the same one to whoever gets both
        domain = self._sender.domain
        message["Message-ID"] = f"<{note}@{domain}>" if note else make_msgid(domain=domain)
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies
        text = "\n".join(
            textwrap.fill(line, _COLUMNS, break_long_words=False, break_on_hyphens=False)
            for line in letter.text.split("\n")
        )
        # so that a link is whole in the file too: other encodings write = as =3D and break long lines
        message.set_content(text, cte="7bit" if text.isascii() else None)
        return message


@asynccontextmanager
async def open_postman(
    settings: MailSettings, data_dir: Path, clock: Clock, *, journal: Journal | None = None
) -> AsyncIterator[Postman]:
    """Delivers while open, also what a process that died has noted in the same `journal`; at the end it takes a few seconds for what is ready. Raises Invalid for a bad sender."""
    carrier = smtp(settings) if settings.smtp_host else into_folder(outbox(settings, data_dir), clock)
    async with running(Postman(carrier, clock, sender=settings.sender, journal=journal)) as postman:
        yield postman


@asynccontextmanager
async def running(postman: Postman) -> AsyncIterator[Postman]:
    duties = [postman.work() for _ in range(_WORKERS)]
    if postman.keeps_notes:
        duties += [postman.note(), postman.take_over()]
    workers = [asyncio.create_task(duty) for duty in duties]
    try:
        yield postman
        await postman.settle(_LEAVE_S)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        await postman.stop()


def outbox(settings: MailSettings, data_dir: Path) -> Path:
    """The folder of letters when there is no mail server."""
    return settings.outbox or data_dir / "outbox"


def into_folder(folder: Path, clock: Clock) -> Carrier:
    """Each letter a file that only its owner may read; the oldest go beyond a thousand."""

    def carry(message: EmailMessage) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = f"{clock.now():%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
        draft, path = folder / f".{name}", folder / f"{name}.eml"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(message.as_bytes())
        draft.rename(path)
        for old in sorted(folder.glob("*.eml"))[:-_OUTBOX_FILES_MAX]:
            old.unlink(missing_ok=True)

    return carry


def smtp(settings: MailSettings) -> Carrier:
    """One connection a letter, RFC 5321. With starttls or tls the server's certificate must be good."""

    def carry(message: EmailMessage) -> None:
        try:
            with _connected(settings) as server:
                if settings.smtp_user:
                    password = settings.smtp_password.get_secret_value() if settings.smtp_password else ""
                    server.login(settings.smtp_user, password)
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            if all(code >= 500 for code, _ in error.recipients.values()):
                raise Undeliverable from None
            raise
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            if error.smtp_code >= 500:
                raise Undeliverable from None
            raise

    return carry


def _connected(settings: MailSettings) -> smtplib.SMTP:
    host, timeout = settings.smtp_host or "", settings.timeout_s
    if settings.smtp_security == "none":
        return smtplib.SMTP(host, settings.smtp_port, timeout=timeout)
    trusted = ssl.create_default_context(cafile=settings.smtp_ca_file)
    if settings.smtp_security == "tls":
        return smtplib.SMTP_SSL(host, settings.smtp_port, timeout=timeout, context=trusted)
    server = smtplib.SMTP(host, settings.smtp_port, timeout=timeout)
    try:
        server.starttls(context=trusted)
    except BaseException:
        server.close()
        raise
    return server


def _address(text: str) -> Address:
    """Raises Invalid."""
    name, mailbox = parseaddr(text)
    try:
        if any(map(str.isspace, mailbox)) or any(char in text for char in "\r\n\0"):
            raise ValueError
        return Address(name, addr_spec=mailbox)
    except (ValueError, IndexError):
        raise Invalid("a letter needs whole e-mail addresses: see LEARNFLOW_MAIL__SENDER") from None
