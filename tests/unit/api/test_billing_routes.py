"""The edge of plans and payments: who may ask, what they get, and how a silent provider looks."""

from typing import Any

import httpx
import pytest

from accounts.billing import Offer
from tests.edge import ADA, BOB, TINA, Edge

BILLING = "/api/v1/billing"


async def test_anonymous_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get(BILLING)).status_code == 401


async def test_ones_plan_says_what_is_left_today(client: httpx.AsyncClient) -> None:
    found = (await client.get(BILLING, headers=ADA)).json()

    assert (found["plan"], found["status"], found["seat"], found["notice"]) == ("free", "free", False, "Free.")
    assert found["today"]["turns"]["limit"] == 50
    assert found["today"]["model_tokens"]["limit"] == 0


async def test_the_plans_are_listed_with_limits_and_prices(client: httpx.AsyncClient) -> None:
    found = (await client.get(f"{BILLING}/plans", headers=ADA)).json()

    assert found["for_sale"] is True
    assert [plan["name"] for plan in found["plans"]] == ["free", "plus", "school"]
    assert found["plans"][1]["prices"]["month"] == {"amount": 900, "currency": "eur"}
    assert found["packs"][0]["units"] == 100


async def test_a_page_to_pay_on(client: httpx.AsyncClient, edge: Edge) -> None:
    body = {"plan": "plus", "interval": "year", "coupon": "HALF"}
    response = await client.post(f"{BILLING}/checkout", json=body, headers=ADA)

    assert (response.status_code, response.json()["url"]) == (201, "https://checkout.stripe.example/1")
    assert edge.billing.asked == [("checkout", "ada", Offer(plan="plus", interval="year", coupon="HALF"))]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("portal", None, 201), ("subscription", {"plan": "plus"}, 201), ("subscription/change", {"plan": "plus"}, 200),
        ("subscription/cancel", None, 200), ("subscription/resume", None, 200), ("packs", {"pack": "turns-100"}, 201),
        ("packs", {"pack": "gold"}, 404), ("checkout", {"plan": "plus", "seats": 0}, 422), ("checkout", {"seats": 1}, 422),
        ("checkout", {"plan": "plus", "interval": "week"}, 422), ("subscription/change", {"plan": "plus", "coupon": "x"}, 422),
        ("checkout", {"plan": "plus", "price": "price_of_my_own"}, 422),
    ],
)  # fmt: skip
async def test_what_may_be_sent(client: httpx.AsyncClient, path: str, body: Any, status: int) -> None:
    given = {"json": body} if body is not None else {}

    assert (await client.post(f"{BILLING}/{path}", headers=ADA, **given)).status_code == status


async def test_a_silent_provider_is_a_503_that_says_so(client: httpx.AsyncClient) -> None:
    response = await client.get(f"{BILLING}/invoices", headers=BOB)

    assert response.status_code == 503
    assert response.json()["type"] == "urn:learnflow:problem:payments-unavailable"
    assert "Retry-After" in response.headers


async def test_seats_are_for_staff(client: httpx.AsyncClient, edge: Edge) -> None:
    assert (await client.get(f"{BILLING}/seats", headers=ADA)).status_code == 403
    assert (await client.post(f"{BILLING}/seats/bob", headers=TINA)).status_code == 404

    given = await client.post(f"{BILLING}/seats/ada", headers=TINA)
    taken = await client.delete(f"{BILLING}/seats/ada", headers=TINA)

    assert (given.status_code, taken.status_code) == (204, 204)
    assert [verb for verb, _, _ in edge.billing.asked] == ["give", "take"]
    assert (await client.get(f"{BILLING}/seats", headers=TINA)).json()["paid"] == 2


async def test_a_webhook_is_handed_on_byte_by_byte(client: httpx.AsyncClient, edge: Edge) -> None:
    body = b'{ "id":  "evt_1" }\n'
    headers = {"Stripe-Signature": "good", "Content-Type": "application/json; charset=utf-8"}

    response = await client.post(f"{BILLING}/webhook", content=body, headers=headers)

    assert (response.status_code, response.json()) == (200, {"new": True})
    assert edge.billing.events == [(body, "good")]


async def test_a_webhook_that_is_not_signed_is_refused(client: httpx.AsyncClient, edge: Edge) -> None:
    assert (await client.post(f"{BILLING}/webhook", content=b"{}")).status_code == 422
    assert edge.billing.events == []
