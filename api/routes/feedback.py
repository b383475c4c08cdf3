"""What a student thinks of an answer, and whether a student wants to be in experiments."""

from fastapi import APIRouter, Request, Response

from api import wire
from api.guard import SIGNED_IN, Route, requires, services, student
from core.errors import NotFound
from core.ports import Opinion, TurnId, UserId

router = APIRouter(prefix="/api/v1", route_class=Route, tags=["feedback"])


@router.post("/turns/{turn_id}/feedback", response_model=wire.FeedbackView)
@requires(SIGNED_IN)
async def give(request: Request, turn_id: wire.Id, body: wire.NewFeedback) -> wire.FeedbackView:
    """Say whether an answer was good. Sent again, the last one counts."""
    opinion = Opinion(verdict=body.verdict, helped=body.helped, words=body.words)
    return wire.FeedbackView.of(await services(request).feedback.give(student(request), TurnId(turn_id), opinion))


@router.get("/turns/{turn_id}/feedback", response_model=wire.FeedbackView)
@requires(SIGNED_IN)
async def read(request: Request, turn_id: wire.Id) -> wire.FeedbackView:
    """What you said of an answer."""
    found = await services(request).feedback.find(student(request), TurnId(turn_id))
    if found is None:
        raise NotFound("You have not said anything about this turn.")
    return wire.FeedbackView.of(found)


@router.delete("/turns/{turn_id}/feedback", status_code=204)
@requires(SIGNED_IN)
async def withdraw(request: Request, turn_id: wire.Id) -> Response:
    """Take back what you said of an answer."""
    await services(request).feedback.withdraw(student(request), TurnId(turn_id))
    return Response(status_code=204)


@router.get("/experiments/me", response_model=wire.TakesPart)
@requires(SIGNED_IN)
async def takes_part(request: Request) -> wire.TakesPart:
    """Whether you may be in experiments that try ways of teaching."""
    return wire.TakesPart(take_part=await services(request).experiments.takes_part(student(request)))


@router.post("/experiments/me", response_model=wire.TakesPart)
@requires(SIGNED_IN)
async def take_part(request: Request, body: wire.TakesPart) -> wire.TakesPart:
    """Leave all experiments, present and future, or come back. Who has left gets what everyone gets."""
    edge, who = services(request), student(request)
    await edge.experiments.take_part(who, body.take_part)
    await edge.privacy.consents.say(UserId(who.id), "experiments", body.take_part)
    return body
