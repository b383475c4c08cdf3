"""A Stripe of our own: its wire form, its rules and its clock, for the official SDK to speak to over a real socket.

What it knows of Stripe: form-encoded bodies with brackets, parameters that an endpoint does not have, idempotency keys (kept a
day, refused for another request, 409 while the first one runs), error documents, lists in pages, expansion, checkout,
portal, subscriptions with items, trials, proration, renewals and failed payments by the clock, invoices, payment intents,
refunds, promotion codes, and events signed as Stripe signs them. What people do on Stripe's pages is done by `pay` and `card`.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import stripe
from fastapi import FastAPI, Request, Response
from stripe import params as sdk_params
from stripe.params import billing_portal as portal_params
from stripe.params import checkout as checkout_params
from stripe.params import test_helpers as clock_params

from tests.edge import serving

Json = dict[str, Any]
KEY = "sk_test_ours"
SECRET = "whsec_ours"
DAY = 86_400
_PERIOD = {"month": 30 * DAY, "year": 365 * DAY}
_RETRIES = (3 * DAY, 8 * DAY, 15 * DAY)


class Refusal(Exception):
    def __init__(self, status: int, type_: str, message: str, **more: Any) -> None:
        self.status = status
        self.body = {"error": {"type": type_, "message": message, **more}}


def invalid(message: str, param: str | None = None, code: str | None = None, status: int = 400) -> Refusal:
    more = {name: value for name, value in {"param": param, "code": code}.items() if value}
    return Refusal(status, "invalid_request_error", message, **more)


def parse_form(text: str) -> Json:
    """`items[0][price]=p` as Stripe reads it."""
    tree: Json = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        *path, last = name.replace("]", "").split("[")
        node = tree
        for part in path:
            node = node.setdefault(part, {})
        node[last] = value
    return _lists(tree)


def _lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    parsed = {key: _lists(value) for key, value in node.items()}
    return list(parsed.values()) if parsed and all(key.isdigit() for key in parsed) else parsed


class StripeServer:
    """`at` is its time, in seconds. `cards` says, by customer, whether the card that is kept is good; `latency_s` how long
    each request takes, `broken` what it answers instead."""

    def __init__(self, at: datetime) -> None:
        self.at = int(at.timestamp())
        self.url = ""
        self.things: dict[str, dict[str, Json]] = {}
        self.events: list[Json] = []
        self.requests: list[tuple[str, str, Json]] = []
        self.cards: dict[str, bool] = {}
        self.latency_s = 0.0
        self.broken: int | None = None
        self.silent = False
        self._numbers = itertools.count(1)
        self._kept: dict[str, tuple[int, str, tuple[int, Json] | None]] = {}
        self._routes = self._all_routes()
        for name, amount, every in (
            ("plus_month", 900, "month"), ("plus_year", 9_000, "year"), ("school_month", 500, "month"),
        ):  # fmt: skip
            self._put(
                "price", {"unit_amount": amount, "currency": "eur", "recurring": {"interval": every}}, f"price_{name}"
            )
        self._put("promotion_code", {"code": "HALF", "active": True, "coupon": {"percent_off": 50}}, "promo_half")

    # --- the wire ------------------------------------------------------------------------------------------------

    def app(self) -> FastAPI:
        app = FastAPI()
        methods = ["GET", "POST", "DELETE"]
        app.add_api_route("/{path:path}", self._answer, methods=methods, response_model=None)
        return app

    async def _answer(self, request: Request) -> Response:
        text = (await request.body()).decode() if request.method == "POST" else request.url.query
        await asyncio.sleep(3600 if self.silent else self.latency_s)
        status, body, headers = await self._decide(request, text)
        return Response(
            json.dumps(body), status, {"Request-Id": f"req_{next(self._numbers)}", **headers}, "application/json"
        )

    async def _decide(self, request: Request, text: str) -> tuple[int, Json, dict[str, str]]:
        if self.broken:
            return (
                self.broken,
                {"error": {"type": "api_error", "message": "Something is wrong here."}},
                {"Stripe-Should-Retry": "false"},
            )
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return 401, invalid("Invalid API Key provided").body, {}
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        asked = f"{request.url.path}?{text}"
        if key is None:
            return *await self._do(request, text), {}
        kept_at, before, answer = self._kept.get(key, (0, "", None))
        if before and self.at - kept_at < DAY:
            if before != asked:
                return (
                    400,
                    Refusal(400, "idempotency_error", "Keys can only be used with the same parameters.").body,
                    {},
                )
            if answer is None:
                return 409, invalid("Another request with this key runs.", code="idempotency_key_in_use").body, {}
            return *answer, {"Idempotent-Replayed": "true"}
        self._kept[key] = (self.at, asked, None)
        done = await self._do(request, text)
        self._kept[key] = (self.at, asked, done)
        if done[0] == 400:
            del self._kept[key]
        return *done, {}

    async def _do(self, request: Request, text: str) -> tuple[int, Json]:
        params = parse_form(text)
        await asyncio.sleep(self.latency_s)
        self.requests.append((request.method, request.url.path, params))
        try:
            for method, pattern, knows, act in self._routes:
                names = self._match(pattern, request.url.path)
                if method == request.method and names is not None:
                    self._check_names(params, knows)
                    return 200, self._expanded(act(*names, params), params.get("expand", []))
            raise invalid(f"Unrecognized request URL ({request.method}: {request.url.path})", status=404)
        except Refusal as refusal:
            return refusal.status, refusal.body

    @staticmethod
    def _match(pattern: str, path: str) -> list[str] | None:
        expected, given = pattern.split("/"), path.removeprefix("/v1/").split("/")
        if len(expected) != len(given) or any(e != g for e, g in zip(expected, given, strict=True) if e != "*"):
            return None
        return [g for e, g in zip(expected, given, strict=True) if e == "*"]

    @staticmethod
    def _check_names(params: Json, knows: Any) -> None:
        """The names that the official SDK knows of the endpoint, and none beside."""
        for name in params:
            if name not in knows.__annotations__:
                raise invalid(f"Received unknown parameter: {name}", name, "parameter_unknown")

    def _all_routes(self) -> list[tuple[str, str, Any, Callable[..., Json]]]:
        p = sdk_params
        return [
            ("POST", "customers", p.CustomerCreateParams, self._create_customer),
            ("POST", "checkout/sessions", checkout_params.SessionCreateParams, self._create_checkout),
            ("GET", "checkout/sessions/*", checkout_params.SessionRetrieveParams, lambda id_, _: self.get("checkout.session", id_)),
            ("POST", "checkout/sessions/*/expire", checkout_params.SessionExpireParams, self._expire_checkout),
            ("POST", "billing_portal/sessions", portal_params.SessionCreateParams, self._create_portal),
            ("POST", "subscriptions", p.SubscriptionCreateParams, self._create_subscription),
            ("GET", "subscriptions", p.SubscriptionListParams, lambda q: self._list("subscription", q, "status", "limit")),
            ("GET", "subscriptions/*", p.SubscriptionRetrieveParams, lambda id_, _: self.get("subscription", id_)),
            ("POST", "subscriptions/*", p.SubscriptionUpdateParams, self._update_subscription),
            ("DELETE", "subscriptions/*", p.SubscriptionCancelParams, self._cancel_subscription),
            ("GET", "invoices", p.InvoiceListParams, lambda q: self._list("invoice", q, "limit")),
            ("POST", "payment_intents", p.PaymentIntentCreateParams, self._create_intent),
            ("GET", "payment_intents/*", p.PaymentIntentRetrieveParams, lambda id_, _: self.get("payment_intent", id_)),
            ("GET", "promotion_codes", p.PromotionCodeListParams, lambda q: self._list("promotion_code", q, "limit", "active")),
            ("GET", "prices/*", p.PriceRetrieveParams, lambda id_, _: self.get("price", id_)),
            ("POST", "refunds", p.RefundCreateParams, self._refund),
            ("POST", "test_helpers/test_clocks", clock_params.TestClockCreateParams, lambda q: self._clock()),
            ("POST", "test_helpers/test_clocks/*/advance", clock_params.TestClockAdvanceParams, self._advance),
        ]  # fmt: skip

    # --- things --------------------------------------------------------------------------------------------------

    def get(self, kind: str, id_: str, param: str = "id") -> Json:
        found = self.things.get(kind, {}).get(id_)
        if found is None:
            raise invalid(f"No such {kind}: '{id_}'", param, "resource_missing", 404 if param == "id" else 400)
        return found

    def all(self, kind: str) -> list[Json]:
        return list(self.things.get(kind, {}).values())

    def _put(self, kind: str, fields: Json, id_: str = "") -> Json:
        made = {
            "id": id_ or f"{kind.split('.')[-1][:4]}_{next(self._numbers):06}",
            "object": kind,
            "created": self.at,
            "livemode": False,
        }
        self.things.setdefault(kind, {})[made["id"]] = made | fields
        return self.things[kind][made["id"]]

    def _list(self, kind: str, query: Json, *not_filters: str) -> Json:
        """The newest first, as Stripe lists."""
        limit, after = int(query.get("limit", 10)), query.get("starting_after")
        wanted = {k: v for k, v in query.items() if k not in {*not_filters, "starting_after", "expand"}}
        found = [one for one in reversed(self.all(kind)) if all(one.get(k) == v for k, v in wanted.items())]
        if after:
            found = found[[one["id"] for one in found].index(after) + 1 :]
        return {"object": "list", "url": f"/v1/{kind}s", "has_more": len(found) > limit, "data": found[:limit]}

    def _expanded(self, thing: Json, expand: list[str]) -> Json:
        """Names become things where that was asked for; what is only there when expanded stays out otherwise."""
        if thing.get("object") == "list":
            inner = [name.removeprefix("data.") for name in expand]
            return {**thing, "data": [self._expanded(one, inner) for one in thing["data"]]}
        shown = {name: value for name, value in thing.items() if not name.startswith("_")}
        for path in expand:
            head, _, rest = path.partition(".")
            named = shown.get(head)
            if f"_{head}" in thing:
                shown[head] = thing[f"_{head}"]
            elif isinstance(named, str):
                shown[head] = self._expanded(self._by_id(named), [rest] if rest else [])
        return shown

    def _by_id(self, id_: str) -> Json:
        return next(things[id_] for things in self.things.values() if id_ in things)

    def _tell(self, kind: str, about: Json) -> None:
        shown = json.loads(json.dumps(self._expanded(about, [])))
        event = {
            "id": f"evt_{next(self._numbers):06}", "object": "event", "api_version": "2026-10-28.endive", "created": self.at,
            "livemode": False, "pending_webhooks": 1, "request": {"id": None, "idempotency_key": None}, "type": kind,
            "data": {"object": shown},
        }  # fmt: skip
        self.events.append(event)

    def take_events(self) -> list[Json]:
        """What was told since the last time, in order."""
        taken, self.events = self.events, []
        return taken

    # --- endpoints -----------------------------------------------------------------------------------------------

    def _create_customer(self, q: Json) -> Json:
        return self._put("customer", {"email": q["email"], "name": q["name"], "metadata": q["metadata"], "balance": 0})

    def _create_checkout(self, q: Json) -> Json:
        self.get("customer", q["customer"], "customer")
        if q["mode"] == "subscription" and "discounts" in q and "allow_promotion_codes" in q:
            raise invalid("You may only specify one of these parameters: allow_promotion_codes, discounts.")
        for line in q["line_items"]:
            self.get("price", line["price"], "line_items[0][price]")
        made = self._put("checkout.session", {
            "mode": q["mode"], "customer": q["customer"], "status": "open", "subscription": None, "payment_intent": None,
            "client_reference_id": q.get("client_reference_id"), "_wish": q,
        })  # fmt: skip
        made["url"] = f"https://checkout.stripe.example/{made['id']}"
        return made

    def _expire_checkout(self, id_: str, _: Json) -> Json:
        session = self.get("checkout.session", id_)
        if session["status"] != "open":
            raise invalid('Only Checkout Sessions with a status in ["open"] can be expired.')
        session |= {"status": "expired", "url": None}
        self._tell("checkout.session.expired", session)
        return session

    def _create_portal(self, q: Json) -> Json:
        self.get("customer", q["customer"], "customer")
        return self._put("billing_portal.session", {"url": f"https://billing.stripe.example/{q['customer']}", **q})

    def _create_subscription(self, q: Json) -> Json:
        self.get("customer", q["customer"], "customer")
        price = self.get("price", q["items"][0]["price"], "items[0][price]")
        trial = int(q.get("trial_period_days", 0)) * DAY
        made = self._put("subscription", {
            "customer": q["customer"], "metadata": q.get("metadata", {}), "cancel_at_period_end": False, "cancel_at": None,
            "canceled_at": None, "ended_at": None, "trial_end": self.at + trial if trial else None, "currency": "eur",
            "status": "trialing" if trial else "incomplete", "latest_invoice": None, "pending_setup_intent": None,
            "_off": self._percent_off(q), "_pending": 0, "_retries": [], "_trial": q.get("trial_settings"),
        })  # fmt: skip
        period = trial or _PERIOD[price["recurring"]["interval"]]
        made["items"] = {"object": "list", "data": [{
            "id": f"si_{made['id']}", "object": "subscription_item", "price": price, "quantity": int(q["items"][0].get("quantity", 1)),
            "current_period_start": self.at, "current_period_end": self.at + period, "subscription": made["id"],
        }]}  # fmt: skip
        self._tell("customer.subscription.created", made)
        if trial:
            intent = self._put("setup_intent", {"client_secret": f"seti_{made['id']}_secret"})
            made["pending_setup_intent"] = intent["id"]
            self._invoice(made, 0, "subscription_create", paid=True)
        else:
            self._invoice(made, self._price(made), "subscription_create")
        return made

    def _percent_off(self, q: Json) -> int:
        codes = [one["promotion_code"] for one in q.get("discounts", [])]
        return sum(self.get("promotion_code", code, "discounts")["coupon"]["percent_off"] for code in codes)

    def _price(self, sub: Json) -> int:
        item = sub["items"]["data"][0]
        return int(item["price"]["unit_amount"] * item["quantity"] * (100 - sub["_off"]) / 100)

    def _invoice(self, sub: Json, total: int, reason: str, *, paid: bool = False) -> Json:
        number = next(self._numbers)
        made = self._put("invoice", {
            "customer": sub["customer"], "status": "paid" if paid else "open", "total": total, "amount_due": max(0, total),
            "amount_paid": total if paid else 0, "currency": "eur", "billing_reason": reason, "number": f"OURS-{number:04}",
            "attempt_count": 0, "hosted_invoice_url": f"https://invoice.stripe.example/{number}",
            "invoice_pdf": f"https://invoice.stripe.example/{number}/pdf",
            "parent": {"type": "subscription_details", "subscription_details": {"subscription": sub["id"], "metadata": sub["metadata"]}},
        })  # fmt: skip
        secret = {"client_secret": f"pi_{made['id']}_secret", "type": "payment_intent"}
        made["_confirmation_secret"] = None if paid else secret
        sub["latest_invoice"] = made["id"]
        self._tell("invoice.paid" if paid else "invoice.finalized", made)
        return made

    def _update_subscription(self, id_: str, q: Json) -> Json:
        sub = self.get("subscription", id_)
        if sub["status"] in ("canceled", "incomplete_expired"):
            raise invalid("A canceled subscription can only update its cancellation_details and metadata.")
        if "items" in q:
            self._switch(sub, q)
        if "cancel_at_period_end" in q:
            wish = q["cancel_at_period_end"] == "true"
            end = sub["items"]["data"][0]["current_period_end"]
            sub |= {
                "cancel_at_period_end": wish,
                "cancel_at": end if wish else None,
                "canceled_at": self.at if wish else None,
            }
        sub["metadata"] = sub["metadata"] | q.get("metadata", {})
        self._tell("customer.subscription.updated", sub)
        return sub

    def _switch(self, sub: Json, q: Json) -> None:
        item, wish = sub["items"]["data"][0], q["items"][0]
        if wish.get("id") != item["id"]:
            raise invalid("Invalid subscription item", "items[0][id]", "resource_missing")
        price, seats = self.get("price", wish["price"], "items[0][price]"), int(wish["quantity"])
        start, end = item["current_period_start"], item["current_period_end"]
        left = 0.0 if sub["status"] == "trialing" else (end - self.at) / (end - start)
        other = price["recurring"]["interval"] != item["price"]["recurring"]["interval"]
        owed = (
            price["unit_amount"] * seats * (1.0 if other else left)
            - item["price"]["unit_amount"] * item["quantity"] * left
        )
        if q["proration_behavior"] == "always_invoice" and sub["status"] != "trialing":
            if owed > 0 and not self.cards.get(sub["customer"]):
                raise Refusal(
                    402, "card_error", "Your card was declined.", code="card_declined", decline_code="generic_decline"
                )
            self._invoice(sub, round(owed), "subscription_update", paid=True)
        else:
            sub["_pending"] += round(owed)
        item |= {"price": price, "quantity": seats}
        if other and sub["status"] != "trialing":
            item |= {
                "current_period_start": self.at,
                "current_period_end": self.at + _PERIOD[price["recurring"]["interval"]],
            }

    def _cancel_subscription(self, id_: str, q: Json) -> Json:
        sub = self.get("subscription", id_)
        if sub["status"] in ("canceled", "incomplete_expired"):
            raise invalid(f"No such subscription: '{id_}'", "id", "resource_missing", 404)
        unpaid = sub["status"] == "incomplete"
        if q.get("invoice_now") == "true" and q.get("prorate") == "true" and sub["status"] == "active":
            item = sub["items"]["data"][0]
            left = (item["current_period_end"] - self.at) / (item["current_period_end"] - item["current_period_start"])
            self._invoice(sub, -round(self._price(sub) * left), "subscription_update", paid=True)
        sub |= {"status": "incomplete_expired" if unpaid else "canceled", "canceled_at": self.at, "ended_at": self.at}
        self._tell("customer.subscription.deleted", sub)
        return sub

    def _create_intent(self, q: Json) -> Json:
        self.get("customer", q["customer"], "customer")
        if int(q["amount"]) < 50:
            raise invalid("Amount must be at least €0.50 eur", "amount", "amount_too_small")
        made = self._put("payment_intent", {
            "amount": int(q["amount"]), "currency": q["currency"], "customer": q["customer"], "metadata": q.get("metadata", {}),
            "status": "requires_payment_method", "latest_charge": None,
        })  # fmt: skip
        made["client_secret"] = f"{made['id']}_secret"
        return made

    def _refund(self, q: Json) -> Json:
        intent = self.get("payment_intent", q["payment_intent"], "payment_intent")
        self.things["charge"][intent["latest_charge"]]["refunded"] = True
        made = self._put("refund", {"payment_intent": intent["id"], "status": "succeeded", "amount": intent["amount"]})
        self._tell("refund.created", made)
        return made

    # --- what people do, and what time does ----------------------------------------------------------------------

    def pay(self, secret: str, *, card: bool = True) -> Json:
        """On a page of Stripe's (`secret` is its address) or in Stripe's fields; the card is kept. What it was paid for."""
        if secret.startswith("https://checkout"):
            return self._pay_checkout(self.get("checkout.session", secret.rpartition("/")[2]), card)
        if secret.startswith("seti_"):
            sub = self.get("subscription", secret.removeprefix("seti_").removesuffix("_secret"))
            self.cards[sub["customer"]] = card
            sub["pending_setup_intent"] = None
            return sub
        if secret.startswith("pi_"):
            invoice = self.get("invoice", secret.removeprefix("pi_").removesuffix("_secret"))
            sub = self.get("subscription", invoice["parent"]["subscription_details"]["subscription"])
            self.cards[sub["customer"]] = card
            self._charge(sub, invoice)
            return sub
        intent = self.get("payment_intent", secret.removesuffix("_secret"))
        if card:
            card_shown = {"payment_method_details": {"card": {"last4": "4242", "brand": "visa"}}}
            charge = self._put("charge", {"refunded": False, "amount": intent["amount"], **card_shown})
            intent |= {"status": "succeeded", "latest_charge": charge["id"]}
            self._tell("charge.succeeded", charge)
            self._tell("payment_intent.succeeded", intent)
        return intent

    def _pay_checkout(self, session: Json, card: bool) -> Json:
        if session["status"] != "open":
            raise invalid("This page is over.")
        wish = session["_wish"]
        line = wish["line_items"][0]
        begun = dict(wish["subscription_data"]) | {
            "customer": session["customer"], "items": [line], "discounts": wish.get("discounts", []),
        }  # fmt: skip
        sub = self._create_subscription(begun)
        self.cards[sub["customer"]] = card
        if sub["status"] == "incomplete":
            self._charge(sub, self.get("invoice", sub["latest_invoice"]))
        sub["pending_setup_intent"] = None
        session |= {"status": "complete", "subscription": sub["id"], "url": None}
        self._tell("checkout.session.completed", session)
        return sub

    def _charge(self, sub: Json, invoice: Json) -> None:
        invoice["attempt_count"] += 1
        if not self.cards.get(sub["customer"]):
            self._tell("invoice.payment_failed", invoice)
            if sub["status"] in ("active", "trialing"):
                sub["status"] = "past_due"
                sub["_retries"] = [self.at + wait for wait in _RETRIES]
                self._tell("customer.subscription.updated", sub)
            return
        invoice |= {"status": "paid", "amount_paid": invoice["total"]}
        sub |= {"status": "active", "_retries": []}
        self._tell("invoice.paid", invoice)
        self._tell("customer.subscription.updated", sub)

    def _clock(self) -> Json:
        return self._put("test_helpers.test_clock", {"frozen_time": self.at, "status": "ready"})

    def _advance(self, id_: str, q: Json) -> Json:
        clock, until = self.get("test_helpers.test_clock", id_), int(q["frozen_time"])
        if until <= self.at:
            raise invalid("A test clock can only be moved forward.", "frozen_time")
        while (
            due := min((when for sub in self.all("subscription") for when in self._dues(sub)), default=until)
        ) < until:
            self.at = max(self.at, due)
            for sub in self.all("subscription"):
                if self._dues(sub) and min(self._dues(sub)) <= self.at:
                    self._due(sub)
        self.at = until
        clock["frozen_time"] = until
        return clock

    def _dues(self, sub: Json) -> list[int]:
        if sub["status"] in ("active", "trialing"):
            return [sub["items"]["data"][0]["current_period_end"]]
        return sub["_retries"] if sub["status"] == "past_due" else []

    def _due(self, sub: Json) -> None:
        item = sub["items"]["data"][0]
        if sub["status"] == "past_due":
            last = len(sub["_retries"]) == 1
            sub["_retries"] = sub["_retries"][1:]
            self._charge(sub, self.get("invoice", sub["latest_invoice"]))
            if last and sub["status"] == "past_due":
                sub |= {"status": "canceled", "ended_at": self.at}
                self._tell("customer.subscription.deleted", sub)
        elif sub["cancel_at_period_end"] or (sub["status"] == "trialing" and sub["customer"] not in self.cards):
            sub |= {"status": "canceled", "ended_at": self.at}
            self._tell("customer.subscription.deleted", sub)
        else:
            item["current_period_start"] = item["current_period_end"]
            item["current_period_end"] += _PERIOD[item["price"]["recurring"]["interval"]]
            owed, sub["_pending"] = self._price(sub) + sub["_pending"], 0
            self._charge(sub, self._invoice(sub, owed, "subscription_cycle"))


def signed(event: Json, *, secret: str = SECRET, timestamp: int | None = None) -> tuple[bytes, str]:
    """The body of a webhook and its signature, as Stripe sends them."""
    payload = json.dumps(event, indent=2)
    return payload.encode(), stripe.WebhookSignature.generate_signature_header(payload, secret, timestamp)


@asynccontextmanager
async def running(at: datetime) -> AsyncIterator[StripeServer]:
    server = StripeServer(at)
    async with serving(server.app()) as server.url:
        yield server
