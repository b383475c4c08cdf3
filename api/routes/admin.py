"""For admins: people, their roles and classes, and what looked like an attack. Each change is in the audit log."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.guard import ADMINS, Route, principal, requires, services
from api.services import Person
from api.wire.base import Id, Opaque, Short
from api.wire.people import (
    Ended,
    MadeClass,
    Member,
    MembershipView,
    NewClass,
    NewPerson,
    NewRole,
    PeoplePage,
    PersonDetail,
    PersonView,
    RoleName,
    SecurityEvents,
    SecurityEventView,
)
from api.wire.signing_in import Device
from core.errors import Forbidden
from core.ports import Principal, Role, UserId

router = APIRouter(prefix="/api/v1/admin", route_class=Route, tags=["admin"])

_Limit = Annotated[int, Query(ge=1, le=200)]
_Cursor = Annotated[Opaque | None, Query(description="`next_cursor` of the page before")]


@router.get("/people", response_model=PeoplePage)
@requires(ADMINS)
async def list_people(
    request: Request,
    text: Annotated[Short, Query(description="part of a name or address")] = "",
    role: RoleName | None = None,
    limit: _Limit = 50,
    cursor: _Cursor = None,
) -> PeoplePage:
    """Who has an account, in the order in which they came."""
    wanted = Role(role) if role else None
    found = await services(request).people.search(text=text, role=wanted, limit=limit, after=cursor or "")
    following = found[-1][0].id if len(found) == limit else None
    return PeoplePage(items=[_view(person, classes) for person, classes in found], next_cursor=following)


@router.post("/people", status_code=201, response_model=PersonView)
@requires(ADMINS, rate="sign_ins")
async def add_person(request: Request, body: NewPerson) -> PersonView:
    """Add a person; their address counts as confirmed."""
    made = await services(request).people.add_user(
        email=body.email,
        name=body.name,
        role=Role(body.role),
        password=body.password.get_secret_value(),
        by=principal(request).id,
    )
    return _view(made, [])


@router.get("/people/{person_id}", response_model=PersonDetail)
@requires(ADMINS)
async def read_person(request: Request, person_id: Id) -> PersonDetail:
    """One person, with their classes and devices."""
    edge, whose = services(request), UserId(person_id)
    person = await edge.people.get(whose)
    classes = await edge.people.classes_of(whose)
    enabled, _ = await edge.second.state(Principal(id=whose, role=person.role, name=person.name))
    devices = await edge.sign_in.devices(whose)
    return PersonDetail(
        **_view(person, [one.name for one, _ in classes]).model_dump(),
        memberships=[MembershipView(id=one.id, name=one.name, part=part) for one, part in classes],
        second_factor=enabled,
        devices=[Device.of(device, current=device.id == principal(request).sign_in) for device in devices],
    )


@router.post("/people/{person_id}/role", response_model=PersonView)
@requires(ADMINS)
async def set_role(request: Request, person_id: Id, body: NewRole) -> PersonView:
    """Give another role. Tokens that tell the old one stop at once; who no longer teaches leaves the classes they taught."""
    whose = _another(request, person_id)
    changed = await services(request).people.set_role(whose, Role(body.role), by=principal(request).id)
    return _view(changed, await _classes(request, whose))


@router.post("/people/{person_id}/disable", status_code=204)
@requires(ADMINS)
async def disable_person(request: Request, person_id: Id) -> Response:
    """End every sign-in, at once, and allow no new one."""
    await services(request).people.disable(_another(request, person_id), by=principal(request).id)
    return Response(status_code=204)


@router.post("/people/{person_id}/enable", status_code=204)
@requires(ADMINS)
async def enable_person(request: Request, person_id: Id) -> Response:
    """Let them sign in again."""
    await services(request).people.enable(UserId(person_id), by=principal(request).id)
    return Response(status_code=204)


@router.post("/people/{person_id}/totp/reset", status_code=204)
@requires(ADMINS)
async def reset_second_factor(request: Request, person_id: Id) -> Response:
    """Take a second factor off for somebody who lost it; they get a letter."""
    await services(request).second.reset(person_id, by=principal(request).id)
    return Response(status_code=204)


@router.delete("/people/{person_id}/sessions", response_model=Ended)
@requires(ADMINS)
async def end_sessions(request: Request, person_id: Id) -> Ended:
    """Sign out every device of theirs."""
    return Ended(ended=await services(request).people.end_sign_ins(UserId(person_id), by=principal(request).id))


@router.post("/classes", status_code=201, response_model=MadeClass)
@requires(ADMINS)
async def create_class(request: Request, body: NewClass) -> MadeClass:
    """Make a class."""
    made = await services(request).people.create_class(body.name)
    return MadeClass(id=made.id, name=made.name)


@router.post("/classes/{class_id}/members", status_code=204)
@requires(ADMINS)
async def enrol(request: Request, class_id: Id, body: Member) -> Response:
    """Put a person into a class: a teacher or admin as its teacher, everyone else as a student."""
    await services(request).people.enrol(class_id, UserId(body.person_id), by=principal(request).id)
    return Response(status_code=204)


@router.delete("/classes/{class_id}/members/{person_id}", status_code=204)
@requires(ADMINS)
async def unenrol(request: Request, class_id: Id, person_id: Id) -> Response:
    """Take a person out of a class."""
    await services(request).people.unenrol(class_id, UserId(person_id), by=principal(request).id)
    return Response(status_code=204)


@router.get("/security/events", response_model=SecurityEvents)
@requires(ADMINS)
async def list_events(
    request: Request,
    kind: Annotated[Short, Query(description="only kinds that begin so, such as brute_force")] = "",
    limit: _Limit = 50,
    cursor: Annotated[int, Query(ge=0, le=2**53, description="`next_cursor` of the page before")] = 0,
) -> SecurityEvents:
    """What looked like an attack, the newest first."""
    found = await services(request).security.newest(limit=limit, kind=kind, before=cursor)
    following = str(found[-1].id) if len(found) == limit else None
    return SecurityEvents(items=[SecurityEventView.model_validate(one) for one in found], next_cursor=following)


def _another(request: Request, person_id: str) -> UserId:
    """So that there always is an admin left: who asks. Raises Forbidden."""
    if person_id == principal(request).id:
        raise Forbidden("Another admin has to change your own rights.")
    return UserId(person_id)


async def _classes(request: Request, person: UserId) -> list[str]:
    return [one.name for one, _ in await services(request).people.classes_of(person)]


def _view(person: Person, classes: Sequence[str]) -> PersonView:
    return PersonView(
        id=person.id,
        email=person.email,
        name=person.name,
        role=person.role,
        disabled=person.disabled,
        created_at=person.created_at,
        classes=list(classes),
    )
