"""The tutor at /tutor for LangChain clients: LangServe's wire format in front of `Turns`, and none of its freedoms.

LangServe sees a body that was rebuilt from validated fields, so that configs, tuples and message lists of a client
never reach it. Turns are submitted before it is entered: a refusal has a status line, and the tutor's own work does
not run inside LangChain's callbacks, where `stream_events` would show it. It is imported at its first use (1.3 s)."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import Message
from typing_extensions import TypedDict

from api import reply
from api.guard import SIGNED_IN, Route, count, principal, requires, services, student
from api.services import Services
from api.sse import watched
from api.wire.base import Short
from api.wire.turns import Query, Turn, turn
from core.errors import LearnFlowError
from core.ports import Event, Student, TurnId, TurnView

if TYPE_CHECKING:
    from langserve import APIHandler

router = APIRouter(prefix="/tutor", route_class=Route, tags=["langserve"])

_BATCH_MAX = 16


class _Loose(BaseModel):
    """LangChain clients send more than is used here: `config` and `kwargs` are let in and thrown away."""

    model_config = ConfigDict(extra="ignore")


class Invoke(_Loose):
    input: Query


class Batch(_Loose):
    inputs: Annotated[list[Query], Field(max_length=_BATCH_MAX)]


class StreamEvents(Invoke):
    include_names: list[Short] | None = None
    include_types: list[Short] | None = None
    include_tags: list[Short] | None = None
    exclude_names: list[Short] | None = None
    exclude_types: list[Short] | None = None
    exclude_tags: list[Short] | None = None


class Watched(TypedDict):
    """What LangServe's own half is given: a turn that was accepted. No model: LangServe reads a pydantic model in a way
    that is deprecated."""

    turn_id: str


class Output(BaseModel):
    output: Turn


class Outputs(BaseModel):
    output: list[Turn]


_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events in LangServe's framing",
        "content": {"text/event-stream": {}},
    }
}


@router.post("/invoke", responses={200: {"model": Output}})
@requires(SIGNED_IN, rate="turns")
async def invoke(request: Request, body: Invoke) -> Response:
    """One turn, when it is finished."""
    view = await _submit(request, body.input)
    return await _hand_over(request, "invoke", {"input": {"turn_id": view.id}})


@router.post("/batch", responses={200: {"model": Outputs}})
@requires(SIGNED_IN)
async def batch(request: Request, body: Batch) -> Response:
    """Several turns, accepted in their order; each counts."""
    count(request, "turns", principal(request), cost=len(body.inputs))
    views = [await _submit(request, one) for one in body.inputs]
    return await _hand_over(request, "batch", {"inputs": [{"turn_id": view.id} for view in views]})


@router.post("/stream", responses=_STREAM)
@requires(SIGNED_IN, rate="turns")
async def stream(request: Request, body: Invoke) -> Response:
    """The turn's events while they happen."""
    view = await _submit(request, body.input)
    return await _hand_over(request, "stream", {"input": {"turn_id": view.id}})


@router.post("/stream_events", responses=_STREAM)
@requires(SIGNED_IN, rate="turns")
async def stream_events(request: Request, body: StreamEvents) -> Response:
    """The same inside LangChain's event envelope."""
    view = await _submit(request, body.input)
    filters = body.model_dump(exclude={"input"}, exclude_none=True)
    return await _hand_over(request, "astream_events", {"input": {"turn_id": view.id}, **filters})


def load(services: Services) -> "APIHandler":
    """LangServe's handler over a Runnable that shows accepted turns; blocks for the import, about a second."""
    from langchain_core.runnables import Runnable, RunnableConfig
    from langserve import APIHandler

    class Tutor(Runnable[Watched, dict[str, Any]]):
        """Waits for a turn, or shows it; the student comes from the access token by way of the config."""

        def invoke(self, input: Watched, config: RunnableConfig | None = None, **kwargs: Any) -> dict[str, Any]:
            raise NotImplementedError("the tutor is asynchronous")

        async def ainvoke(self, input: Watched, config: RunnableConfig | None = None, **kwargs: Any) -> dict[str, Any]:
            return await self._acall_with_config(_finished, input, config)

        async def astream(
            self, input: Watched, config: RunnableConfig | None = None, **kwargs: Any
        ) -> AsyncIterator[dict[str, Any]]:
            async for event in self._atransform_stream_with_config(_one(input), _shown, config):
                yield event

    async def _finished(input: Any, run_manager: Any, config: RunnableConfig) -> dict[str, Any]:
        view = await services.turns.wait(_student(config), TurnId(input["turn_id"]), timeout_s=reply.WAIT_S)
        return turn(view)

    async def _shown(inputs: AsyncIterator[Any], run_manager: Any, config: RunnableConfig) -> AsyncIterator[Event]:
        async for input in inputs:
            async for event in watched(services.turns.events(_student(config), TurnId(input["turn_id"])), None):
                yield event

    return APIHandler(
        Tutor().with_types(input_type=Watched, output_type=dict[str, Any]),
        path="/tutor",
        per_req_config_modifier=_with_student,
    )


async def _submit(request: Request, body: Query) -> TurnView:
    return await reply.submit(request, reply.ask(services(request), body), body.thread_id, body.turn_id)


async def _hand_over(request: Request, verb: str, body: dict[str, Any]) -> Response:
    """Call LangServe with a request whose body is ours."""
    handle: Callable[[Request], Coroutine[Any, Any, Response]] = getattr(await _handler(request), verb)
    content = orjson.dumps({**body, "config": {}, "kwargs": {}})
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if not sent:
            sent = True
            return {"type": "http.request", "body": content, "more_body": False}
        return await request.receive()

    return await handle(Request(request.scope, receive))


async def _handler(request: Request) -> "APIHandler":
    state = request.app.state
    async with state.langserve_lock:
        if state.langserve is None:
            state.langserve = await asyncio.to_thread(load, services(request))
    return state.langserve


def _with_student(config: dict[str, Any], request: Request) -> dict[str, Any]:
    return {"configurable": {"student": student(request)}}


def _student(config: Any) -> Student:
    found = config["configurable"]["student"]
    if not isinstance(found, Student):
        raise LearnFlowError("the request carries no student")
    return found


async def _one(input: Any) -> AsyncIterator[Any]:
    yield input
