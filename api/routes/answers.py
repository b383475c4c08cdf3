"""A teacher's own words, into a student's conversation."""

from fastapi import APIRouter, Request, Response

from api.guard import STAFF, Route, principal, requires, services
from api.reply import json_response
from api.routes.progress import within_reach
from api.services import Services
from api.wire.base import Id
from api.wire.classes import AnswerTo, TeacherAnswer
from api.wire.turns import Turn, turn
from core.errors import NotFound
from core.ports import Principal, Student, ThreadId, TurnId, TurnView, UserId
from learning.notifications.rules import Notice

router = APIRouter(prefix="/api/v1", route_class=Route, tags=["alerts"])


@router.post("/alerts/{alert_id}/answer", status_code=201, responses={201: {"model": Turn}})
@requires(STAFF)
async def answer_alert(request: Request, alert_id: Id, body: TeacherAnswer) -> Response:
    """Answer the student in the conversation that the alert comes from, else in the latest. The alert counts as seen."""
    edge, who = services(request), principal(request)
    alert = await edge.inbox.get_alert(who, alert_id)
    student = Student(id=alert.student, name=alert.student_name)
    thread = str(alert.evidence.get("thread") or "") or None
    view = await _answer(edge, who, student, body, thread)
    if alert.status in ("open", "snoozed"):
        await edge.inbox.settle(who, alert_id, "acknowledged")
    return json_response(turn(view), status=201)


@router.post("/students/{user_id}/answers", status_code=201, responses={201: {"model": Turn}})
@requires(STAFF)
async def answer_student(request: Request, user_id: Id, body: AnswerTo) -> Response:
    """Write into a conversation of a student you teach. It is shown with your name, and no model changes a word of it."""
    edge, who = services(request), principal(request)
    if user_id == who.id:
        raise NotFound("this is no student of yours")
    student = await within_reach(edge, who, UserId(user_id))
    return json_response(turn(await _answer(edge, who, student, body, body.thread_id)), status=201)


async def _answer(
    edge: Services, who: Principal, student: Student, body: TeacherAnswer, thread: str | None
) -> TurnView:
    """The student is told after the words are kept: whoever sends them again after a failure in between tells it then."""
    view = await edge.turns.answer(
        who, student, body.words, thread=ThreadId(thread) if thread else None,
        turn=TurnId(body.turn_id) if body.turn_id else None,
    )  # fmt: skip
    notice = Notice(
        key=f"answer:{view.id}", kind="teacher_answer", title=f"{who.name} answered in your conversation",
        facts={"thread": view.thread, "turn": view.id},
    )  # fmt: skip
    await edge.notifications.publish([UserId(student.id)], notice)
    return view
