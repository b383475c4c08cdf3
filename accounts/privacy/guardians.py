"""Young people's accounts: limited until a guardian, to whom a letter goes, has agreed.

Kept is the day on which somebody comes of age, and not their birthday. The letter's code stays good after a yes, so that the
guardian can withdraw with it; a no, at any time, has the account erased."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from accounts.addresses import email_key, normal_email
from accounts.mail import Letter, Postman
from accounts.privacy.consents import GUARDIAN_VERSION
from accounts.privacy.jobs import Jobs
from accounts.statements import one
from core import db
from core.clock import Clock
from core.errors import Conflict, Forbidden, Invalid
from core.ports import Principal, UserId
from core.settings import PrivacySettings

_BELIEVED_S = 30.0
_KNOWN_MAX = 20_000
_OLDEST_YEARS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What registering keeps of a young person."""

    of_age_on: date
    guardian: str


class Guardians:
    """What reads the database raises DatabaseUnavailable."""

    def __init__(
        self,
        pool: db.Pool,
        clock: Clock,
        settings: PrivacySettings,
        jobs: Jobs,
        *,
        postman: Postman,
        page_url: str | None,
        nudge: Callable[[], None],
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._settings = settings
        self._jobs = jobs
        self._postman = postman
        self._page_url = page_url
        self._nudge = nudge
        self._free: dict[str, float] = {}

    def gate(self, email: str, birth_date: date | None, guardian_email: str | None) -> Gate | None:
        """None for who is old enough, or where no age is asked. Raises Invalid when the age or the guardian is missing."""
        if not self._settings.age_gate:
            return None
        today = self._clock.now().date()
        if birth_date is None:
            raise Invalid("Please say when you were born.", field="birth_date")
        if not _years_after(today, -_OLDEST_YEARS) < birth_date <= today:
            raise Invalid("This is not a date of birth.", field="birth_date")
        of_age_on = _years_after(birth_date, self._settings.age_gate)
        if of_age_on <= today:
            return None
        if not guardian_email:
            raise Invalid(
                f"Under {self._settings.age_gate} years a guardian has to agree: give their address.",
                field="guardian_email",
            )
        guardian = normal_email(guardian_email)
        if guardian == normal_email(email):
            raise Invalid("A guardian needs an address of their own.", field="guardian_email")
        return Gate(of_age_on=of_age_on, guardian=guardian)

    def ask(self, email: str) -> None:
        """A letter to the guardian of whoever has this address, if one has yet to answer; nothing tells whether."""
        self._postman.post("guardian", email_key(email), lambda: self._letter(email_key(email)))

    async def ask_another(self, who: Principal, guardian_email: str) -> None:
        """The address was wrong: write to this one. The code of a letter before is void. Raises Invalid, Conflict."""
        guardian = normal_email(guardian_email)
        row = await self._one("privacy_guardian", user=who.id)
        if row is None or row["confirmed_at"] is not None:
            raise Conflict("No guardian's answer is waited for.")
        if guardian == row["email"]:
            raise Invalid("A guardian needs an address of their own.", field="guardian_email")
        await self._one("privacy_guardian_email", user=who.id, guardian=guardian)
        self.ask(row["email"])

    async def answer(self, token: str, agree: bool) -> None:
        """With the letter's code. A no has the account erased at once. Raises Invalid for a code that is not good."""
        values = {"token_hash": _hash(token), "agree": agree, "version": GUARDIAN_VERSION}
        row = await self._one("privacy_guardian_answer", **values)
        if row is None:
            raise Invalid("This code is not good, or not any more: have another letter sent.", field="token")
        self._free.pop(row["user_id"], None)
        if not agree:
            await self._jobs.ask("erase", row["user_id"], by="guardian")
            self._nudge()

    async def limited(self, user: UserId) -> bool:
        """Whether a guardian has yet to agree; who is free is believed to be so for half a minute."""
        if not self._settings.age_gate:
            return False
        now = self._clock.monotonic()
        if self._free.get(user, 0.0) > now:
            return False
        row = await self._one("privacy_limited", user=user)
        if row and row["limited"]:
            return True
        if len(self._free) >= _KNOWN_MAX:
            self._free.clear()
        self._free[user] = now + _BELIEVED_S
        return False

    async def admit(self, who: Principal) -> None:
        """Raises Forbidden for an account that is limited."""
        if await self.limited(who.id):
            raise Forbidden("A guardian has yet to agree: a letter was sent to them.", reason="guardian")

    async def _letter(self, email: str) -> Letter | None:
        row = await self._one("privacy_guardian_of", email=email)
        if row is None:
            return None
        token, days = secrets.token_urlsafe(32), self._settings.guardian_days
        expires = self._clock.now() + timedelta(days=days)
        await self._one(
            "privacy_guardian_token", user=row["user_id"], token_hash=_hash(token), expires=expires
        )  # fmt: skip
        way = f"open\n\n{self._page_url}#guardian={token}" if self._page_url else f"use this code:\n\n{token}"
        return Letter(
            to=row["guardian"],
            subject="May your child use LearnFlow?",
            text=f"Hello,\n\n{row['name']} wants to learn Python and mathematics with LearnFlow, and gave this address as "
            f"their guardian's. It keeps what they ask, how they do in exercises, and what helps them. To agree or refuse, "
            f"{way}\n\nIf there is no answer within {days} days the account is erased, and until then it cannot be used. "
            "Keep this letter: with it you can withdraw later, and then everything is erased.\n\nLearnFlow\n",
        )

    async def _one(self, statement: str, /, **values: Any) -> dict[str, Any] | None:
        return await one(self._pool, statement, now=self._clock.now(), **values)


def _years_after(day: date, years: int) -> date:
    """Who was born on a leap day comes of age on the first of March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.strip().encode(errors="surrogatepass")).digest()
