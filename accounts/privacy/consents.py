"""What people agreed to, and withdrew: every answer is a row that stays, and the last one counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from accounts.statements import one
from core import db
from core.clock import Clock
from core.errors import Invalid, NotFound
from core.ports import UserId
from core.settings import PrivacySettings

Voice = Literal["self", "guardian", "operator"]

GUARDIAN_VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """`version` changes with the words: who agreed to others is asked again."""

    name: str
    version: str
    words: str


PURPOSES: Mapping[str, Purpose] = {
    purpose.name: purpose
    for purpose in (
        Purpose(
            name="analytics",
            version="1",
            words="My attempts may be counted, with those of many others, in numbers that outlive my account.",
        ),
        Purpose(
            name="experiments",
            version="1",
            words="The tutor may try different ways of explaining on me, and compare how much they help.",
        ),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    purpose: str
    version: str
    given: bool
    by_whom: Voice
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What holds for a purpose now; `said` is False where nothing was said and the school's setting holds."""

    purpose: Purpose
    given: bool
    said: bool


class Consents:
    """Every method raises DatabaseUnavailable."""

    def __init__(self, pool: db.Pool, clock: Clock, settings: PrivacySettings) -> None:
        self._pool = pool
        self._clock = clock
        self._assumed = settings.consent == "opt_out"

    async def say(
        self, user: UserId, purpose: str, given: bool, *, version: str | None = None, by_whom: Voice = "self"
    ) -> None:
        """Raises Invalid for an unknown purpose or words that are not today's, NotFound."""
        known = PURPOSES.get(purpose)
        if known is None:
            raise Invalid(f"there is no such purpose: choose one of {', '.join(PURPOSES)}", field="purpose")
        if version not in (None, known.version):
            raise Invalid("the words have changed since: read them again", field="version", version=known.version)
        values = {"purpose": purpose, "version": known.version, "given": given, "by_whom": by_whom}
        by = user if by_whom == "self" else by_whom
        if await self._one("privacy_consent", user=user, by=by, **values) is None:
            raise NotFound("there is no such person")

    async def standing(self, user: UserId) -> list[Standing]:
        """Of every purpose."""
        said = {consent.purpose for consent in await self.history(user)}
        return [
            Standing(purpose=purpose, given=await self.given(user, name), said=name in said)
            for name, purpose in PURPOSES.items()
        ]

    async def history(self, user: UserId) -> list[Consent]:
        """Everything that was ever said, oldest first."""
        async with db.connection(self._pool) as conn:
            rows = await conn.execute(db.sql("accounts/privacy_consents"), {"user": user})
            return [Consent(**row) async for row in rows]

    async def given(self, user: UserId, purpose: str) -> bool:
        """False also for who needs a guardian's consent and has none."""
        row = await self._one("privacy_consents_to", user=user, purpose=purpose, assumed=self._assumed)
        return bool(row and row["found"])

    async def _one(self, statement: str, /, **values: Any) -> dict[str, Any] | None:
        return await one(self._pool, statement, now=self._clock.now(), **values)
