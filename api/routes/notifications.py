"""What you are told: the inbox, live and later, what leaves LearnFlow, and what you wish for."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any, cast

from fastapi import APIRouter, Query, Request, Response

from api.guard import SIGNED_IN, STAFF, Route, principal, requires, services
from api.routes.progress import within_reach
from api.services import Notifications
from api.sse import EventStream
from api.wire.base import Id
from api.wire.desk import Publish, Published
from api.wire.notifications import (
    DeliveriesView,
    DeliveryView,
    Marked,
    MarkRead,
    NotificationPage,
    NotificationView,
    PreferencesView,
    Subscribe,
    Subscribed,
    SubscriptionsView,
    SubscriptionView,
)
from core.errors import Invalid
from core.ports import Event, Principal, UserId
from learning.notifications.rules import Notice, Preferences, Status

router = APIRouter(prefix="/api/v1/notifications", route_class=Route, tags=["notifications"])

_WATCH_S = 900.0  # as long as an access token lives


@router.get("", response_model=NotificationPage)
@requires(SIGNED_IN)
async def list_notifications(
    request: Request,
    unread: Annotated[bool, Query(description="only what was not read")] = False,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    before: Annotated[int | None, Query(ge=1, le=2**53, description="those whose `seq` is smaller")] = None,
) -> NotificationPage:
    """What you were told, newest first."""
    box, who = services(request).notifications, principal(request)
    found, following = await box.list_notifications(who, unread=unread, limit=limit, before=before)
    items = [NotificationView.model_validate(one) for one in found]
    return NotificationPage(items=items, unread=await box.count_unread(who), before=following)


@router.post("/read", response_model=Marked)
@requires(SIGNED_IN)
async def mark_read(request: Request, body: MarkRead) -> Marked:
    """Say what you have read."""
    marked = await services(request).notifications.mark_read(principal(request), upto=body.upto, seqs=body.seqs)
    return Marked(marked=marked)


@router.get(
    "/stream",
    responses={200: {"description": "Notifications as they come", "content": {"text/event-stream": {}}}},
    response_class=Response,
)
@requires(SIGNED_IN)
async def watch(
    request: Request,
    after: Annotated[int | None, Query(ge=0, le=2**53, description="the last `id` that was seen")] = None,
) -> Response:
    """What you are told from now on, or after `after` or the `Last-Event-ID` header, which wins. First `watching` with how
    many are unread, then each `notification`. Ends after a quarter of an hour: connect again with the last id."""
    box, who = services(request).notifications, principal(request)
    newest = await box.newest(who)
    seen = request.headers.get("last-event-id", "")
    after = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 16 else after
    return EventStream(_events(box, who, newest if after is None else after, await box.count_unread(who)))


@router.get("/preferences", response_model=PreferencesView)
@requires(SIGNED_IN)
async def read_preferences(request: Request) -> PreferencesView:
    """Quiet hours, muted kinds, digest."""
    return PreferencesView.model_validate(await services(request).notifications.preferences(principal(request)))


@router.post("/preferences", response_model=PreferencesView)
@requires(SIGNED_IN)
async def prefer(request: Request, body: PreferencesView) -> PreferencesView:
    """Wish for something else."""
    if any(one and one.tzinfo for one in (body.quiet_from, body.quiet_until)):
        raise Invalid("quiet hours are those of your own clock: leave the offset out", field="quiet_from")
    wishes = Preferences(**{**body.model_dump(), "muted": tuple(body.muted)})
    kept = await services(request).notifications.prefer(principal(request), wishes)
    return PreferencesView.model_validate(kept)


@router.post("/subscribe", response_model=Subscribed, status_code=201)
@requires(SIGNED_IN)
async def subscribe(request: Request, body: Subscribe) -> Subscribed:
    """Have kinds of notifications sent: by mail to your address, or, for those who teach, to a webhook. A
    webhook is signed as standardwebhooks.com has it, with the secret that only this answer tells."""
    box, who = services(request).notifications, principal(request)
    made = await box.subscribe(who, body.channel, body.kinds, url=body.url)
    return Subscribed.model_validate(made)


@router.get("/subscriptions", response_model=SubscriptionsView)
@requires(SIGNED_IN)
async def list_subscriptions(request: Request) -> SubscriptionsView:
    """Where your notifications go."""
    found = await services(request).notifications.list_subscriptions(principal(request))
    return SubscriptionsView(items=[SubscriptionView.model_validate(one) for one in found])


@router.delete("/subscriptions/{subscription_id}", status_code=204)
@requires(SIGNED_IN)
async def unsubscribe(request: Request, subscription_id: Id) -> Response:
    """Send nothing there any more."""
    await services(request).notifications.unsubscribe(principal(request), subscription_id)
    return Response(status_code=204)


@router.get("/deliveries", response_model=DeliveriesView)
@requires(SIGNED_IN)
async def list_deliveries(
    request: Request,
    status: Annotated[Status | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> DeliveriesView:
    """What was sent to you, what waits, and what could not be delivered."""
    found = await services(request).notifications.list_deliveries(principal(request), status=status, limit=limit)
    return DeliveriesView(items=[DeliveryView.model_validate(one) for one in found])


@router.post("/deliveries/{delivery_id}/retry", status_code=204)
@requires(SIGNED_IN)
async def retry(request: Request, delivery_id: Id) -> Response:
    """Try anew what could not be delivered."""
    await services(request).notifications.retry(principal(request), delivery_id)
    return Response(status_code=204)


@router.post("/publish", response_model=Published, status_code=201)
@requires(STAFF)
async def publish(request: Request, body: Publish) -> Published:
    """Tell something to a student you teach, or to all of a class of yours."""
    edge, who = services(request), principal(request)
    if (body.class_id is None) == (body.student_id is None):
        raise Invalid("name either a class or a student", field="class_id")
    notice = Notice(
        key=f"announcement:{who.id}:{body.key}", kind="announcement", title=body.title, body=body.body,
        facts={"from": who.id, "from_name": who.name},
    )  # fmt: skip
    if body.class_id is not None:
        return Published(told=await edge.notifications.announce(who, body.class_id, notice))
    student = await within_reach(edge, who, UserId(body.student_id or ""))
    return Published(told=await edge.notifications.publish([UserId(student.id)], notice))


async def _events(box: Notifications, who: Principal, after: int, unread: int) -> AsyncIterator[Event]:
    yield {"type": "watching", "seq": after, "unread": unread}
    async with aclosing(cast(Any, box.watch(who, after=after, seconds=_WATCH_S))) as found:
        async for one in found:
            view = NotificationView.model_validate(one).model_dump(mode="json")
            yield {"type": "notification", "seq": one.seq, "notification": view}
