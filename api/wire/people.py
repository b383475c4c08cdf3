"""People, classes and security events, as administrators see them."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field, SecretStr

from api.wire.base import Id, In, Out, Short
from api.wire.signing_in import Device

RoleName = Literal["student", "teacher", "admin", "curriculum", "evaluator"]


class NewPerson(In):
    email: Short
    name: Short
    role: RoleName = "student"
    password: SecretStr = Field(max_length=1000, description="a first one: they can change it, or reset it by letter")


class NewRole(In):
    role: RoleName


class NewClass(In):
    name: Short


class Member(In):
    person_id: Id


class PersonView(Out):
    id: str
    email: str
    name: str
    role: str
    disabled: bool
    created_at: datetime
    classes: list[str] = Field(description="by name")


class PeoplePage(Out):
    items: list[PersonView]
    next_cursor: str | None


class MembershipView(Out):
    id: str
    name: str
    part: str = Field(description="teacher or student")


class PersonDetail(PersonView):
    memberships: list[MembershipView]
    second_factor: bool
    devices: list[Device]


class MadeClass(Out):
    id: str
    name: str


class Ended(Out):
    ended: int


class SecurityEventView(Out):
    """`place` is a keyed hash of a network."""

    id: int
    at: datetime
    kind: str
    person: str
    place: str
    facts: dict[str, Any]
    told: bool = Field(description="whether letters went to the admins for it")


class SecurityEvents(Out):
    items: list[SecurityEventView]
    next_cursor: str | None
