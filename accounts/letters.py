"""What is written to people about their accounts, and the secrets that some letters carry.

Every verb only leaves a note for the postman, whoever is asked about: whether an address has an account is looked up
later, so neither the answer nor its time can tell."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

from accounts.addresses import email_key, has_mailbox
from accounts.mail import Letter, Postman, Write
from accounts.statements import one
from core import db
from core.clock import Clock
from core.settings import AccountSettings

Purpose = Literal["confirm", "reset"]

_FAREWELL = "\n\nLearnFlow\n(This letter was written by a program; nobody reads answers to it.)\n"

_NOT_YOU = "If that was not you, change your password at once and tell your school."
_HAPPENED = {
    "changed": (
        "Your LearnFlow password was changed",
        "the password of your account was changed just now, and other devices were signed out. If that was not you, ask for "
        "a new password at once: whoever changed it loses their way in.",
    ),
    "totp_on": (
        "Your LearnFlow account has a second factor",
        f"from now on signing in asks for a code of your authenticator app. {_NOT_YOU}",
    ),
    "totp_off": (
        "Your LearnFlow account lost its second factor",
        f"signing in no longer asks for a code. {_NOT_YOU}",
    ),
    "totp_recovered": (
        "A recovery code of your LearnFlow account was used",
        f"somebody signed in with one of your recovery codes, which works no longer. {_NOT_YOU}",
    ),
}


class Letters:
    def __init__(
        self, pool: db.Pool, clock: Clock, settings: AccountSettings, *, postman: Postman, page_url: str | None = None
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._settings = settings
        self._postman = postman
        self._page_url = page_url
        postman.rewrite = self.write_of

    def registered(self, email: str, *, new: bool) -> None:
        """To whoever owns an address that somebody signed up with."""
        if not new:
            self._post("known", email)
        elif self._settings.verify_email != "off":
            self.confirm(email)

    def confirm(self, email: str) -> None:
        """How to confirm the address, if it has an account that needs it."""
        self._post("confirm", email)

    def reset(self, email: str) -> None:
        """How to choose another password, if the address has an account."""
        self._post("reset", email)

    def password_changed(self, email: str, name: str) -> None:
        self._post("changed", email, name=name)

    def second_factor(self, email: str, name: str, what: str) -> None:
        """`what` is on, off or recovered."""
        self._post(f"totp_{what}", email, name=name)

    def alarm(self, email: str, subject: str, text: str) -> None:
        """To an admin, about what looks like an attack; the cool-down is whoever calls this one's."""
        self._post("alarm", email, subject=subject, text=text)

    def write_of(self, kind: str, facts: Mapping[str, str]) -> Write:
        """What writes the letter of this kind. Raises KeyError for a kind that there is not."""
        email = facts["email"]
        match kind:
            case "known":
                return lambda: self._known(email)
            case "confirm":
                return lambda: self._confirmation(email)
            case "reset":
                return lambda: self._resetting(email)
            case "alarm":
                return lambda: self._plain(email, facts["subject"], facts["text"])
        subject, happened = _HAPPENED[kind]
        return lambda: self._plain(email, subject, f"Hello {facts['name']},\n\n{happened}")

    def _post(self, kind: str, email: str, **facts: str) -> None:
        told = {"email": email, **facts}
        self._postman.post(kind, email_key(email), self.write_of(kind, told), facts=told)

    async def _plain(self, email: str, subject: str, text: str) -> Letter | None:
        return Letter(to=email, subject=subject, text=text + _FAREWELL) if has_mailbox(email) else None

    async def _known(self, email: str) -> Letter | None:
        row = await self._addressee(email)
        if row is None:
            return None
        return Letter(
            to=row["email"],
            subject="You have a LearnFlow account already",
            text=f"Hello {row['name']},\n\nsomebody, perhaps you, tried to sign up with this address. It has an account "
            "already, which stays as it was.\n\nIf you do not know its password, or did not make it, ask for a new "
            f"password: then it is yours alone. If it was not you who tried, there is nothing to do.{_FAREWELL}",
        )

    async def _confirmation(self, email: str) -> Letter | None:
        row = await self._addressee(email)
        if row is None or row["confirmed"]:
            return None
        hours = self._settings.confirm_hours
        token = await self._token(row["id"], "confirm", timedelta(hours=hours))
        return Letter(
            to=row["email"],
            subject="Confirm your e-mail address for LearnFlow",
            text=f"Hello {row['name']},\n\nto confirm that this address is yours, {self._way('confirm', token)}\n\n"
            f"It works once, within {hours} hours. If you did not sign up, do not use it: whoever did "
            f"would then have an account in your name.{_FAREWELL}",
        )

    async def _resetting(self, email: str) -> Letter | None:
        row = await self._addressee(email)
        if row is None:
            return None
        minutes = self._settings.reset_minutes
        token = await self._token(row["id"], "reset", timedelta(minutes=minutes))
        return Letter(
            to=row["email"],
            subject="Choose a new LearnFlow password",
            text=f"Hello {row['name']},\n\nto choose a new password, {self._way('reset', token)}\n\n"
            f"It works once, within {minutes} minutes, and signs out every device. If you did not ask for it, there is "
            f"nothing to do: your password stays as it is.{_FAREWELL}",
        )

    def _way(self, purpose: Purpose, token: str) -> str:
        """A link holds the token behind #, which browsers send to no server and servers log nowhere."""
        if self._page_url:
            return f"open\n\n{self._page_url}#{purpose}={token}"
        return f"use this code:\n\n{token}"

    async def _addressee(self, email: str) -> dict[str, Any] | None:
        row = await one(self._pool, "addressee", now=self._clock.now(), email=email_key(email))
        return None if row is None or row["disabled"] or not has_mailbox(row["email"]) else row

    async def _token(self, user: str, purpose: Purpose, life: timedelta) -> str:
        token, now = secrets.token_urlsafe(32), self._clock.now()
        hashed = token_hash(token)
        await one(
            self._pool, "open_mail_token", now=now, user=user, token_hash=hashed, purpose=purpose, expires=now + life
        )
        return token


def token_hash(token: str) -> bytes:
    """A token has 256 random bits, so one fast hash hides it."""
    return hashlib.sha256(token.strip().encode(errors="surrogatepass")).digest()
