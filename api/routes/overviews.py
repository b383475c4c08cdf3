"""A student's first page in one call, for themselves, their own teachers and admins: as data, as a picture and as sheets."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from api.guard import SIGNED_IN, Route, principal, requires, services
from api.routes.progress import readable
from api.sheets import sheet
from api.wire.base import Id
from api.wire.overviews import OverviewView
from core.ports import Role, UserId
from learning.bars import bars
from learning.overview import Overview

router = APIRouter(prefix="/api/v1/progress/{user_id}/overview", route_class=Route, tags=["progress"])

_Table = Annotated[Literal["days", "weakest", "next", "time"], Query(description="which part")]


@router.get("", response_model=OverviewView)
@requires(SIGNED_IN)
async def read_overview(request: Request, user_id: Id) -> OverviewView:
    """Today, progress, trend, streak, what is next and because of what, and what the records have noticed."""
    return OverviewView.of(await _overview(request, user_id))


@router.get(
    "/picture",
    responses={200: {"description": "The last 28 days", "content": {"image/svg+xml": {}}}},
    response_class=Response,
)
@requires(SIGNED_IN)
async def draw_overview(request: Request, user_id: Id) -> Response:
    """Answers a day and how many were right, as SVG with the numbers beside the bars and alternative text."""
    found = await _overview(request, user_id)
    rows = [
        (day.day.isoformat(), float(day.answers), float(day.right), f"{day.right} of {day.answers}")
        for day in found.days
    ]
    return Response(bars("Answers a day", found.alt, rows), media_type="image/svg+xml")


@router.get(
    "/export",
    responses={200: {"description": "One part of it", "content": {"text/csv": {}}}},
    response_class=Response,
)
@requires(SIGNED_IN)
async def export_overview(request: Request, user_id: Id, table: _Table = "days") -> Response:
    """What is behind it, as CSV."""
    found = await _overview(request, user_id)
    match table:
        case "days":
            head: tuple[str, ...] = ("day", "answers", "right", "hints", "minutes")
            lines: list[tuple[object, ...]] = [
                (day.day.isoformat(), day.answers, day.right, day.hints, round(day.minutes, 1)) for day in found.days
            ]
        case "weakest":
            head = ("skill", "level", "low", "high", "attempts")
            lines = [
                (one.skill, round(one.level, 4), round(one.low, 4), round(one.high, 4), one.attempts)
                for one in found.weakest
            ]
        case "next":
            head = ("kind", "topic", "title", "item", "minutes", "why")
            lines = [(one.kind, one.topic, one.title, one.item, one.minutes, one.why) for one in found.next]
        case "time":
            head = ("day", "subject", "topic", "minutes")
            lines = [(one.day.isoformat(), one.subject, one.topic, round(one.minutes, 1)) for one in found.work]
    return sheet(f"{table}.csv", head, lines)


async def _overview(request: Request, user_id: str) -> Overview:
    edge, asking = services(request), principal(request)
    whose = await readable(edge, asking, UserId(user_id), "overview")
    own = asking.id == user_id and asking.role == Role.STUDENT
    course = edge.course
    return await edge.overviews.of_student(
        whose, course.list_topics(), course.list_exercises(), course.version, own=own
    )
