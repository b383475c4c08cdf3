"""How a student is getting on, and quiz answers, which are judged here and never believed."""

from dataclasses import replace

from fastapi import APIRouter, Request

from api.guard import SIGNED_IN, Route, principal, requires, services, student
from api.services import Services
from api.wire.base import Id
from api.wire.progress import AchievementView, MasteryChangeView, ProgressView, QuizAnswer, QuizResult
from core.clock import Clock
from core.errors import NotFound
from core.ports import (
    Attempt,
    Principal,
    Question,
    Role,
    Student,
    StudentId,
    TopicId,
    UserId,
)
from tools.mark_quiz import Marked, mark_quiz

router = APIRouter(prefix="/api/v1/progress", route_class=Route, tags=["progress"])


@router.get("/{user_id}", response_model=ProgressView)
@requires(SIGNED_IN)
async def read_progress(request: Request, user_id: Id) -> ProgressView:
    """A student's progress: for themselves, their own teachers and admins."""
    edge = services(request)
    whose = await readable(edge, principal(request), UserId(user_id), "progress")
    return ProgressView.of(await edge.records.progress(whose))


@router.post("", response_model=QuizResult)
@requires(SIGNED_IN)
async def record_progress(request: Request, body: QuizAnswer) -> QuizResult:
    """Answer a quiz question. Only the answer is taken from the client; exercises count by submitting them."""
    edge, who = services(request), student(request)
    question = _question(edge, body)
    marked = mark_quiz(question, body.given)
    earlier = await edge.records.list_attempts(who, item=question.id, limit=10)
    attempt = _attempt(request.app.state.clock, who, body, question, marked, told=_told(earlier, body))
    attempt = replace(attempt, content_version=edge.course.version)
    recorded = await edge.records.record(who, attempt)
    changes = [MasteryChangeView.model_validate(change) for change in recorded.changes]
    return QuizResult(
        correct=marked.correct,
        score=marked.score,
        why=marked.why,
        again=recorded.again,
        mastery=changes,
        achievements=[AchievementView.model_validate(one) for one in recorded.achievements],
    )


async def readable(edge: Services, asking: Principal, wanted: UserId, what: str) -> Student:
    """Whose data the caller is about to see `what` of, written down unless it is their own. Raises as `within_reach`."""
    student = await within_reach(edge, asking, wanted)
    if asking.id != wanted:
        await edge.privacy.readings.note(asking, [student.id], what)
    return student


async def within_reach(edge: Services, asking: Principal, wanted: UserId) -> Student:
    """Oneself, or a student one teaches. Raises NotFound alike for who does not exist and for who is none of the caller's
    business."""
    if asking.id == wanted:
        return Student(id=StudentId(wanted), name=asking.name)
    teaches = asking.role == Role.TEACHER and await edge.people.teaches(asking.id, StudentId(wanted))
    if not (teaches or asking.role == Role.ADMIN):
        raise NotFound
    person = await edge.people.get(wanted)
    return Student(id=StudentId(wanted), name=person.name)


def _question(edge: Services, body: QuizAnswer) -> Question:
    for question in edge.course.get_topic(TopicId(body.topic)).quiz:
        if question.id == body.question:
            return question
    raise NotFound("There is no such question in this topic.")


def _key(student: StudentId, body: QuizAnswer) -> str:
    return f"quiz:{student}:{body.attempt_id}"


def _told(earlier: list[Attempt], body: QuizAnswer) -> int:
    """How often this question's answer was explained already: a later right answer is worth as much as after a hint."""
    return sum(1 for attempt in earlier if not attempt.key.endswith(f":{body.attempt_id}"))


def _attempt(clock: Clock, who: Student, body: QuizAnswer, question: Question, marked: Marked, *, told: int) -> Attempt:
    return Attempt(
        key=_key(who.id, body),
        kind="quiz",
        item=question.id,
        skills=(question.skill,),
        correct=marked.correct,
        score=marked.score,
        at=clock.now(),
        duration_s=body.duration_s,
        hints=told,
        answer=marked.answer,
    )
