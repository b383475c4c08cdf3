"""For teachers: who is struggling, and what was done about it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request

from api import wire
from api.guard import STAFF, Route, principal, requires, services

router = APIRouter(prefix="/api/v1/alerts", route_class=Route, tags=["alerts"])


@router.get("", response_model=wire.AlertPage)
@requires(STAFF)
async def list_alerts(
    request: Request,
    status: Annotated[Literal["open", "acknowledged", "resolved"] | None, Query()] = None,
    severity: Annotated[Literal["low", "medium", "high"] | None, Query()] = None,
    kind: Annotated[wire.Short | None, Query()] = None,
    student: Annotated[wire.Id | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: Annotated[wire.Opaque | None, Query()] = None,
) -> wire.AlertPage:
    """Alerts for students in your own classes; an admin sees all."""
    found, following = await services(request).records.list_alerts(
        principal(request), status=status, limit=limit, cursor=cursor
    )
    wanted = [
        wire.AlertView.of(alert)
        for alert in found
        if severity in (None, alert.severity) and kind in (None, alert.kind) and student in (None, alert.student)
    ]
    return wire.AlertPage(items=wanted, next_cursor=following)


@router.post("/{alert_id}/acknowledge", response_model=wire.AlertView)
@requires(STAFF)
async def acknowledge(request: Request, alert_id: wire.Id) -> wire.AlertView:
    """Say that you have seen it."""
    return wire.AlertView.of(
        await services(request).records.resolve_alert(principal(request), alert_id, "acknowledged")
    )


@router.post("/{alert_id}/resolve", response_model=wire.AlertView)
@requires(STAFF)
async def resolve(request: Request, alert_id: wire.Id) -> wire.AlertView:
    """Say that it is dealt with."""
    return wire.AlertView.of(await services(request).records.resolve_alert(principal(request), alert_id, "resolved"))
