"""What the course teaches."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.guard import SIGNED_IN, Route, requires, services
from api.reply import rendered_once
from api.wire.base import Id
from api.wire.course import Concept, Concepts, LessonView
from core.ports import Course, Subject, TopicId

router = APIRouter(prefix="/api/v1/concepts", route_class=Route, tags=["course"])


@router.get("", responses={200: {"model": Concepts}, 304: {"description": "Unchanged"}})
@requires(SIGNED_IN)
async def list_concepts(request: Request, subject: Annotated[Subject | None, Query()] = None) -> Response:
    """Every topic in the order of the course, with its quiz (without the answers)."""
    return rendered_once(request, ("concepts", subject), lambda: _concepts(services(request).course, subject))


@router.get("/{topic_id}", response_model=Concept)
@requires(SIGNED_IN)
async def read_concept(request: Request, topic_id: Id) -> Concept:
    """One topic."""
    return Concept.of(services(request).course.get_topic(TopicId(topic_id)))


@router.get("/{topic_id}/lesson", response_model=LessonView)
@requires(SIGNED_IN)
async def read_lesson(
    request: Request,
    topic_id: Id,
    version: Annotated[
        Id | None, Query(description="as a citation names it; without it the lesson as it is now")
    ] = None,
) -> LessonView:
    """A topic to read, section by section: where a citation's `topic` and `anchor` lead. 404 also for a version of the
    course that is no longer kept."""
    lesson = await services(request).course.read_lesson(TopicId(topic_id), version=version or "")
    return LessonView.of(lesson)


def _concepts(course: Course, subject: Subject | None) -> Concepts:
    topics = sorted(course.list_topics(subject), key=lambda topic: topic.order)
    return Concepts(version=course.version, items=[Concept.of(topic) for topic in topics])
