"""For the curriculum team: which passage, exercise or question confuses, as data, as a picture and as a sheet."""

from fastapi import APIRouter, Request, Response

from api.guard import CURATORS, Route, requires, services
from api.sheets import sheet
from api.wire.overviews import CourseDashboard
from learning.bars import bars
from learning.overviews import CourseView

router = APIRouter(prefix="/api/v1/curriculum/dashboard", route_class=Route, tags=["curriculum"])

_DRAWN = 20


@router.get("", response_model=CourseDashboard)
@requires(CURATORS)
async def read_course_dashboard(request: Request) -> CourseDashboard:
    """By first answers, hints, further tries, thumbs and questions asked again and again, in the last 28 days. No student is
    named, and nothing is said of what fewer than ten met."""
    return CourseDashboard.of(await _found(request))


@router.get(
    "/picture",
    responses={200: {"description": "The most confusing", "content": {"image/svg+xml": {}}}},
    response_class=Response,
)
@requires(CURATORS)
async def draw_course_dashboard(request: Request) -> Response:
    """The most confusing items and passages as SVG bars with their numbers and alternative text."""
    found = await _found(request)
    told = sorted((*found.items, *found.passages), key=lambda one: (not one.enough, -one.score))[:_DRAWN]
    rows = [(one.title, one.score, one.score if one.signs else 0.0, f"{one.score:.2f}") for one in told]
    return Response(bars("What confuses", found.alt, rows), media_type="image/svg+xml")


@router.get(
    "/export",
    responses={200: {"description": "All of it", "content": {"text/csv": {}}}},
    response_class=Response,
)
@requires(CURATORS)
async def export_course_dashboard(request: Request) -> Response:
    """Every item and passage as CSV."""
    found = await _found(request)
    lines = [
        (one.what, one.name, one.title, round(one.score, 4), one.seen, one.enough, "; ".join(one.signs))
        for one in (*found.items, *found.passages)
    ]
    return sheet("confusing.csv", ("what", "name", "title", "score", "seen", "enough", "signs"), lines)


async def _found(request: Request) -> CourseView:
    edge = services(request)
    return await edge.overviews.of_course(edge.course.version)
