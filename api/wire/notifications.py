"""Notifications, subscriptions and preferences."""

from datetime import datetime, time
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from api.wire.base import In, Out, Short


class NotificationView(Out):
    """`facts` holds ids to go on from, such as `alert`, `thread` and `turn`."""

    seq: int
    kind: str
    title: str
    body: str
    urgent: bool
    facts: dict[str, Any]
    at: datetime
    read_at: datetime | None


class NotificationPage(Out):
    items: list[NotificationView]
    unread: int
    before: int | None


class MarkRead(In):
    upto: int = Field(0, ge=0, le=2**53, description="all up to this `seq`")
    seqs: list[Annotated[int, Field(ge=1, le=2**53)]] = Field([], max_length=200, description="and these")


class Marked(Out):
    marked: int


class Subscribe(In):
    channel: Literal["email", "webhook"]
    kinds: list[Short] = Field(min_length=1, max_length=20, examples=[["alert"]])
    url: Annotated[str, Field(max_length=1_000)] = Field("", description="of a webhook")


class SubscriptionView(Out):
    """Once `ended_at` is set nothing goes there any more."""

    id: str
    channel: str
    kinds: list[str]
    url: str
    created_at: datetime
    ended_at: datetime | None
    ended_because: str


class Subscribed(SubscriptionView):
    secret: str = Field(description="what a webhook is signed with, told only now; empty for other channels")


class SubscriptionsView(Out):
    items: list[SubscriptionView]


class DeliveryView(Out):
    """`dead` was tried for a day, or refused for good; `failure` says why the last try failed."""

    id: str
    seq: int
    channel: str
    status: Literal["waiting", "sent", "dead"]
    tries: int
    due_at: datetime
    sent_at: datetime | None
    failure: str
    title: str


class DeliveriesView(Out):
    items: list[DeliveryView]


class PreferencesView(In):
    """All of them at once: what is left out is as it was made. Quiet hours are those of your clock and hold back what
    leaves LearnFlow, unless it is urgent; they may go over midnight."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)

    time_zone: Short | None = Field(None, description="as Europe/Berlin; null: the one your streak is counted by")
    quiet_from: time | None = Field(None, examples=["21:00"])
    quiet_until: time | None = Field(None, examples=["07:00"])
    muted: list[Short] = Field([], max_length=20, description="kinds that you are not told at all")
    digest: Literal["off", "daily", "weekly"] = Field("off", description="for teachers: by mail, in the morning")
