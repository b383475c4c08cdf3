"""What the tutor remembers about you, to read, to put right, to have forgotten, and to stop."""

from fastapi import APIRouter, Request, Response

from api.guard import SIGNED_IN, Route, requires, services, student
from api.wire.base import Id
from api.wire.progress import EditMemory, Memories, Memory, PauseMemories
from core.errors import NotFound

router = APIRouter(prefix="/api/v1/memories", route_class=Route, tags=["memories"])


@router.get("", response_model=Memories)
@requires(SIGNED_IN)
async def list_memories(request: Request) -> Memories:
    """Everything remembered about you, with when and in which turns it was learnt."""
    return await _shown(request)


@router.patch("", response_model=Memories)
@requires(SIGNED_IN)
async def pause(request: Request, body: PauseMemories) -> Memories:
    """Have nothing kept and nothing used, or go on. What is there stays until you have it forgotten."""
    await services(request).memories.pause(student(request), body.paused)
    return await _shown(request)


@router.patch("/{memory_id}", response_model=Memory)
@requires(SIGNED_IN)
async def edit(request: Request, memory_id: Id, body: EditMemory) -> Memory:
    """Put it right: your words stand from now on."""
    return Memory.of(await services(request).memories.edit(student(request), memory_id, body.content))


@router.delete("", status_code=204)
@requires(SIGNED_IN)
async def forget_all(request: Request) -> Response:
    """Forget all of it."""
    await services(request).memories.forget(student(request))
    return Response(status_code=204)


@router.delete("/{memory_id}", status_code=204)
@requires(SIGNED_IN)
async def forget(request: Request, memory_id: Id) -> Response:
    """Forget one thing."""
    if not await services(request).memories.forget(student(request), memory_id):
        raise NotFound("There is no such memory.")
    return Response(status_code=204)


async def _shown(request: Request) -> Memories:
    memories, who = services(request).memories, student(request)
    found = await memories.list_all(who)
    return Memories(paused=await memories.is_paused(who), items=[Memory.of(one) for one in found])
