"""People who sign in elsewhere: the provider's token in, who they are here out; made at first sight."""

import hashlib
from collections import OrderedDict
from typing import Any

from psycopg.errors import UniqueViolation

from accounts.addresses import normal_email, placeholder_email
from accounts.oidc import Claimed, Providers
from accounts.people import People, normal_name
from accounts.statements import one
from core import db
from core.clock import Clock
from core.errors import Conflict, Forbidden, Invalid, Unauthenticated
from core.ids import new_id
from core.ports import Principal, Role, UserId

_REMEMBERED_S = 60.0
_REMEMBERED_MAX = 10_000


class Identities:
    """A person is known by issuer and subject alone: an address that a provider names is nobody's proof, and not even a
    proved one takes over an account that has it."""

    def __init__(self, pool: db.Pool, clock: Clock, people: People, providers: Providers) -> None:
        self._pool = pool
        self._clock = clock
        self._people = people
        self._providers = providers
        self._remembered: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()

    async def principal(self, token: str, *, again: bool = False) -> Principal:
        """Whom a provider's token proves; within a minute it is remembered, unless it is looked up `again`. Raises Unauthenticated,
        Forbidden for one who has no account and may not make one, ProviderUnavailable, DatabaseUnavailable."""
        digest = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
        known = self._remembered.get(digest)
        if known and not again and known[0] > self._clock.now().timestamp():
            return known[1]
        claimed = await self._providers.read(token)
        row = await self._row(claimed)
        who = Principal(id=UserId(row["id"]), role=Role(row["role"]), name=row["name"])
        until = min(claimed.expires_at, self._clock.now().timestamp() + _REMEMBERED_S)
        self._remembered[digest] = (until, who)
        if len(self._remembered) > _REMEMBERED_MAX:
            self._remembered.popitem(last=False)
        return who

    async def person(self, token: str) -> dict[str, Any]:
        """The row of the person, for a sign-in of ours; raises what `principal` raises."""
        return await self._row(await self._providers.read(token))

    async def link(self, who: Principal, token: str) -> None:
        """From now on this token's subject is `who`. Raises Unauthenticated, and Conflict when it is somebody already."""
        claimed = await self._providers.read(token)
        if await self._one("link_identity", claimed, user=who.id, said=None) is None:
            raise Conflict("This sign-in belongs to an account already.")

    async def _row(self, claimed: Claimed) -> dict[str, Any]:
        row = await self._one("identity", claimed) or await self._made(claimed)
        if row["disabled"]:
            raise Unauthenticated(reason="disabled")
        if claimed.role is None or claimed.role.value == row["said"]:
            return row
        # A role that was given here, such as admin, is not the provider's to take; what it said last time again is no news.
        if Role(row["role"]) in claimed.grants:
            await self._people.set_role(UserId(row["id"]), claimed.role, by=claimed.issuer)
            row = row | {"role": claimed.role.value}
        await self._one("identity_said", claimed, said=claimed.role.value)
        return row

    async def _made(self, claimed: Claimed) -> dict[str, Any]:
        if not claimed.create:
            raise Forbidden("There is no account for this sign-in; ask your school for one.")
        id_ = new_id()
        for address in filter(None, (_proved(claimed), placeholder_email(id_))):
            values = {"id": id_, "email": address, "proved": address == _proved(claimed), "name": _name(claimed)}
            role = claimed.role.value if claimed.role else Role.STUDENT.value
            said = claimed.role.value if claimed.role else None
            try:
                made = await self._one("add_identity", claimed, **values, role=role, said=said)
            except UniqueViolation:  # another request of theirs was faster
                made = {}
            if made is not None:
                break
        row = await self._one("identity", claimed)
        if row is None:
            raise Unauthenticated(reason="unknown")
        return row

    async def _one(self, statement: str, claimed: Claimed, **values: Any) -> dict[str, Any] | None:
        named = {"issuer": claimed.issuer, "subject": claimed.subject}
        return await one(self._pool, statement, now=self._clock.now(), **named, **values)


def _proved(claimed: Claimed) -> str:
    try:
        return normal_email(claimed.email) if claimed.email else ""
    except Invalid:
        return ""


def _name(claimed: Claimed) -> str:
    for name in (claimed.name, claimed.email.partition("@")[0]):
        try:
            return normal_name(name)
        except Invalid:
            continue
    return "Student"
