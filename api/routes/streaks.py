"""Days of practice in a row, in the student's own time zone."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from api.guard import SIGNED_IN, Route, principal, requires, services, student
from api.routes.progress import readable
from api.wire.base import Id, Short
from api.wire.progress import StreakView, TimeZone
from core.ports import UserId

router = APIRouter(prefix="/api/v1/progress", route_class=Route, tags=["progress"])


@router.get("/{user_id}/streak", response_model=StreakView)
@requires(SIGNED_IN)
async def read_streak(
    request: Request,
    user_id: Id,
    time_zone: Annotated[
        Short | None, Query(min_length=1, description="as Europe/Berlin; else the kept one, else UTC")
    ] = None,
) -> StreakView:
    """Days in a row, until when the streak can be kept, the longest one, and milestones: for themselves, their own teachers
    and admins."""
    edge = services(request)
    whose = await readable(edge, principal(request), UserId(user_id), "streak")
    return StreakView.model_validate(await edge.practice.streak(whose, time_zone))


@router.post("/time-zone", response_model=StreakView)
@requires(SIGNED_IN)
async def keep_time_zone(request: Request, body: TimeZone) -> StreakView:
    """Say where you live, by the IANA name of the time zone: your days are counted by it from now on, past ones too."""
    practice, who = services(request).practice, student(request)
    await practice.settle_in(who, body.time_zone)
    return StreakView.model_validate(await practice.streak(who))
