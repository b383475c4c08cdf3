"""What the course teaches."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from api import wire
from api.guard import SIGNED_IN, Route, requires, services
from core.ports import Subject, TopicId

router = APIRouter(prefix="/api/v1/concepts", route_class=Route, tags=["course"])


@router.get("", response_model=wire.Concepts)
@requires(SIGNED_IN)
async def list_concepts(request: Request, subject: Annotated[Subject | None, Query()] = None) -> wire.Concepts:
    """Every topic in the order of the course, with its quiz (without the answers)."""
    course = services(request).course
    topics = sorted(course.list_topics(subject), key=lambda topic: topic.order)
    return wire.Concepts(version=course.version, items=[wire.Concept.of(topic) for topic in topics])


@router.get("/{topic_id}", response_model=wire.Concept)
@requires(SIGNED_IN)
async def read_concept(request: Request, topic_id: wire.Id) -> wire.Concept:
    """One topic."""
    return wire.Concept.of(services(request).course.get_topic(TopicId(topic_id)))
