"""What people may ask of their own data: an export, to be erased, to think better of it, and proof that it was done."""

import hashlib
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from accounts.addresses import DEMO_DOMAIN, email_key
from accounts.backoff import Backoff
from accounts.mail import Letter, Postman
from accounts.passwords import Passwords
from accounts.privacy.jobs import AskedBy, Job, Jobs, job
from accounts.statements import one
from core import db
from core.clock import Clock
from core.errors import Conflict, Forbidden, NotFound, RateLimited, Unauthenticated
from core.ports import Principal, UserId
from core.settings import PrivacySettings

_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Good for one download, until then."""

    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """`receipt` is the only key to the receipt, which outlives the account."""

    job: Job
    receipt: str = field(repr=False)


class Rights:
    """Every method raises DatabaseUnavailable. `nudge` is called when there is something to do."""

    def __init__(
        self,
        pool: db.Pool,
        clock: Clock,
        settings: PrivacySettings,
        jobs: Jobs,
        *,
        passwords: Passwords,
        postman: Postman,
        nudge: Callable[[], None],
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._settings = settings
        self._jobs = jobs
        self._passwords = passwords
        self._postman = postman
        self._nudge = nudge
        self._backoff = Backoff(clock)

    # --- export ---------------------------------------------------------------------------------------------------

    async def ask_export(self, user: UserId, *, by: AskedBy = "self") -> Job:
        """The export that is being made, or a new one. Raises NotFound, RateLimited."""
        await self._person(user)
        running = await self._jobs.active("export", user)
        if running is not None:
            return running
        since = self._clock.now() - timedelta(days=1)
        row = await self._one("privacy_asked_since", user=user, kind="export", since=since)
        if row and row["asked"] >= self._settings.exports_per_day:
            raise RateLimited("You have asked for several exports today.", retry_after_s=_DAY_S / 24)
        asked, new = await self._jobs.ask("export", user, by=by)
        if new:
            await self._audit("privacy.export_asked", by=user if by == "self" else by, subject=user)
        self._nudge()
        return asked

    async def exported(self, user: UserId, *, by: str) -> None:
        """Somebody at the terminal made one; the audit log knows."""
        await self._audit("privacy.exported", by=by, subject=user)

    async def export(self, user: UserId, job_id: str) -> Job:
        """Raises NotFound, also for somebody else's."""
        found = await self._jobs.find("export", user, job_id)
        if found is None:
            raise NotFound("There is no such export of yours.")
        return found

    async def link(self, user: UserId, job_id: str) -> Link:
        """The link before it, if there was one, is void. Raises NotFound, Conflict when the export is not there to fetch."""
        await self.export(user, job_id)
        token, now = secrets.token_urlsafe(32), self._clock.now()
        row = await self._one(
            "privacy_link", id=job_id, user=user, token_hash=_hash(token),
            life=timedelta(days=self._settings.export_days), expires=now + timedelta(minutes=self._settings.link_minutes),
        )  # fmt: skip
        if row is None:
            raise Conflict("The export is not finished, or not kept any more.")
        return Link(token=token, expires_at=row["expires_at"])

    async def download(self, token: str) -> AsyncIterator[bytes]:
        """The zip in pieces; the link is used up by asking. Raises NotFound."""
        row = await self._one("privacy_open_link", token_hash=_hash(token))
        if row is None:
            raise NotFound("This link is not good, or not any more: ask for another.")
        return self._parts(row["id"], row["parts"])

    async def _parts(self, job_id: str, parts: int) -> AsyncIterator[bytes]:
        for number in range(parts):
            row = await self._one("privacy_part", id=job_id, number=number)
            if row is None:  # erased while it was fetched: a broken zip is all there may be
                return
            yield bytes(row["body"])

    # --- erasure --------------------------------------------------------------------------------------------------

    async def ask_erasure(self, who: Principal, password: str) -> Erasure:
        """Due after the days of grace. Raises Unauthenticated for a wrong password, RateLimited for guessing, Forbidden for
        an account without a password, Conflict when it was asked for already."""
        self._backoff.try_once("erase", who.id)
        person = await self._person(who.id)
        if person["password_hash"] is None:
            raise Forbidden(
                "This account has no password: choose one by `password/forgot` first, to prove that it is you."
            )
        fits, _ = await self._passwords.verify(password, person["password_hash"])
        if not fits:
            raise Unauthenticated("The password is not right.", reason="credentials")
        self._backoff.succeeded("erase", who.id)
        asked = await self.erase(who.id, by="self", grace_days=self._settings.erase_grace_days)
        if self._settings.erase_grace_days and not person["email"].endswith("@" + DEMO_DOMAIN):
            self._tell(person, asked.job.due_at)
        return asked

    async def erase(self, user: UserId, *, by: AskedBy, grace_days: int = 0) -> Erasure:
        """For who has the right to it already. Raises NotFound, Conflict."""
        await self._person(user)
        token, due = secrets.token_urlsafe(32), self._clock.now() + timedelta(days=grace_days)
        asked, new = await self._jobs.ask("erase", user, by=by, due=due, token_hash=_hash(token))
        if not new:
            raise Conflict("This was asked for already.", due_at=asked.due_at.isoformat())
        await self._audit("privacy.erase_asked", by=user if by == "self" else by, subject=user)
        self._nudge()
        return Erasure(job=asked, receipt=token)

    async def erasure(self, user: UserId) -> Job | None:
        """The one that is asked for, if there is one."""
        return await self._jobs.active("erase", user)

    async def cancel(self, user: UserId, erasure: str) -> None:
        """Raises NotFound when nothing waits, or it has begun."""
        if await self._one("privacy_cancel", id=erasure, user=user, by=user) is None:
            raise NotFound("There is nothing to call off, or it has begun.")

    async def receipt(self, token: str) -> Job:
        """How far an erasure is and, in `result`, what it did. Raises NotFound."""
        row = await self._one("privacy_receipt", token_hash=_hash(token))
        if row is None:
            raise NotFound("There is no such receipt, or it is not kept any more.")
        return job(row)

    def _tell(self, person: dict[str, Any], due: datetime) -> None:
        async def write() -> Letter:
            return Letter(
                to=person["email"],
                subject="Your LearnFlow account will be erased",
                text=f"Hello {person['name']},\n\nsomebody who knows your password asked to have your account erased, with "
                f"everything in it. That will happen on {due:%Y-%m-%d at %H:%M} UTC.\n\nIf you think better of it, sign in and "
                "call it off. If it was not you, do so and choose another password.\n\nLearnFlow\n",
            )

        self._postman.post("erase", email_key(person["email"]), write)

    async def _person(self, user: str) -> dict[str, Any]:
        row = await self._one("privacy_erasable", user=user)
        if row is None:
            raise NotFound("there is no such person")
        return row

    async def _audit(self, kind: str, *, by: str, subject: str) -> None:
        await self._one("privacy_audit", kind=kind, by=by, subject=subject, facts="{}")

    async def _one(self, statement: str, /, **values: Any) -> dict[str, Any] | None:
        return await one(self._pool, statement, now=self._clock.now(), **values)


def _hash(token: str) -> bytes:
    """A token has 256 random bits, so one fast hash hides it."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
