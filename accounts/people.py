"""Who has an account and which class they belong to."""

import asyncio
import json
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg.errors import ForeignKeyViolation

from accounts.addresses import DEMO_DOMAIN, can_be_stored, email_key, normal_email
from accounts.keys import keep
from accounts.letters import Letters
from accounts.passwords import Passwords
from accounts.privacy.guardians import Gate
from accounts.statements import one
from core import db
from core.clock import Clock
from core.errors import Conflict, Invalid, NotFound
from core.ids import new_id
from core.ports import Principal, Role, StudentId, UserId

OPERATOR = "operator"
_DEMO_CLASS = "demo"
_NAME_CHARS_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    id: UserId
    email: str
    name: str
    role: Role
    disabled: bool
    created_at: datetime

    def as_principal(self) -> Principal:
        return Principal(id=self.id, role=self.role, name=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Class:
    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """The two demonstration accounts; both have the same password, made for this data folder."""

    student: Person
    teacher: Person
    password: str


class People:
    """The accounts in Postgres. Every method raises DatabaseUnavailable. `by` is who changes something, for the audit log:
    a person's id, or the operator at the terminal."""

    def __init__(self, pool: db.Pool, clock: Clock, passwords: Passwords, letters: Letters | None = None) -> None:
        self._pool = pool
        self._clock = clock
        self._passwords = passwords
        self._letters = letters

    async def register(self, *, email: str, name: str, password: str, gate: Gate | None = None) -> None:
        """A student's own sign-up; with a `gate` limited until a guardian agrees. The outcome is the same, in words and work, when the address is known already: then
        nothing changes, the old password stays, and a letter tells the owner. (Unless addresses must be confirmed before
        a sign-in, trying the new password afterwards still tells.) Raises Invalid."""
        address, called = normal_email(email), normal_name(name)
        hashed = await self._passwords.hash(password)
        young = {"of_age_on": gate and gate.of_age_on, "guardian": gate and gate.guardian}
        made = await self._one("register", id=new_id(), email=address, name=called, password_hash=hashed, **young)
        if self._letters:
            self._letters.registered(address, new=made is not None)

    async def add_user(self, *, email: str, name: str, role: Role, password: str, by: str = OPERATOR) -> Person:
        """An operator's door: the address counts as confirmed. Raises Invalid, or Conflict when it has an account."""
        hashed = await self._passwords.hash(password)
        values = {"email": normal_email(email), "name": normal_name(name), "role": role.value, "password_hash": hashed}
        row = await self._one("add_person", id=new_id(), by=by, **values)
        if row is None:
            raise Conflict("there is an account with this address")
        return _person(row)

    async def find(self, email: str) -> Person | None:
        row = await self._one("person_by_email", email=email_key(email))
        return _person(row) if row else None

    async def get(self, user: UserId) -> Person:
        """Raises NotFound."""
        return _person(await self._known("person_by_id", user))

    async def set_role(self, user: UserId, role: Role, *, by: str = OPERATOR) -> Person:
        """A person who no longer teaches leaves the classes they taught. Access tokens that tell the old role
        stop. Raises NotFound."""
        teaches = role in (Role.TEACHER, Role.ADMIN)
        return _person(await self._known("set_role", user, role=role.value, teaches=teaches, by=by))

    async def set_password(self, user: UserId, password: str, *, by: str = OPERATOR) -> None:
        """Ends every sign-in of theirs. Raises Invalid, NotFound."""
        hashed = await self._passwords.hash(password)
        await self._known("set_password", user, password_hash=hashed, keep="", by=by)

    async def disable(self, user: UserId, *, by: str = OPERATOR) -> None:
        """Ends every sign-in, and allows no new one. Raises NotFound."""
        await self._known("set_disabled", user, disabled=True, by=by)

    async def enable(self, user: UserId, *, by: str = OPERATOR) -> None:
        """Raises NotFound."""
        await self._known("set_disabled", user, disabled=False, by=by)

    async def delete(self, user: UserId, *, by: str = OPERATOR) -> None:
        """The account, with every row that belongs to it. Raises NotFound."""
        await self._known("delete_person", user, by=by)

    async def create_class(self, name: str) -> Class:
        """Raises Invalid."""
        made = Class(id=new_id(), name=normal_name(name))
        await self._one("create_class", id=made.id, name=made.name)
        return made

    async def find_class(self, name: str) -> Class | None:
        """The oldest of that name."""
        row = await self._one("class_by_name", name=normal_name(name))
        return Class(id=row["id"], name=row["name"]) if row else None

    async def search(
        self, *, text: str = "", role: Role | None = None, limit: int = 50, after: str = ""
    ) -> list[tuple[Person, list[str]]]:
        """In the order of their ids, from the one after `after`: whose address or name holds `text`, with the names of
        their classes."""
        values = {"text": _stored(text), "role": role.value if role else "", "limit": limit, "after": _stored(after)}
        async with db.connection(self._pool) as conn:
            rows = await (await conn.execute(db.sql("accounts/search_people"), values)).fetchall()
        return [(_person(row), row["classes"]) for row in rows]

    async def classes_of(self, user: UserId) -> list[tuple[Class, str]]:
        """Their classes, with the part they have there: teacher or student."""
        async with db.connection(self._pool) as conn:
            rows = await (await conn.execute(db.sql("accounts/person_classes"), {"id": _stored(user)})).fetchall()
        return [(Class(id=row["id"], name=row["name"]), row["role"]) for row in rows]

    async def unenrol(self, class_id: str, user: UserId, *, by: str = OPERATOR) -> None:
        """Raises NotFound for who is not in the class."""
        if await self._one("unenrol", class_id=_stored(class_id), id=_stored(user), by=by) is None:
            raise NotFound("they are not in this class")

    async def end_sign_ins(self, user: UserId, *, by: str = OPERATOR) -> int:
        """Every device of theirs; how many there were. Raises NotFound."""
        return int((await self._known("end_all", user, by=by))["ended"])

    async def enrol(self, class_id: str, user: UserId, *, by: str = OPERATOR) -> None:
        """Teachers and admins join as teachers, everyone else as a student; twice is the same as once. Raises
        NotFound."""
        try:
            await self._known("enrol", user, class_id=_stored(class_id), by=by)
        except ForeignKeyViolation:
            raise NotFound("there is no such class") from None

    async def teaches(self, teacher: UserId, student: StudentId) -> bool:
        """Whether they share a class in which one teaches and the other learns."""
        return await self._one("teaches", teacher=_stored(teacher), student=_stored(student)) is not None

    async def ensure_demo(self, data_dir: Path) -> Demo:
        """One student and one teacher in one class, with the password kept in the data folder, however often and by
        however many servers it is called."""
        password, hashed = await self._demo_password(data_dir / "keys" / "demo.json")
        student = await self._demo_person("student", "Demo Student", Role.STUDENT, hashed)
        teacher = await self._demo_person("teacher", "Demo Teacher", Role.TEACHER, hashed)
        await self._one("create_class", id=_DEMO_CLASS, name="Demo class")
        for person in (student, teacher):
            await self.enrol(_DEMO_CLASS, person.id)
        return Demo(student=student, teacher=teacher, password=password)

    async def _demo_password(self, path: Path) -> tuple[str, str]:
        """Kept with its hash, so that a later start hashes nothing."""
        fresh = b""
        if not await asyncio.to_thread(path.exists):
            password = "-".join(secrets.token_hex(2) for _ in range(4))
            fresh = json.dumps({"password": password, "hash": await self._passwords.hash(password)}).encode()
        kept = json.loads(await asyncio.to_thread(keep, path, fresh))
        return kept["password"], kept["hash"]

    async def _demo_person(self, name: str, title: str, role: Role, hashed: str) -> Person:
        email = f"{name}@{DEMO_DOMAIN}"
        row = await self._one(
            "ensure_demo_person", id=new_id(), email=email, name=title, role=role.value, password_hash=hashed
        )
        if row is None:
            raise NotFound("the demonstration account vanished while it was made")
        return _person(row)

    async def _known(self, statement: str, user: UserId, **values: Any) -> dict[str, Any]:
        row = await self._one(statement, id=_stored(user), **values)
        if row is None:
            raise NotFound("there is no such person")
        return row

    async def _one(self, statement: str, /, **values: Any) -> dict[str, Any] | None:
        return await one(self._pool, statement, now=self._clock.now(), **values)


def normal_name(name: str) -> str:
    """Raises Invalid when it is empty, long or has control characters."""
    found = " ".join(name.split())
    if not 1 <= len(found) <= _NAME_CHARS_MAX or not all(map(_may_be_in_a_name, found)):
        raise Invalid(f"a name has 1 to {_NAME_CHARS_MAX} printable characters", field="name")
    return found


def _may_be_in_a_name(char: str) -> bool:
    # Cf holds the joiners that Indic and Persian names need, beside the marks that turn text around
    return unicodedata.category(char) not in ("Cc", "Cs", "Co") and char not in "\u202a\u202b\u202c\u202d\u202e"


def _stored(id_: str) -> str:
    if not can_be_stored(id_):
        raise NotFound("there is no such id")
    return id_


def _person(row: dict[str, Any]) -> Person:
    return Person(
        id=UserId(row["id"]),
        email=row["email"],
        name=row["name"],
        role=Role(row["role"]),
        disabled=row["disabled"],
        created_at=row["created_at"],
    )
