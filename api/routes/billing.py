"""What someone's plan gives, and buying, changing and ending one. Cards are typed into Stripe's pages, never here."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from starlette.exceptions import HTTPException

from accounts.billing import Account, Begun, Offer
from api import wire
from api.guard import SIGNED_IN, STAFF, Route, principal, public, requires, services
from core.errors import Refused
from core.ports import StudentId

router = APIRouter(prefix="/api/v1/billing", route_class=Route, tags=["billing"])

_WEBHOOK_S = 20.0
_EVENT: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
    "parameters": [{"name": "Stripe-Signature", "in": "header", "required": True, "schema": {"type": "string"}}],
}


@router.get("", response_model=wire.PlanNow)
@requires(SIGNED_IN)
async def overview(request: Request) -> wire.PlanNow:
    """Your plan, until when, and what is left of it today."""
    return _now(await services(request).billing.overview(principal(request)))


@router.get("/plans", response_model=wire.PlansForSale)
@requires(SIGNED_IN)
async def plans(request: Request) -> wire.PlansForSale:
    """Every plan and pack, the smallest first: features, limits a day, prices."""
    billing = services(request).billing
    return wire.PlansForSale(
        for_sale=billing.sells,
        plans=[wire.PlanOffered.of(plan) for plan in billing.catalog.plans.values()],
        packs=[wire.PackOffered.model_validate(pack) for pack in billing.catalog.packs.values()],
    )


@router.post("/checkout", status_code=201, response_model=wire.Page)
@requires(SIGNED_IN, rate="sign_ins")
async def checkout(request: Request, body: wire.NewPlan) -> wire.Page:
    """A page of Stripe's where the plan is paid. The plan begins when it is, a moment after."""
    return wire.Page(url=await services(request).billing.checkout(principal(request), _offer(body)))


@router.post("/portal", status_code=201, response_model=wire.Page)
@requires(SIGNED_IN, rate="sign_ins")
async def portal(request: Request) -> wire.Page:
    """A page of Stripe's for your card, your invoices and cancelling."""
    return wire.Page(url=await services(request).billing.portal(principal(request)))


@router.post("/subscription", status_code=201, response_model=wire.Purchase)
@requires(SIGNED_IN, rate="sign_ins")
async def subscribe(request: Request, body: wire.NewPlan) -> wire.Purchase:
    """For a page of your own with Stripe's fields in it: it finishes the payment with `client_secret`. Sent twice it is one
    subscription."""
    return _begun(await services(request).billing.subscribe(principal(request), _offer(body)))


@router.post("/subscription/change", response_model=wire.PlanNow)
@requires(SIGNED_IN, rate="sign_ins")
async def change(request: Request, body: wire.OtherPlan) -> wire.PlanNow:
    """Another plan, interval or number of seats, at once. The unused part of what was paid is counted: more is paid now, less is
    credited."""
    offer = Offer(plan=body.plan, interval=body.interval, seats=body.seats)
    return _now(await services(request).billing.change(principal(request), offer))


@router.post("/subscription/cancel", response_model=wire.PlanNow)
@requires(SIGNED_IN, rate="sign_ins")
async def cancel(request: Request) -> wire.PlanNow:
    """End the plan when what is paid is over; until then nothing changes."""
    return _now(await services(request).billing.cancel(principal(request)))


@router.post("/subscription/resume", response_model=wire.PlanNow)
@requires(SIGNED_IN, rate="sign_ins")
async def resume(request: Request) -> wire.PlanNow:
    """Keep a plan after all that was to end."""
    return _now(await services(request).billing.cancel(principal(request), False))


@router.post("/packs", status_code=201, response_model=wire.Purchase)
@requires(SIGNED_IN, rate="sign_ins")
async def buy(request: Request, body: wire.NewPack) -> wire.Purchase:
    """A pack, once: your page finishes the payment with `client_secret`. The same `key` again is the same payment."""
    return _begun(await services(request).billing.buy(principal(request), body.pack, key=body.key))


@router.get("/invoices", response_model=wire.Invoices)
@requires(SIGNED_IN, rate="sign_ins")
async def invoices(request: Request) -> wire.Invoices:
    """What you paid, the newest first."""
    found = await services(request).billing.invoices(principal(request))
    return wire.Invoices(items=[wire.Invoice.model_validate(one) for one in found])


@router.get("/seats", response_model=wire.Seats)
@requires(STAFF)
async def seats(request: Request) -> wire.Seats:
    """The seats that you pay for, and who has one."""
    paid, given = await services(request).billing.seats(principal(request))
    return wire.Seats(paid=paid, items=[wire.Seat.model_validate(one) for one in given])


@router.post("/seats/{student_id}", status_code=204)
@requires(STAFF)
async def give_seat(request: Request, student_id: Annotated[wire.Id, Path()]) -> Response:
    """Give a student of yours a seat."""
    await services(request).billing.give_seat(principal(request), StudentId(student_id))
    return Response(status_code=204)


@router.delete("/seats/{student_id}", status_code=204)
@requires(STAFF)
async def take_seat(request: Request, student_id: Annotated[wire.Id, Path()]) -> Response:
    """Take a seat back; another student may have it then."""
    await services(request).billing.take_seat(principal(request), StudentId(student_id))
    return Response(status_code=204)


@router.post("/webhook", response_model=wire.Received, openapi_extra=_EVENT)
@public()
async def webhook(request: Request) -> wire.Received:
    """For Stripe alone, which signs what it sends."""
    receive = services(request).payment_news
    if receive is None:
        raise Refused("No payment provider is connected.")
    try:
        async with asyncio.timeout(_WEBHOOK_S):
            payload = await request.body()
    except TimeoutError:
        raise HTTPException(408, "The body did not come in time.", {"Connection": "close"}) from None
    return wire.Received(new=await receive(payload, request.headers.get("stripe-signature", "")))


def _offer(body: wire.NewPlan) -> Offer:
    return Offer(plan=body.plan, interval=body.interval, seats=body.seats, coupon=body.coupon)


def _now(found: Account) -> wire.PlanNow:
    return wire.PlanNow.of(found)


def _begun(begun: Begun) -> wire.Purchase:
    return wire.Purchase.model_validate(begun)
