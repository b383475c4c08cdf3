"""What the tutor remembers about you, to read and to have forgotten."""

from fastapi import APIRouter, Request, Response

from api import wire
from api.guard import SIGNED_IN, Route, requires, services, student
from core.errors import NotFound

router = APIRouter(prefix="/api/v1/memories", route_class=Route, tags=["memories"])


@router.get("", response_model=wire.Memories)
@requires(SIGNED_IN)
async def list_memories(request: Request) -> wire.Memories:
    """Everything remembered about you."""
    found = await services(request).memories.list_all(student(request))
    return wire.Memories(items=[wire.Memory.model_validate(one) for one in found])


@router.delete("", status_code=204)
@requires(SIGNED_IN)
async def forget_all(request: Request) -> Response:
    """Forget all of it."""
    await services(request).memories.forget(student(request))
    return Response(status_code=204)


@router.delete("/{memory_id}", status_code=204)
@requires(SIGNED_IN)
async def forget(request: Request, memory_id: wire.Id) -> Response:
    """Forget one thing."""
    if not await services(request).memories.forget(student(request), memory_id):
        raise NotFound("There is no such memory.")
    return Response(status_code=204)
