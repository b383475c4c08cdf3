"""Plans, purchases, invoices and seats."""

from datetime import datetime

from pydantic import Field

from accounts.billing import METERS, SEATS_MAX, Account
from accounts.plans import Interval, ModelClass, Plan
from api.wire.base import In, NewId, Out, Short


class OtherPlan(In):
    plan: Short = Field(examples=["plus"])
    interval: Interval = "month"
    seats: int = Field(1, ge=1, le=SEATS_MAX, description="for plans that are bought for others")


class NewPlan(OtherPlan):
    coupon: Short | None = Field(None, description="a promotion code")


class NewPack(In):
    pack: Short = Field(examples=["turns-100"])
    key: NewId | None = Field(None, description="names this purchase: sent again, it is the same payment")


class Page(Out):
    url: str


class Purchase(Out):
    id: str
    status: str
    client_secret: str | None = Field(
        description="for Stripe's own fields in your page; none when nothing is to be paid"
    )


class Left(Out):
    limit: int | None = Field(description="a day; null: none is set")
    used: int
    resets_at: datetime
    message: str


class PlanNow(Out):
    plan: str
    title: str
    features: list[str]
    model_class: ModelClass
    status: str = Field(description="as Stripe has it; free for who bought nothing")
    interval: str | None
    seats: int | None = Field(description="that you pay for")
    seat: bool = Field(description="somebody else pays for you")
    period_end: datetime | None
    trial_ends_at: datetime | None
    counts_until: datetime | None = Field(description="when it ends unless something is paid or changed")
    payment_failed: bool
    notice: str
    today: dict[str, Left]

    @classmethod
    def of(cls, found: Account) -> "PlanNow":
        held = found.held
        return cls(
            plan=found.plan.name,
            title=found.plan.title,
            features=list(found.plan.features),
            model_class=found.plan.model_class,
            status=held.status if held else "free",
            interval=held.interval if held and not held.seat else None,
            seats=held.seats if held and found.plan.seats and not held.seat else None,
            seat=bool(held and held.seat),
            period_end=held.period_end if held else None,
            trial_ends_at=held.trial_ends_at if held else None,
            counts_until=found.counts_until,
            payment_failed=found.failed,
            notice=found.notice,
            today={meter: Left.model_validate(left) for meter, left in found.left.items()},
        )


class Price(Out):
    amount: int = Field(description="in the currency's smallest unit")
    currency: str


class PlanOffered(Out):
    name: str
    title: str
    features: list[str]
    model_class: ModelClass
    limits: dict[str, int | None] = Field(description="a day; null: none is set")
    seats: bool
    trial_days: int
    prices: dict[str, Price]

    @classmethod
    def of(cls, plan: Plan) -> "PlanOffered":
        return cls(
            name=plan.name,
            title=plan.title,
            features=list(plan.features),
            model_class=plan.model_class,
            limits={meter: plan.limit(meter) for meter in METERS},
            seats=plan.seats,
            trial_days=plan.trial_days,
            prices={every: Price.model_validate(price) for every, price in plan.prices.items()},
        )


class PackOffered(Out):
    name: str
    title: str
    meter: str
    units: int
    price: Price


class PlansForSale(Out):
    for_sale: bool = Field(description="false: no payment provider is connected, everyone has the free plan")
    plans: list[PlanOffered]
    packs: list[PackOffered]


class Invoice(Out):
    id: str
    number: str | None
    status: str
    total: int
    currency: str
    created_at: datetime
    page: str | None
    pdf: str | None


class Invoices(Out):
    items: list[Invoice]


class Seat(Out):
    student: str
    name: str
    at: datetime
    counts: bool = Field(description="false: beyond the seats that are paid")


class Seats(Out):
    paid: int
    items: list[Seat]


class Received(Out):
    new: bool
