"""Conversations: begin one, find them, scroll back, delete."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any, cast

from fastapi import APIRouter, Query, Request, Response

from api.guard import SIGNED_IN, Route, requires, services, student
from api.reply import json_response
from api.sse import EventStream
from api.wire.base import Id, Opaque
from api.wire.turns import NewThread, Thread, ThreadPage, TurnPage, turn
from core.ports import Event, Student, ThreadId, Turns

router = APIRouter(prefix="/api/v1/threads", route_class=Route, tags=["conversations"])

_FOLLOW_S = 900.0  # as long as an access token lives
_Limit = Annotated[int, Query(ge=1, le=100)]
_Cursor = Annotated[Opaque | None, Query(description="`next_cursor` of the page before")]


@router.post("", status_code=201, response_model=Thread)
@requires(SIGNED_IN)
async def create_thread(request: Request, body: NewThread) -> Thread:
    """Begin a conversation."""
    return Thread.of(await services(request).turns.create_thread(student(request), body.title))


@router.get("", response_model=ThreadPage)
@requires(SIGNED_IN)
async def list_threads(request: Request, limit: _Limit = 50, cursor: _Cursor = None) -> ThreadPage:
    """Your conversations, the latest first."""
    found, following = await services(request).turns.list_threads(student(request), limit=limit, cursor=cursor)
    return ThreadPage(items=[Thread.of(thread) for thread in found], next_cursor=following)


@router.get("/{thread_id}", responses={200: {"model": TurnPage}})
@requires(SIGNED_IN)
async def read_thread(
    request: Request,
    thread_id: Id,
    before: Annotated[int | None, Query(ge=0, le=2**53, description="turns whose `seq` is smaller")] = None,
    limit: _Limit = 50,
) -> Response:
    """The last `limit` turns before `before`, oldest first: nothing is ever lost for who scrolls back."""
    turns, who = services(request).turns, student(request)
    views = await turns.read_thread(who, ThreadId(thread_id), before=before, limit=limit + 1)
    page = views[-limit:]
    earlier = page[0].seq if len(views) > limit else None
    return json_response({"items": [turn(view) for view in page], "before": earlier})


@router.get(
    "/{thread_id}/events",
    responses={200: {"description": "Turns as they end", "content": {"text/event-stream": {}}}},
    response_class=Response,
)
@requires(SIGNED_IN)
async def follow_thread(
    request: Request,
    thread_id: Id,
    after: Annotated[int | None, Query(ge=0, le=2**53, description="the last `id` that was seen")] = None,
) -> Response:
    """Every turn of the conversation as it ends, your teacher's answers among them: from now on, or after `after` or the
    `Last-Event-ID` header, which wins. Ends after a quarter of an hour: connect again with the last id."""
    turns, who, thread = services(request).turns, student(request), ThreadId(thread_id)
    seen = request.headers.get("last-event-id", "")
    after = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 16 else after
    newest = max((view.seq for view in await turns.read_thread(who, thread, limit=1)), default=0)
    return EventStream(_ended(turns, who, thread, newest if after is None else after))


async def _ended(turns: Turns, who: Student, thread: ThreadId, after: int) -> AsyncIterator[Event]:
    yield {"type": "following", "seq": after}
    async with aclosing(cast(Any, turns.follow(who, thread, after=after, seconds=_FOLLOW_S))) as views:
        async for view in views:
            yield {"type": "turn", "seq": view.seq, "turn": turn(view)}


@router.delete("/{thread_id}", status_code=204)
@requires(SIGNED_IN)
async def delete_thread(request: Request, thread_id: Id) -> Response:
    """Delete a conversation with all its turns."""
    await services(request).turns.delete_thread(student(request), ThreadId(thread_id))
    return Response(status_code=204)
