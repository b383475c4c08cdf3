"""What a student thinks of an answer, and whether a student wants to be in experiments."""

from fastapi import APIRouter, Request, Response

from api.guard import SIGNED_IN, Route, requires, services, student
from api.wire.base import Id
from api.wire.feedback import FeedbackView, NewFeedback, TakesPart
from core.errors import NotFound
from core.ports import Opinion, TurnId, UserId

router = APIRouter(prefix="/api/v1", route_class=Route, tags=["feedback"])


@router.post("/turns/{turn_id}/feedback", response_model=FeedbackView)
@requires(SIGNED_IN)
async def give(request: Request, turn_id: Id, body: NewFeedback) -> FeedbackView:
    """Say whether an answer was good. Sent again, the last one counts."""
    opinion = Opinion(verdict=body.verdict, helped=body.helped, words=body.words)
    return FeedbackView.of(await services(request).feedback.give(student(request), TurnId(turn_id), opinion))


@router.get("/turns/{turn_id}/feedback", response_model=FeedbackView)
@requires(SIGNED_IN)
async def read(request: Request, turn_id: Id) -> FeedbackView:
    """What you said of an answer."""
    found = await services(request).feedback.find(student(request), TurnId(turn_id))
    if found is None:
        raise NotFound("You have not said anything about this turn.")
    return FeedbackView.of(found)


@router.delete("/turns/{turn_id}/feedback", status_code=204)
@requires(SIGNED_IN)
async def withdraw(request: Request, turn_id: Id) -> Response:
    """Take back what you said of an answer."""
    await services(request).feedback.withdraw(student(request), TurnId(turn_id))
    return Response(status_code=204)


@router.get("/experiments/me", response_model=TakesPart)
@requires(SIGNED_IN)
async def takes_part(request: Request) -> TakesPart:
    """Whether you may be in experiments that try ways of teaching."""
    return TakesPart(take_part=await services(request).experiments.takes_part(student(request)))


@router.post("/experiments/me", response_model=TakesPart)
@requires(SIGNED_IN)
async def take_part(request: Request, body: TakesPart) -> TakesPart:
    """Leave all experiments, present and future, or come back. Who has left gets what everyone gets."""
    edge, who = services(request), student(request)
    await edge.experiments.take_part(who, body.take_part)
    await edge.privacy.consents.say(UserId(who.id), "experiments", body.take_part)
    return body
