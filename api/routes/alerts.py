"""For teachers: who is struggling, and what was done about it."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime

from api.guard import STAFF, Route, principal, requires, services
from api.services import Inbox
from api.sheets import sheet
from api.sse import EventStream
from api.wire.alerts import AlertPage, AlertView, Assignment, NewNote, Notes, NoteView, Resolution, Snooze
from api.wire.base import Id, Opaque, Short
from core.ports import Alert, Event, Principal, StudentId, UserId
from learning.alerts import Severity, Status, Wanted

router = APIRouter(prefix="/api/v1/alerts", route_class=Route, tags=["alerts"])

_WATCH_S = 900.0  # as long as an access token lives: who goes on watching proves anew who they are
_COLUMNS = (
    "id", "at", "student", "student_name", "kind", "severity", "skill", "status", "reason", "advice", "assignee",
    "snoozed_until", "helped", "notes",
)  # fmt: skip


def _wanted(
    status: Annotated[Status | None, Query()] = None,
    severity: Annotated[Severity | None, Query()] = None,
    kind: Annotated[Short | None, Query()] = None,
    student: Annotated[Id | None, Query()] = None,
    class_id: Annotated[Id | None, Query(alias="class", description="one of your own classes")] = None,
    assignee: Annotated[Id | None, Query()] = None,
    since: Annotated[AwareDatetime | None, Query(description="raised then or later")] = None,
) -> Wanted:
    return Wanted(
        status=status, severity=severity, kind=kind, student=StudentId(student) if student else None, class_id=class_id,
        assignee=UserId(assignee) if assignee else None, since=since,
    )  # fmt: skip


_Filters = Annotated[Wanted, Depends(_wanted)]


@router.get("", response_model=AlertPage)
@requires(STAFF)
async def list_alerts(
    request: Request,
    wanted: _Filters,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: Annotated[Opaque | None, Query()] = None,
) -> AlertPage:
    """Alerts for students in your own classes, newest first; an admin sees all. All filters that are given must hold;
    what is snoozed is neither open nor acknowledged until it comes back."""
    edge, who = services(request), principal(request)
    found, following = await edge.inbox.list_alerts(who, wanted, limit=limit, cursor=cursor)
    await edge.privacy.readings.note(who, {alert.student for alert in found}, "alerts")
    return AlertPage(items=[AlertView.of(alert) for alert in found], next_cursor=following)


@router.get(
    "/export",
    responses={200: {"description": "A line an alert", "content": {"text/csv": {}}}},
    response_class=Response,
)
@requires(STAFF)
async def export_alerts(request: Request, wanted: _Filters) -> Response:
    """The same as CSV, with the same filters: at most 10,000 lines, newest first."""
    edge, who = services(request), principal(request)
    found = await edge.inbox.export(who, wanted)
    await edge.privacy.readings.note(who, {alert.student for alert in found}, "alerts")
    return sheet("alerts.csv", _COLUMNS, (_line(alert) for alert in found))


@router.get(
    "/stream",
    responses={200: {"description": "Alerts as they come", "content": {"text/event-stream": {}}}},
    response_class=Response,
)
@requires(STAFF)
async def watch_alerts(
    request: Request,
    after: Annotated[int | None, Query(ge=0, le=2**53, description="the last `id` that was seen")] = None,
) -> Response:
    """What happens from now on, or from the event after `after` or after the `Last-Event-ID` header, which wins.

    First `watching`, then `alert` with `what` (raised, changed, returned, noted) and `alert` as it is now. The stream ends
    after a quarter of an hour: connect again with a fresh token and the last id, and nothing is missed."""
    inbox, who = services(request).inbox, principal(request)
    newest = await inbox.newest(who)
    seen = request.headers.get("last-event-id", "")
    after = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 16 else after
    return EventStream(_events(inbox, who, newest if after is None else min(after, newest)))


@router.post("/{alert_id}/acknowledge", response_model=AlertView)
@requires(STAFF)
async def acknowledge(request: Request, alert_id: Id) -> AlertView:
    """Say that you have seen it."""
    return AlertView.of(await services(request).inbox.settle(principal(request), alert_id, "acknowledged"))


@router.post("/{alert_id}/resolve", response_model=AlertView)
@requires(STAFF)
async def resolve(request: Request, alert_id: Id, body: Resolution | None = None) -> AlertView:
    """Say that it is dealt with and, now or by calling again later, whether it helped."""
    helped = body.helped if body else None
    inbox = services(request).inbox
    return AlertView.of(await inbox.settle(principal(request), alert_id, "resolved", helped=helped))


@router.post("/{alert_id}/assign", response_model=AlertView)
@requires(STAFF)
async def assign(request: Request, alert_id: Id, body: Assignment) -> AlertView:
    """Give it to somebody who teaches the student."""
    assignee = UserId(body.assignee) if body.assignee else None
    return AlertView.of(await services(request).inbox.assign(principal(request), alert_id, assignee))


@router.post("/{alert_id}/snooze", response_model=AlertView)
@requires(STAFF)
async def snooze(request: Request, alert_id: Id, body: Snooze) -> AlertView:
    """Put it out of sight until a time; then it is back as it was."""
    return AlertView.of(await services(request).inbox.snooze(principal(request), alert_id, body.until))


@router.get("/{alert_id}/notes", response_model=Notes)
@requires(STAFF)
async def list_notes(request: Request, alert_id: Id) -> Notes:
    """What was written on it."""
    found = await services(request).inbox.list_notes(principal(request), alert_id)
    return Notes(items=[NoteView.model_validate(note) for note in found])


@router.post("/{alert_id}/notes", response_model=NoteView, status_code=201)
@requires(STAFF)
async def add_note(request: Request, alert_id: Id, body: NewNote) -> NoteView:
    """Write on it; a note is never changed or removed while the alert is there."""
    return NoteView.model_validate(await services(request).inbox.add_note(principal(request), alert_id, body.words))


async def _events(inbox: Inbox, who: Principal, after: int) -> AsyncIterator[Event]:
    yield {"type": "watching", "seq": after}
    async with aclosing(cast(Any, inbox.watch(who, after=after, seconds=_WATCH_S))) as changes:
        async for change in changes:
            view = AlertView.of(change.alert).model_dump(mode="json")
            yield {"type": "alert", "seq": change.seq, "what": change.what, "alert": view}


def _line(alert: Alert) -> list[object]:
    times = {"at": alert.at.isoformat(), "snoozed_until": alert.snoozed_until and alert.snoozed_until.isoformat()}
    return [times.get(name, getattr(alert, name)) for name in _COLUMNS]
