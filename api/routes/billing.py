"""What someone's plan gives, and buying, changing and ending one. Cards are typed into Stripe's pages, never here."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from starlette.exceptions import HTTPException

from accounts.billing import Account, Begun, Offer
from api.guard import SIGNED_IN, STAFF, Route, principal, public, requires, services
from api.wire.base import Id
from api.wire.plans import (
    Invoice,
    Invoices,
    NewPack,
    NewPlan,
    OtherPlan,
    PackOffered,
    Page,
    PlanNow,
    PlanOffered,
    PlansForSale,
    Purchase,
    Received,
    Seat,
    Seats,
)
from core.errors import Refused
from core.ports import StudentId

router = APIRouter(prefix="/api/v1/billing", route_class=Route, tags=["billing"])

_WEBHOOK_S = 20.0
_EVENT: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
    "parameters": [{"name": "Stripe-Signature", "in": "header", "required": True, "schema": {"type": "string"}}],
}


@router.get("", response_model=PlanNow)
@requires(SIGNED_IN)
async def overview(request: Request) -> PlanNow:
    """Your plan, until when, and what is left of it today."""
    return _now(await services(request).billing.overview(principal(request)))


@router.get("/plans", response_model=PlansForSale)
@requires(SIGNED_IN)
async def plans(request: Request) -> PlansForSale:
    """Every plan and pack, the smallest first: features, limits a day, prices."""
    billing = services(request).billing
    return PlansForSale(
        for_sale=billing.sells,
        plans=[PlanOffered.of(plan) for plan in billing.catalog.plans.values()],
        packs=[PackOffered.model_validate(pack) for pack in billing.catalog.packs.values()],
    )


@router.post("/checkout", status_code=201, response_model=Page)
@requires(SIGNED_IN, rate="sign_ins")
async def checkout(request: Request, body: NewPlan) -> Page:
    """A page of Stripe's where the plan is paid. The plan begins when it is, a moment after."""
    return Page(url=await services(request).billing.checkout(principal(request), _offer(body)))


@router.post("/portal", status_code=201, response_model=Page)
@requires(SIGNED_IN, rate="sign_ins")
async def portal(request: Request) -> Page:
    """A page of Stripe's for your card, your invoices and cancelling."""
    return Page(url=await services(request).billing.portal(principal(request)))


@router.post("/subscription", status_code=201, response_model=Purchase)
@requires(SIGNED_IN, rate="sign_ins")
async def subscribe(request: Request, body: NewPlan) -> Purchase:
    """For a page of your own with Stripe's fields in it: it finishes the payment with `client_secret`. Sent twice it is one
    subscription."""
    return _begun(await services(request).billing.subscribe(principal(request), _offer(body)))


@router.post("/subscription/change", response_model=PlanNow)
@requires(SIGNED_IN, rate="sign_ins")
async def change(request: Request, body: OtherPlan) -> PlanNow:
    """Another plan, interval or number of seats, at once. The unused part of what was paid is counted: more is paid now, less is
    credited."""
    offer = Offer(plan=body.plan, interval=body.interval, seats=body.seats)
    return _now(await services(request).billing.change(principal(request), offer))


@router.post("/subscription/cancel", response_model=PlanNow)
@requires(SIGNED_IN, rate="sign_ins")
async def cancel(request: Request) -> PlanNow:
    """End the plan when what is paid is over; until then nothing changes."""
    return _now(await services(request).billing.cancel(principal(request)))


@router.post("/subscription/resume", response_model=PlanNow)
@requires(SIGNED_IN, rate="sign_ins")
async def resume(request: Request) -> PlanNow:
    """Keep a plan after all that was to end."""
    return _now(await services(request).billing.cancel(principal(request), False))


@router.post("/packs", status_code=201, response_model=Purchase)
@requires(SIGNED_IN, rate="sign_ins")
async def buy(request: Request, body: NewPack) -> Purchase:
    """A pack, once: your page finishes the payment with `client_secret`. The same `key` again is the same payment."""
    return _begun(await services(request).billing.buy(principal(request), body.pack, key=body.key))


@router.get("/invoices", response_model=Invoices)
@requires(SIGNED_IN, rate="sign_ins")
async def invoices(request: Request) -> Invoices:
    """What you paid, the newest first."""
    found = await services(request).billing.invoices(principal(request))
    return Invoices(items=[Invoice.model_validate(one) for one in found])


@router.get("/seats", response_model=Seats)
@requires(STAFF)
async def seats(request: Request) -> Seats:
    """The seats that you pay for, and who has one."""
    paid, given = await services(request).billing.seats(principal(request))
    return Seats(paid=paid, items=[Seat.model_validate(one) for one in given])


@router.post("/seats/{student_id}", status_code=204)
@requires(STAFF)
async def give_seat(request: Request, student_id: Annotated[Id, Path()]) -> Response:
    """Give a student of yours a seat."""
    await services(request).billing.give_seat(principal(request), StudentId(student_id))
    return Response(status_code=204)


@router.delete("/seats/{student_id}", status_code=204)
@requires(STAFF)
async def take_seat(request: Request, student_id: Annotated[Id, Path()]) -> Response:
    """Take a seat back; another student may have it then."""
    await services(request).billing.take_seat(principal(request), StudentId(student_id))
    return Response(status_code=204)


@router.post("/webhook", response_model=Received, openapi_extra=_EVENT)
@public()
async def webhook(request: Request) -> Received:
    """For Stripe alone, which signs what it sends."""
    receive = services(request).payment_news
    if receive is None:
        raise Refused("No payment provider is connected.")
    try:
        async with asyncio.timeout(_WEBHOOK_S):
            payload = await request.body()
    except TimeoutError:
        raise HTTPException(408, "The body did not come in time.", {"Connection": "close"}) from None
    return Received(new=await receive(payload, request.headers.get("stripe-signature", "")))


def _offer(body: NewPlan) -> Offer:
    return Offer(plan=body.plan, interval=body.interval, seats=body.seats, coupon=body.coupon)


def _now(found: Account) -> PlanNow:
    return PlanNow.of(found)


def _begun(begun: Begun) -> Purchase:
    return Purchase.model_validate(begun)
