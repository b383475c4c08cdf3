"""What a student misses, what to do next and the way to a goal: for themselves, their own teachers and admins."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from api.guard import SIGNED_IN, Route, principal, requires, services, student
from api.routes.progress import readable
from api.services import Services
from api.wire.base import Id
from api.wire.progress import GapsView, PathView, Recommendations, RecommendationView, Reviews, ReviewView, StopView
from core.errors import NotFound
from core.ports import Role, Student, Subject, TopicId, UserId
from learning.concepts import Graph
from learning.gaps import Standings, find_gaps
from learning.paths import path_to
from learning.recommendations import Kind, Wishes, recommend, review_queue

router = APIRouter(prefix="/api/v1/progress/{user_id}", route_class=Route, tags=["progress"])

_ATTEMPTS_READ = 200


@router.get("/gaps", response_model=GapsView)
@requires(SIGNED_IN)
async def read_gaps(request: Request, user_id: Id) -> GapsView:
    """What is missing, how sure that is, and which earlier topic it comes from."""
    edge = services(request)
    whose = await readable(edge, principal(request), UserId(user_id), "gaps")
    return GapsView.of(find_gaps(_graph(edge), await edge.records.mastery(whose)))


@router.get("/recommendations", response_model=Recommendations)
@requires(SIGNED_IN)
async def read_recommendations(
    request: Request,
    user_id: Id,
    minutes: Annotated[int | None, Query(ge=1, le=600, description="the time there is")] = None,
    prefer: Annotated[list[Kind] | None, Query(max_length=5, description="kinds that are liked better")] = None,
    subject: Annotated[Subject | None, Query()] = None,
    goal: Annotated[Id | None, Query(description="a topic to get to")] = None,
    limit: Annotated[int, Query(ge=1, le=20)] = 5,
) -> Recommendations:
    """What to do next, each with its because. What a student sees themselves is remembered, to learn what helps."""
    edge, asking = services(request), principal(request)
    whose = await readable(edge, asking, UserId(user_id), "recommendations")
    standings = await _standings(edge, whose)
    topics = edge.course.list_topics()
    wishes = Wishes(
        minutes=minutes, kinds=frozenset(prefer or ()), subject=subject, goal=_known(standings, goal) if goal else None
    )
    attempts = await edge.records.list_attempts(whose, limit=_ATTEMPTS_READ)
    now = request.app.state.clock.now()
    experience = await edge.advice.experience(whose, topics)
    found = recommend(standings, edge.course.list_exercises(), attempts, now, wishes, limit, experience)
    if asking.id == user_id and asking.role == Role.STUDENT:
        found = await edge.advice.show(whose, found, {topic.id: topic.skills for topic in topics})
    items = [RecommendationView.model_validate(one) for one in found]
    return Recommendations(items=items, minutes=sum(one.minutes for one in found))


@router.post("/recommendations/{advice_id}/taken", status_code=204)
@requires(SIGNED_IN)
async def take_recommendation(request: Request, user_id: Id, advice_id: Annotated[int, Path(ge=1, le=2**62)]) -> None:
    """You have begun with it, such as by opening the lesson; an answer to the recommended item says so by itself."""
    who = student(request)
    if who.id != user_id:
        raise NotFound("There is no such recommendation.")
    await services(request).advice.take(who, advice_id)


@router.get("/path", response_model=PathView)
@requires(SIGNED_IN)
async def read_path(
    request: Request, user_id: Id, goal: Annotated[Id, Query(description="a topic to get to")]
) -> PathView:
    """The topics to learn on the way to a goal, in an order in which each comes after what it needs."""
    edge = services(request)
    whose = await readable(edge, principal(request), UserId(user_id), "path")
    standings = await _standings(edge, whose)
    stops = path_to(_known(standings, goal), standings)
    return PathView(goal=goal, items=[StopView.model_validate(stop) for stop in stops])


@router.get("/reviews", response_model=Reviews)
@requires(SIGNED_IN)
async def read_reviews(request: Request, user_id: Id) -> Reviews:
    """What was known once, by how much of it is forgotten by now."""
    edge = services(request)
    whose = await readable(edge, principal(request), UserId(user_id), "reviews")
    standings = await _standings(edge, whose)
    attempts = await edge.records.list_attempts(whose, limit=_ATTEMPTS_READ)
    found = review_queue(standings, edge.course.list_exercises(), attempts, request.app.state.clock.now())
    return Reviews(items=[ReviewView.model_validate(review) for review in found])


def _graph(edge: Services) -> Graph:
    return Graph.of(edge.course.list_topics())


async def _standings(edge: Services, whose: Student) -> Standings:
    return Standings(_graph(edge), await edge.records.mastery(whose))


def _known(standings: Standings, goal: str) -> TopicId:
    if goal not in standings.graph.topics:
        raise NotFound("There is no such topic.", topic=goal)
    return TopicId(goal)
