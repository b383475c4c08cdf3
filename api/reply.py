"""One student message in, the tutor's turn out, in the manner the client asked for: a stream, the finished answer, or
the address where it will be."""

from collections.abc import Callable
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel

from api import problems
from api.guard import services, student
from api.once import turn_named
from api.services import Services
from api.sse import EventStream
from api.wire.turns import Query, Turn
from api.wire.turns import turn as show_turn
from core.errors import Invalid, LearnFlowError, TooLarge
from core.ports import Ask, ExerciseId, ThreadId, TurnId, TurnView, UserId

WAIT_S = 60.0  # longer than the longest turn, so that only a long queue is answered with 202

STREAMED: dict[int | str, dict[str, Any]] = {
    200: {
        "model": Turn,
        "description": "The finished turn; as `text/event-stream`, its events while it happens",
        "content": {"text/event-stream": {"example": 'event:token\ndata:{"t":"A list"}\n\n'}},
    },
    202: {"model": Turn, "description": "Accepted and not finished yet: see `Location`"},
}


def ask(edge: Services, body: Query, *, intent: str | None = None) -> Ask:
    """Raises Invalid for an empty message, TooLarge beyond the school's own limits."""
    return bounded(
        edge,
        Ask(
            message=body.message,
            code=body.code,
            error=body.error,
            exercise=ExerciseId(body.exercise_id) if body.exercise_id else None,
            intent=intent,
        ),
    )


def bounded(edge: Services, asked: Ask) -> Ask:
    limits = edge.settings
    if not asked.message.strip():
        raise Invalid("The message is empty.")
    if len(asked.message) > limits.message_chars_max:
        raise TooLarge("The message is too long.", message_chars_max=limits.message_chars_max)
    if max(len(asked.code or ""), len(asked.error or "")) > limits.code_chars_max:
        raise TooLarge("The program or its error text is too long.", code_chars_max=limits.code_chars_max)
    return asked


async def submit(request: Request, asked: Ask, thread: str | None, turn: str | None) -> TurnView:
    who = student(request)
    return await services(request).turns.submit(
        who,
        asked,
        thread=ThreadId(thread) if thread else None,
        turn=TurnId(turn) if turn else turn_named(request, UserId(who.id)),
    )


async def reply(request: Request, asked: Ask, *, thread: str | None, turn: str | None, wait: bool = True) -> Response:
    """Raises what `Turns.submit` raises; once accepted, leaving the request never stops the turn."""
    view = await submit(request, asked, thread, turn)
    if "text/event-stream" in request.headers.get("accept", ""):
        return EventStream(services(request).turns.events(student(request), view.id))
    if not wait:
        return rendered(view)
    return await finished(request, view)


async def finished(request: Request, view: TurnView) -> Response:
    """The turn when it is done, 202 when it takes too long, its problem when it failed."""
    edge, who = services(request), student(request)
    view = await edge.turns.wait(who, view.id, timeout_s=WAIT_S)
    if view.status == "failed" and view.answer is None:
        return await _problem_of(request, view)
    return rendered(view)


def rendered(view: TurnView) -> Response:
    if view.status in ("done", "failed"):
        return json_response(show_turn(view))
    return json_response(show_turn(view), status=202, headers={"Location": f"/api/v1/turns/{view.id}"})


def json_response(content: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """For what our own rooms made: not validated again."""
    return Response(problems.encode(content), status, headers, "application/json")


def rendered_once(request: Request, key: tuple[object, ...], make: Callable[[], BaseModel]) -> Response:
    """What changes only with the course's version: rendered once, and 304 for who has it already. Rendering the whole
    course takes longer than a first event may. `key` must come from a small set: every one is kept."""
    version = services(request).course.version
    headers = {"ETag": f'"{version}"', "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    kept: dict[tuple[object, ...], tuple[str, bytes]] = request.app.state.rendered
    if key not in kept or kept[key][0] != version:
        kept[key] = (version, make().model_dump_json().encode())
    return Response(kept[key][1], headers=headers, media_type="application/json")


async def _problem_of(request: Request, view: TurnView) -> Response:
    async for event in services(request).turns.events(student(request), view.id):
        if event["type"] == "problem":
            document = problems.completed(event["problem"], trace=request.scope.get("trace_id"))
            return Response(problems.encode(document), document["status"], media_type=problems.MEDIA_TYPE)
    raise LearnFlowError
