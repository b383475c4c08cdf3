"""The exercise bank as a student may see it, asking for one, and handing one in."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.guard import SIGNED_IN, Route, requires, services, student
from api.reply import STREAMED, bounded, finished, json_response, rendered_once, reply, submit
from api.services import Services
from api.sse import EventStream
from api.wire.base import Id
from api.wire.course import Exercises, ExerciseView, Generate, Generated, Submission
from api.wire.turns import Turn, turn
from core.errors import Invalid
from core.ports import Ask, Course, Exercise, ExerciseId, Subject, TopicId, TurnView

router = APIRouter(prefix="/api/v1/exercises", route_class=Route, tags=["exercises"])

_DIFFICULTY = {1: "an easy", 2: "a medium", 3: "a hard"}


@router.get("", responses={200: {"model": Exercises}, 304: {"description": "Unchanged"}})
@requires(SIGNED_IN)
async def list_exercises(
    request: Request,
    topic: Annotated[Id | None, Query()] = None,
    subject: Annotated[Subject | None, Query()] = None,
    difficulty: Annotated[int | None, Query(ge=1, le=3)] = None,
) -> Response:
    """The bank, without tests, references and planted mistakes."""
    course = services(request).course
    if topic is not None:
        course.get_topic(TopicId(topic))  # only what exists is kept
    key = ("exercises", topic, subject, difficulty)
    return rendered_once(request, key, lambda: _exercises(course, topic, subject, difficulty))


@router.post("/generate", responses={200: {"model": Generated}, 202: {"model": Turn}})
@requires(SIGNED_IN, rate="turns")
async def generate(request: Request, body: Generate) -> Response:
    """Ask the tutor for the exercise that helps most now, on a topic if one is named."""
    edge = services(request)
    asked = Ask(message=_wish(edge, body), intent="exercise")
    view = await submit(request, asked, body.thread_id, body.turn_id)
    if "text/event-stream" in request.headers.get("accept", ""):
        return EventStream(edge.turns.events(student(request), view.id))
    response = await finished(request, view)
    if response.status_code != 200:
        return response
    view = await edge.turns.get(student(request), view.id)
    return json_response({"turn": turn(view), "exercise": _given(edge, view)})


@router.get("/{exercise_id}", response_model=ExerciseView)
@requires(SIGNED_IN)
async def read_exercise(request: Request, exercise_id: Id) -> ExerciseView:
    """One exercise."""
    return ExerciseView.of(services(request).course.get_exercise(ExerciseId(exercise_id)))


@router.post("/{exercise_id}/submit", responses=STREAMED)
@requires(SIGNED_IN, rate="turns")
async def submit_exercise(
    request: Request, exercise_id: Id, body: Submission, wait: Annotated[bool, Query()] = True
) -> Response:
    """Hand in an answer: it is graded by hidden tests or by checked algebra, and counted once."""
    edge = services(request)
    asked = bounded(edge, _submission(edge.course.get_exercise(ExerciseId(exercise_id)), body))
    return await reply(request, asked, thread=body.thread_id, turn=body.turn_id, wait=wait)


def _exercises(course: Course, topic: str | None, subject: Subject | None, difficulty: int | None) -> Exercises:
    found = course.list_exercises(topic=TopicId(topic) if topic else None, subject=subject)
    return Exercises(items=[ExerciseView.of(one) for one in found if difficulty in (None, one.difficulty)])


def _submission(exercise: Exercise, body: Submission) -> Ask:
    if exercise.subject == "python" and not body.code:
        raise Invalid("This exercise wants a program in `code`.")
    if exercise.subject == "maths" and not body.answer:
        raise Invalid("This exercise wants an expression in `answer`.")
    message = body.answer or "Here is my program."
    return Ask(message=message, code=body.code, exercise=exercise.id, intent="submission", submission=True)


def _wish(edge: Services, body: Generate) -> str:
    """The same words a student would have typed: the tutor has one way to be asked for an exercise."""
    what = f"{_DIFFICULTY[body.difficulty]} exercise" if body.difficulty else "an exercise"
    if body.topic:
        what += f" about {edge.course.get_topic(TopicId(body.topic)).title}"
    elif body.subject:
        what += " in Python" if body.subject == "python" else " in mathematics"
    return f"Give me {what}, please."


def _given(edge: Services, view: TurnView) -> dict[str, object] | None:
    name = (view.answer or {}).get("exercise")
    if not name:
        return None
    return ExerciseView.of(edge.course.get_exercise(ExerciseId(name))).model_dump(mode="json")
