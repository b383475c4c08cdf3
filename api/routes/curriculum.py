"""For the curriculum team: upload, look at it as a student would, publish, go back."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api import problems
from api.guard import CURATORS, Route, principal, requires, services
from api.services import Upload
from api.sse import EventStream
from api.wire.base import Id, Short
from api.wire.desk import (
    DiffView,
    LiveView,
    MadeListView,
    MadePreview,
    MadeView,
    PreviewItem,
    PreviewView,
    UploadView,
    VersionsView,
    VersionView,
    Withdraw,
)
from core.errors import Invalid
from core.ports import ExerciseId, Subject, TopicId
from tools.search_course import covers

router = APIRouter(prefix="/api/v1/curriculum", route_class=Route, tags=["curriculum"])

UPLOADS = "/api/v1/curriculum/uploads"
_UPLOAD_S = 120.0
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post("/uploads", status_code=202, response_model=UploadView, openapi_extra=_BODY)
@requires(CURATORS, rate="runs", replay=False)
async def upload(
    request: Request,
    response: Response,
    name: Annotated[
        Short,
        Query(min_length=1, description="file name, or path in the curriculum, as python/01-basics/loops.md"),
    ],
    place: Annotated[Short | None, Query(description="module's folder for other forms, as python/09-new")] = None,
    replace: Annotated[
        bool, Query(description="the upload is the whole course; false: laid over the live one")
    ] = False,
) -> UploadView:
    """Send a page, an archive of a curriculum, or a file to import, as the body. The live course stays as it is."""
    content = await _whole(request)
    taken = services(request).desk.upload(name, content, by=principal(request).name, place=place, replace=replace)
    response.headers["Location"] = f"{UPLOADS}/{taken.id}"
    return _view(request, taken)


@router.get("/uploads/{upload_id}", response_model=UploadView)
@requires(CURATORS)
async def read_upload(request: Request, upload_id: Id) -> UploadView:
    """How far an upload has come, what is wrong with it, and the version that came of it."""
    return _view(request, services(request).desk.get(upload_id))


@router.get(
    "/uploads/{upload_id}/events",
    responses={200: {"description": "What happens to the upload", "content": {"text/event-stream": {}}}},
    response_class=Response,
)
@requires(CURATORS)
async def watch_upload(
    request: Request,
    upload_id: Id,
    after: Annotated[int, Query(ge=0, le=2**53, description="the last `id` that was seen")] = 0,
) -> Response:
    """`status` with `doing`, `done` and `total`; `note` for what was not carried over; at the end `ready` with the version,
    or `problem`."""
    desk = services(request).desk
    desk.get(upload_id)
    seen = request.headers.get("last-event-id", "")
    after = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 16 else after
    return EventStream(desk.events(upload_id, after=after))


@router.get("/versions", response_model=VersionsView)
@requires(CURATORS)
async def list_versions(request: Request) -> VersionsView:
    """The finished versions, the newest first."""
    return VersionsView(items=[VersionView.of(one) for one in await services(request).desk.versions()])


@router.get("/versions/{version}/diff", response_model=DiffView)
@requires(CURATORS)
async def read_diff(request: Request, version: Id) -> DiffView:
    """The files that publishing this version would add, change and remove."""
    return DiffView.model_validate(await services(request).desk.diff(version))


@router.get("/versions/{version}/preview", response_model=PreviewView)
@requires(CURATORS)
async def preview(
    request: Request,
    version: Id,
    query: Annotated[Short, Query(min_length=1, description="what a student might ask")],
    subject: Annotated[Subject | None, Query()] = None,
    module: Annotated[str | None, Query(max_length=200, description="only this module, as python.functions")] = None,
    level: Annotated[int | None, Query(ge=1, le=3, description="only topics up to this level; 1: first steps")] = None,
    limit: Annotated[int, Query(ge=1, le=20)] = 5,
) -> PreviewView:
    """The passages that a student's question would get from this version, in order, with what ranked each, and whether
    the first is near enough to answer."""
    desk = services(request).desk
    found = await desk.preview(version, query, k=limit, subject=subject, module=module, level=level)
    covered = covers([passage for passage, _, _ in found])
    return PreviewView(covered=covered, items=[PreviewItem.of(*one) for one in found])


@router.post("/versions/{version}/publish", response_model=LiveView)
@requires(CURATORS)
async def publish(request: Request, version: Id) -> LiveView:
    """Make it what students get."""
    return LiveView(version=await services(request).desk.publish(version))


@router.post("/rollback", response_model=LiveView)
@requires(CURATORS)
async def roll_back(request: Request) -> LiveView:
    """Make live again what was live before; again goes one further back."""
    return LiveView(version=await services(request).desk.roll_back())


@router.get("/made", response_model=MadeListView)
@requires(CURATORS)
async def list_made(
    request: Request,
    topic: Annotated[Short | None, Query(description="only this topic's, as python.control-flow.for-loops")] = None,
    withdrawn: Annotated[bool, Query(description="those that were withdrawn too")] = False,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> MadeListView:
    """The exercises that a language model made and the sandbox accepted, the newest first."""
    made = services(request).made
    found = await made.list_made(topic=TopicId(topic) if topic else None, withdrawn=withdrawn, limit=limit)
    return MadeListView(items=[MadeView.of(one) for one in found])


@router.get("/made/{exercise_id}", response_model=MadePreview)
@requires(CURATORS)
async def preview_made(request: Request, exercise_id: Id) -> MadePreview:
    """One of them, with its solutions, planted mistakes and hidden tests."""
    return MadePreview.of(await services(request).made.get_made(ExerciseId(exercise_id)))


@router.post("/made/{exercise_id}/withdraw", response_model=MadeView)
@requires(CURATORS)
async def withdraw_made(request: Request, exercise_id: Id, body: Withdraw) -> MadeView:
    """No student gets it from now on. Again it changes nothing."""
    return MadeView.of(await services(request).made.withdraw(ExerciseId(exercise_id), body.because))


def _view(request: Request, found: Upload) -> UploadView:
    view = UploadView.model_validate(found)
    if found.problem is None:
        return view
    problem = problems.completed(found.problem, trace=request.scope.get("trace_id"))
    return view.model_copy(update={"problem": problem})


async def _whole(request: Request) -> bytes:
    try:
        async with asyncio.timeout(_UPLOAD_S):
            content = await request.body()
    except TimeoutError:
        raise HTTPException(408, "The body did not come in time.", {"Connection": "close"}) from None
    except ClientDisconnect as error:
        raise Invalid("The upload broke off.") from error
    if not content:
        raise Invalid("The upload is empty: send the file as the body.")
    return content
