"""For teachers: a class at a glance, as data, as a picture and as sheets."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime

from api.guard import STAFF, Route, principal, requires, services
from api.sheets import sheet
from api.wire.base import Id
from api.wire.classes import Classes, ClassView, DashboardView
from learning.dashboard import Dashboard
from learning.pictures import alternative, heat_map

router = APIRouter(prefix="/api/v1/classes", route_class=Route, tags=["classes"])

_Since = Annotated[AwareDatetime | None, Query(description="the items by attempts from then on")]
_Table = Annotated[Literal["levels", "needs", "items", "time"], Query(description="which part")]


@router.get("", response_model=Classes)
@requires(STAFF)
async def list_classes(request: Request) -> Classes:
    """Your own classes; an admin sees all."""
    found = await services(request).classrooms.list_classes(principal(request))
    return Classes(items=[ClassView.model_validate(one) for one in found])


@router.get("/{class_id}/dashboard", response_model=DashboardView)
@requires(STAFF)
async def read_dashboard(request: Request, class_id: Id, since: _Since = None) -> DashboardView:
    """Mastery by topic and student, who needs you now and why, and how the items do: how many solve each at the first
    try, how well it tells students apart, which wrong answers at least two students gave."""
    found = await _dashboard(request, class_id, since)
    return DashboardView.of(found, alternative(found))


@router.get(
    "/{class_id}/dashboard/picture",
    responses={200: {"description": "The heat map", "content": {"image/svg+xml": {}}}},
    response_class=Response,
)
@requires(STAFF)
async def draw_dashboard(request: Request, class_id: Id) -> Response:
    """The heat map as SVG with numbers in the cells and alternative text."""
    return Response(heat_map(await _dashboard(request, class_id)), media_type="image/svg+xml")


@router.get(
    "/{class_id}/dashboard/export",
    responses={200: {"description": "One part of the dashboard", "content": {"text/csv": {}}}},
    response_class=Response,
)
@requires(STAFF)
async def export_dashboard(request: Request, class_id: Id, table: _Table = "levels", since: _Since = None) -> Response:
    """What is behind the dashboard, as CSV: a line for each student and topic, for each student in need, or each item."""
    found = await _dashboard(request, class_id, since)
    match table:
        case "levels":
            return _levels(found)
        case "needs":
            lines = [(need.student, need.name, need.severity, "; ".join(need.reasons)) for need in found.needs]
            return sheet("needs.csv", ("student", "name", "severity", "reasons"), lines)
        case "items":
            return _items(found)
        case "time":
            week = [(one.subject, one.topic, round(one.minutes, 1)) for one in found.time.all.topics]
            return sheet("time.csv", ("subject", "topic", "minutes"), week)


async def _dashboard(request: Request, class_id: str, since: AwareDatetime | None = None) -> Dashboard:
    edge = services(request)
    topics, who = edge.course.list_topics(), principal(request)
    found = await edge.classrooms.dashboard(who, class_id, topics, since=since)
    await edge.privacy.readings.note(who, [student for student, _ in found.students], "dashboard")
    return found


def _levels(found: Dashboard) -> Response:
    names, titles = dict(found.students), dict(found.topics)
    lines = [
        (
            cell.student,
            names[cell.student],
            cell.topic,
            titles[cell.topic],
            round(cell.level, 4),
            cell.attempts,
            cell.enough,
        )
        for cell in found.cells
    ]
    return sheet("levels.csv", ("student", "name", "topic", "title", "level", "attempts", "enough"), lines)


def _items(found: Dashboard) -> Response:
    lines = [
        (
            one.item, one.students, round(one.solved, 4), None if one.discrimination is None else round(one.discrimination, 4),
            "; ".join(f"{wrong.answer} ({wrong.students})" for wrong in one.wrong),
        )
        for one in found.items
    ]  # fmt: skip
    return sheet("items.csv", ("item", "students", "solved", "discrimination", "wrong"), lines)
