"""Stripe, through its official SDK: what we ask of it, and its answers as plain values. The only module that knows Stripe's
words, and loaded only where a key is set. Card data never comes near us: people type it into Stripe's own pages."""

import json
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import stripe

from accounts.plans import Money
from core.errors import Conflict, Invalid, LearnFlowError, PaymentsUnavailable
from core.log import logger
from core.settings import BillingSettings
from core.telemetry import span

_log = logger("accounts")

_SUBSCRIPTION = ["latest_invoice"]
_BEGUN = ["latest_invoice.confirmation_secret", "pending_setup_intent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """As Stripe says it is. `ends_at` is when it will be, or was, over; `plan_meant` what we wrote on it when it began."""

    id: str
    customer: str
    item: str
    price: str
    interval: str
    seats: int
    status: str
    created_at: datetime
    period_end: datetime | None
    trial_ends_at: datetime | None
    ends_at: datetime | None
    past_due_since: datetime | None
    plan_meant: str
    user_meant: str
    client_secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """`total` is negative where a change gave something back; `page` is Stripe's own page of it."""

    id: str
    number: str | None
    status: str
    total: int
    currency: str
    created_at: datetime
    page: str | None
    pdf: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A one-off payment; `client_secret` lets the payer's own browser finish it with Stripe."""

    id: str
    client_secret: str
    paid: bool
    refunded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event of a webhook. `about` is the object that it tells of, as it was then."""

    id: str
    kind: str
    created_at: datetime
    about: Mapping[str, Any]


class _Http(stripe.HTTPXClient):
    """The SDK hands httpx a body by an argument that httpx has deprecated; may go when it no longer does."""

    def _get_request_args_kwargs(self, method: Any, url: Any, headers: Any, post_data: Any) -> list[Any]:
        return [(method, url), {"headers": headers, "content": post_data or None, "timeout": self._timeout}]


@asynccontextmanager
async def open_payments(settings: BillingSettings) -> AsyncIterator["Payments"]:
    """Nothing is asked yet. The settings must have a key."""
    assert settings.stripe_key is not None
    stripe.enable_telemetry = False
    http = _Http(timeout=settings.timeout_s)
    client = stripe.StripeClient(
        settings.stripe_key.get_secret_value(),
        http_client=http,
        base_addresses={"api": settings.stripe_url.rstrip("/")},
        max_network_retries=settings.retries,
    )
    try:
        yield Payments(client, settings)
    finally:
        await http.close_async()  # type: ignore[no-untyped-call]


class Payments:
    """Every verb raises PaymentsUnavailable when Stripe does not answer, Invalid or Conflict for what it refuses. `key` is an
    idempotency key: the same twice, at once or later, is done once."""

    def __init__(self, client: stripe.StripeClient, settings: BillingSettings) -> None:
        # the SDK's own types ask for a TypedDict a call; what is sent is held by the tests against Stripe's wire form
        self._api: Any = client.v1
        self._settings = settings

    def verify(self, payload: bytes, signature: str) -> Told:
        """Raises Invalid unless Stripe signed these very bytes, lately."""
        secret = self._settings.webhook_secret
        try:
            stripe.WebhookSignature.verify_header(
                payload, signature, secret.get_secret_value() if secret else None, self._settings.tolerance_s
            )
        except (stripe.SignatureVerificationError, UnicodeDecodeError):
            raise Invalid("This was not signed by the payment provider.") from None
        return self.read(payload)

    def read(self, payload: bytes) -> Told:
        """What was verified before. Raises Invalid for what is no event."""
        try:
            event = json.loads(payload)
            return Told(
                id=str(event["id"]),
                kind=str(event["type"]),
                created_at=_time(event["created"]),
                about=dict(event["data"]["object"]),
            )
        except (ValueError, KeyError, TypeError, OverflowError):
            raise Invalid("This is no event of the payment provider.") from None

    async def create_customer(self, *, user: str, email: str, name: str) -> str:
        params = {"email": email, "name": name, "metadata": {"user": user}}
        made = await _asked("customer", self._api.customers.create_async(params, _keyed(f"customer:{user}:{email}")))
        return str(made["id"])

    async def checkout(
        self,
        *,
        customer: str,
        price: str,
        seats: int,
        trial_days: int,
        coupon: str | None,
        tags: Mapping[str, str],
        key: str,
    ) -> tuple[str, str]:
        """The id and the address of a page of Stripe's where the person pays."""
        subscription: dict[str, Any] = {"metadata": tags}
        if trial_days:
            subscription |= _trial(trial_days)
        params: dict[str, Any] = {
            "mode": "subscription",
            "customer": customer,
            "client_reference_id": tags["user"],
            "line_items": [{"price": price, "quantity": seats}],
            "subscription_data": subscription,
            "success_url": self._page("paid"),
            "cancel_url": self._page("left"),
        }
        if coupon:
            params["discounts"] = [{"promotion_code": await self._promotion(coupon)}]
        else:
            params["allow_promotion_codes"] = True
        made = await _asked("checkout", self._api.checkout.sessions.create_async(params, _keyed(key)))
        return str(made["id"]), str(made["url"])

    async def expire_checkout(self, checkout: str) -> str | None:
        """Nobody can pay there any more. The subscription, where somebody has already."""
        try:
            await _asked("expire_checkout", self._api.checkout.sessions.expire_async(checkout))
        except Invalid:
            found = await _found("find_checkout", self._api.checkout.sessions.retrieve_async(checkout))
            return _id(found["subscription"]) if found and found["subscription"] else None
        return None

    async def portal(self, customer: str) -> str:
        """The address of Stripe's page where a customer changes the card, sees invoices and cancels."""
        params = {"customer": customer, "return_url": self._page("portal")}
        return str((await _asked("portal", self._api.billing_portal.sessions.create_async(params)))["url"])

    async def subscribe(
        self,
        *,
        customer: str,
        price: str,
        seats: int,
        trial_days: int,
        coupon: str | None,
        tags: Mapping[str, str],
        key: str,
    ) -> Subscription:
        """Begun, and waiting for the payer's browser to pay with its client secret."""
        params: dict[str, Any] = {
            "customer": customer,
            "items": [{"price": price, "quantity": seats}],
            "payment_behavior": "default_incomplete",
            "payment_settings": {"save_default_payment_method": "on_subscription"},
            "metadata": tags,
            "expand": _BEGUN,
        }
        if trial_days:
            params |= _trial(trial_days)
        if coupon:
            params["discounts"] = [{"promotion_code": await self._promotion(coupon)}]
        return _subscription(await _asked("subscribe", self._api.subscriptions.create_async(params, _keyed(key))))

    async def find_subscription(self, subscription: str) -> Subscription | None:
        asking = self._api.subscriptions.retrieve_async(subscription, {"expand": _BEGUN})
        found = await _found("subscription", asking)
        return _subscription(found) if found else None

    async def list_subscriptions(self) -> AsyncIterator[Subscription]:
        """All there ever were, a page at a time."""
        params: dict[str, Any] = {"status": "all", "limit": 100, "expand": [f"data.{name}" for name in _SUBSCRIPTION]}
        while True:
            page = await _asked("subscriptions", self._api.subscriptions.list_async(params))
            for one in page["data"]:
                yield _subscription(one)
            if not page["has_more"]:
                return
            params["starting_after"] = page["data"][-1]["id"]

    async def change(
        self, subscription: Subscription, *, price: str, seats: int, up: bool, tags: Mapping[str, str]
    ) -> Subscription:
        """At once. The unused part of what was paid is counted; more is paid now or nothing changes, less is credited."""
        params = {
            "items": [{"id": subscription.item, "price": price, "quantity": seats}],
            "proration_behavior": "always_invoice" if up else "create_prorations",
            "payment_behavior": "error_if_incomplete",
            "metadata": tags,
            "expand": _SUBSCRIPTION,
        }
        return _subscription(await _asked("change", self._api.subscriptions.update_async(subscription.id, params)))

    async def cancel_at_period_end(self, subscription: str, wish: bool) -> Subscription:
        params = {"cancel_at_period_end": wish, "expand": _SUBSCRIPTION}
        return _subscription(await _asked("cancel", self._api.subscriptions.update_async(subscription, params)))

    async def cancel_now(self, subscription: str) -> Subscription:
        """What was paid for the rest is credited to the customer."""
        params = {"invoice_now": True, "prorate": True, "expand": _SUBSCRIPTION}
        return _subscription(await _asked("end", self._api.subscriptions.cancel_async(subscription, params)))

    async def begin_payment(self, *, customer: str, price: Money, tags: Mapping[str, str], key: str) -> Payment:
        params = {
            "amount": price.amount,
            "currency": price.currency,
            "customer": customer,
            "automatic_payment_methods": {"enabled": True},
            "metadata": tags,
        }
        return _payment(await _asked("payment", self._api.payment_intents.create_async(params, _keyed(key))))

    async def find_payment(self, payment: str) -> Payment | None:
        asking = self._api.payment_intents.retrieve_async(payment, {"expand": ["latest_charge"]})
        found = await _found("payment", asking)
        return _payment(found) if found else None

    async def list_invoices(self, customer: str, *, limit: int) -> list[Invoice]:
        """The newest first; drafts are Stripe's own business."""
        found = await _asked("invoices", self._api.invoices.list_async({"customer": customer, "limit": limit}))
        return [_invoice(one) for one in found["data"] if one["status"] != "draft"]

    async def price(self, price: str) -> Money | None:
        found = await _found("price", self._api.prices.retrieve_async(price))
        return Money(amount=found["unit_amount"], currency=found["currency"]) if found else None

    async def _promotion(self, code: str) -> str:
        found = await _asked(
            "promotion", self._api.promotion_codes.list_async({"code": code, "active": True, "limit": 1})
        )
        if not found["data"]:
            raise Invalid("This coupon is not good, or no longer.", field="coupon")
        return str(found["data"][0]["id"])

    def _page(self, from_: str) -> str:
        return f"{self._settings.page_url}#billing={from_}"


def _trial(days: int) -> dict[str, Any]:
    return {
        "trial_period_days": days,
        "trial_settings": {"end_behavior": {"missing_payment_method": "cancel"}},
    }


def _keyed(key: str) -> dict[str, str]:
    return {"idempotency_key": f"learnflow:{key}"}


async def _found(verb: str, asking: Awaitable[Any]) -> dict[str, Any] | None:
    """None where Stripe knows no such thing, or no longer."""
    try:
        found = await _asked(verb, asking)
    except Invalid as error:
        if error.facts.get("code") == "resource_missing":
            return None
        raise
    return None if found.get("deleted") else found


async def _asked(verb: str, asking: Awaitable[Any]) -> dict[str, Any]:
    try:
        with span(f"payments.{verb}"):
            answer = await asking
    except stripe.StripeError as error:
        raise _ours(verb, error) from error
    return dict(answer.to_dict())


def _ours(verb: str, error: stripe.StripeError) -> LearnFlowError:
    """What a card or a request was refused for is told in Stripe's words, which are meant for people."""
    match error:
        case stripe.CardError():
            return Invalid(error.user_message or "The payment was declined.", code=error.code)
        case stripe.IdempotencyError():
            return Conflict("This was asked for in another way just now; look at what came of it, then try again.")
        case stripe.InvalidRequestError(code="resource_missing"):
            return Invalid("The payment provider knows no such thing.", code=error.code)
        case stripe.InvalidRequestError():
            _log.warning("payments.refused", verb=verb, code=error.code)
            return Invalid("The payment provider refused this.", code=error.code)
    _log.warning("payments.unavailable", verb=verb, status=error.http_status)
    return PaymentsUnavailable()


def _subscription(said: Mapping[str, Any]) -> Subscription:
    item = said["items"]["data"][0]  # each of ours has one; of a stranger's there may be more, and less in it
    invoice: Mapping[str, Any] = said["latest_invoice"] if isinstance(said.get("latest_invoice"), dict) else {}
    period_end = _maybe(item.get("current_period_end"))
    ends = (
        _maybe(said["ended_at"]) or _maybe(said["cancel_at"]) or (period_end if said["cancel_at_period_end"] else None)
    )
    metadata = said["metadata"] or {}
    secrets = (invoice.get("confirmation_secret"), said.get("pending_setup_intent"))
    return Subscription(
        id=said["id"],
        customer=_id(said["customer"]),
        item=item["id"],
        price=item["price"]["id"],
        interval=(item["price"].get("recurring") or {}).get("interval", ""),
        seats=item.get("quantity") or 1,
        status=said["status"],
        created_at=_time(said["created"]),
        period_end=period_end,
        trial_ends_at=_maybe(said["trial_end"]),
        ends_at=ends,
        past_due_since=_maybe(invoice.get("created")) if said["status"] == "past_due" else None,
        plan_meant=metadata.get("plan", ""),
        user_meant=metadata.get("user", ""),
        client_secret=next((one["client_secret"] for one in secrets if isinstance(one, dict)), None),
    )


def _payment(said: Mapping[str, Any]) -> Payment:
    charge = said.get("latest_charge")
    return Payment(
        id=said["id"],
        client_secret=said["client_secret"],
        paid=said["status"] == "succeeded",
        refunded=bool(isinstance(charge, dict) and charge["refunded"]),
    )


def _invoice(said: Mapping[str, Any]) -> Invoice:
    return Invoice(
        id=said["id"],
        number=said["number"],
        status=said["status"],
        total=said["total"],
        currency=said["currency"],
        created_at=_time(said["created"]),
        page=said["hosted_invoice_url"],
        pdf=said["invoice_pdf"],
    )


def _id(said: Any) -> str:
    return str(said["id"] if isinstance(said, dict) else said)


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _maybe(seconds: int | None) -> datetime | None:
    return _time(seconds) if seconds else None
