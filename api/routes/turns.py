"""Asking the tutor, by the one door or by a door that names the intent, and coming back to a turn later."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.guard import SIGNED_IN, Route, requires, services, student
from api.reply import STREAMED, ask, json_response, reply
from api.sse import EventStream
from api.wire.base import Id
from api.wire.turns import DebugQuery, ExplainQuery, ReviewQuery, TriageQuery, TriageView, Turn, turn
from api.wire.turns import Query as WireQuery
from core.ports import TurnId

router = APIRouter(prefix="/api/v1", route_class=Route, tags=["tutor"])

_Wait = Annotated[bool, Query(description="false: answer 202 at once, with the turn's address")]


@router.post("/query", responses=STREAMED)
@requires(SIGNED_IN, rate="turns")
async def query(request: Request, body: WireQuery, wait: _Wait = True) -> Response:
    """Ask the tutor anything. With `Accept: text/event-stream` the turn is shown while it happens."""
    asked = ask(services(request), body)
    return await reply(request, asked, thread=body.thread_id, turn=body.turn_id, wait=wait)


@router.post("/explain", responses=STREAMED)
@requires(SIGNED_IN, rate="turns")
async def explain(request: Request, body: ExplainQuery, wait: _Wait = True) -> Response:
    """Have a concept explained, with citations from the course."""
    asked = ask(services(request), body, intent="concept")
    return await reply(request, asked, thread=body.thread_id, turn=body.turn_id, wait=wait)


@router.post("/review", responses=STREAMED)
@requires(SIGNED_IN, rate="turns")
async def review(request: Request, body: ReviewQuery, wait: _Wait = True) -> Response:
    """Have a program reviewed."""
    asked = ask(services(request), body, intent="review")
    return await reply(request, asked, thread=body.thread_id, turn=body.turn_id, wait=wait)


@router.post("/debug", responses=STREAMED)
@requires(SIGNED_IN, rate="turns")
async def debug(request: Request, body: DebugQuery, wait: _Wait = True) -> Response:
    """Find out why a program does not work; the answer is a hint, not the solution."""
    asked = ask(services(request), body, intent="debugging")
    return await reply(request, asked, thread=body.thread_id, turn=body.turn_id, wait=wait)


@router.post("/triage", responses={200: {"model": TriageView}})
@requires(SIGNED_IN, rate="runs")
async def triage(request: Request, body: TriageQuery) -> Response:
    """What kind of message this is. Nothing is answered and nothing is kept."""
    edge = services(request)
    asked = ask(edge, WireQuery(message=body.message, code=body.code, error=body.error))
    return json_response(dict(await edge.triage(asked)))


@router.get("/turns/{turn_id}", responses={200: {"model": Turn}})
@requires(SIGNED_IN)
async def read_turn(request: Request, turn_id: Id) -> Response:
    """One turn, as far as it has come."""
    return json_response(turn(await services(request).turns.get(student(request), TurnId(turn_id))))


@router.get(
    "/turns/{turn_id}/events",
    responses={200: {"description": "The turn's events", "content": {"text/event-stream": {}}}},
    response_class=Response,
)
@requires(SIGNED_IN)
async def watch_turn(
    request: Request,
    turn_id: Id,
    after: Annotated[int, Query(ge=0, le=2**53, description="the last `id` that was seen")] = 0,
) -> Response:
    """Watch a turn again, from the event after `after` or after the `Last-Event-ID` header, which wins."""
    edge, who = services(request), student(request)
    seen = request.headers.get("last-event-id", "")
    after = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 16 else after
    view = await edge.turns.get(who, TurnId(turn_id))  # refused here, while a status line can still say so
    return EventStream(edge.turns.events(who, view.id, after=after))
