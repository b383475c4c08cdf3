"""For staff: a student's conversations, with a reason that the student can read."""

from fastapi import APIRouter, Request, Response

from api.guard import STAFF, Route, principal, requires, services
from api.reply import json_response
from api.wire.base import Id
from api.wire.privacy import ReadConversation, ReadConversations, WhyRead
from api.wire.turns import Thread, ThreadPage, TurnPage, turn
from core.ports import Student, StudentId, ThreadId, UserId

router = APIRouter(prefix="/api/v1/students/{user_id}/conversations", route_class=Route, tags=["students"])


@router.post("", response_model=ThreadPage)
@requires(STAFF)
async def list_conversations(request: Request, user_id: Id, body: ReadConversations) -> ThreadPage:
    """Titles of the conversations of a student in your own classes. Say why, or which alert you are looking into; the student
    sees who looked, when and why."""
    whose = await _enter(request, user_id, body)
    found, following = await services(request).turns.list_threads(whose, limit=body.limit, cursor=body.cursor)
    return ThreadPage(items=[Thread.of(thread) for thread in found], next_cursor=following)


@router.post("/{thread_id}", responses={200: {"model": TurnPage}})
@requires(STAFF)
async def read_conversation(request: Request, user_id: Id, thread_id: Id, body: ReadConversation) -> Response:
    """The last turns of one conversation before `before`, oldest first."""
    whose = await _enter(request, user_id, body)
    turns = services(request).turns
    views = await turns.read_thread(whose, ThreadId(thread_id), before=body.before, limit=body.limit + 1)
    page = views[-body.limit :]
    earlier = page[0].seq if len(views) > body.limit else None
    return json_response({"items": [turn(view) for view in page], "before": earlier})


async def _enter(request: Request, user_id: str, body: WhyRead) -> Student:
    edge, who = services(request), principal(request)
    await edge.privacy.readings.enter_conversations(who, StudentId(user_id), why=body.reason, alert=body.alert_id)
    return Student(id=StudentId(user_id), name=(await edge.people.get(UserId(user_id))).name)
