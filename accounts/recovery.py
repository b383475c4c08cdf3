"""Proving an address, and getting another password: with a letter's token, or with the present password."""

from accounts.backoff import Backoff
from accounts.letters import Letters, token_hash
from accounts.passwords import Passwords
from accounts.statements import one
from core import db
from core.clock import Clock
from core.errors import Invalid, Unauthenticated
from core.ports import Principal


class Recovery:
    """What reads the database raises DatabaseUnavailable."""

    def __init__(self, pool: db.Pool, clock: Clock, *, passwords: Passwords, letters: Letters) -> None:
        self._pool = pool
        self._clock = clock
        self._passwords = passwords
        self._letters = letters
        self._backoff = Backoff(clock)

    def send_confirmation(self, email: str) -> None:
        """A letter, if the address has an account that is not confirmed; the answer does not tell."""
        self._letters.confirm(email)

    def send_reset(self, email: str) -> None:
        """A letter, if the address has an account; the answer does not tell."""
        self._letters.reset(email)

    async def confirm(self, token: str) -> None:
        """Raises Invalid for a token that is unknown, used or too old: which, it does not tell."""
        if await one(self._pool, "confirm", now=self._clock.now(), token_hash=token_hash(token)) is None:
            raise _unfit()

    async def reset(self, token: str, password: str) -> None:
        """Every device is signed out, and every other letter's token is void. Raises Invalid."""
        hashed, now = token_hash(token), self._clock.now()
        if await one(self._pool, "mail_token", now=now, token_hash=hashed, purpose="reset") is None:
            raise _unfit()  # before the costly hash
        fresh = await self._passwords.hash(password)
        row = await one(self._pool, "reset_password", now=self._clock.now(), token_hash=hashed, password_hash=fresh)
        if row is None:  # another used it, or it ran out, in the meantime
            raise _unfit()
        self._letters.password_changed(row["email"], row["name"])

    async def change(self, who: Principal, current: str, new: str) -> None:
        """Every other device is signed out. Raises Unauthenticated for a wrong `current`, Invalid for a `new` that breaks
        the rules, RateLimited for guessing."""
        self._backoff.try_once("change", who.id)
        row = await one(self._pool, "password_of", now=self._clock.now(), id=who.id)
        fits, _ = await self._passwords.verify(current, row["password_hash"] if row else None)
        if not fits:
            raise Unauthenticated("The current password is not right.", reason="credentials")
        fresh = await self._passwords.hash(new)
        changed = await one(
            self._pool,
            "set_password",
            now=self._clock.now(),
            id=who.id,
            password_hash=fresh,
            keep=who.sign_in,
            by=who.id,
        )
        if changed is None:
            raise Unauthenticated(reason="unknown")
        self._backoff.succeeded("change", who.id)
        self._letters.password_changed(changed["email"], changed["name"])


def _unfit() -> Invalid:
    return Invalid("This code is not good, or not any more: ask for another letter.", field="token")
