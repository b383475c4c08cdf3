"""Rights over one's own data, over HTTP: anonymous is refused, another's is not found, then what each does."""

from typing import Any

import httpx
import pytest

from core.ports import ThreadId
from tests.edge import ADA, BOB, ROOT, TINA, Edge

PRIVACY = "/api/v1/privacy"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/export"), ("GET", "/export/export-ada"), ("POST", "/export/export-ada/link"), ("POST", "/erase"),
        ("GET", "/erase"), ("DELETE", "/erase/erase-ada"), ("GET", "/consents"), ("POST", "/consents"), ("GET", "/access-log"),
        ("POST", "/guardian/send"),
    ],
)  # fmt: skip
async def test_anonymous_is_refused(client: httpx.AsyncClient, method: str, path: str) -> None:
    assert (await client.request(method, PRIVACY + path, json={} if method == "POST" else None)).status_code == 401


async def test_an_export_is_asked_for_watched_and_fetched_by_a_link(client: httpx.AsyncClient) -> None:
    asked = await client.post(f"{PRIVACY}/export", headers=ADA)
    found = await client.get(f"{PRIVACY}/export/{asked.json()['id']}", headers=ADA)
    link = await client.post(f"{PRIVACY}/export/{asked.json()['id']}/link", headers=ADA)
    fetched = await client.get(link.json()["url"])

    assert (asked.status_code, found.json()["rows"], link.status_code) == (202, {"turns": 2}, 201)
    assert (fetched.content, fetched.headers["content-type"]) == (b"PKzip", "application/zip")
    assert fetched.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/export/export-ada", "/downloads/another", "/downloads/-_", "/receipts/another"])
async def test_anothers_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(PRIVACY + path, headers=BOB)).status_code == 404


async def test_an_account_is_erased_by_its_password_and_the_receipt_needs_no_account(
    edge: Edge, client: httpx.AsyncClient
) -> None:
    wrong = await client.post(f"{PRIVACY}/erase", json={"password": "wrong"}, headers=ADA)
    asked = await client.post(f"{PRIVACY}/erase", json={"password": "right"}, headers=ADA)
    shown = await client.get(f"{PRIVACY}/erase", headers=ADA)
    receipt = await client.get(asked.json()["receipt"])

    assert (wrong.status_code, asked.status_code) == (401, 202)
    assert shown.json()["items"][0]["receipt"] is None
    assert receipt.json()["result"]["tables"] == {"turns": {"deleted": 2}}


async def test_an_erasure_is_called_off_by_its_owner_only(client: httpx.AsyncClient) -> None:
    asked = (await client.post(f"{PRIVACY}/erase", json={"password": "right"}, headers=ADA)).json()

    anothers = await client.delete(f"{PRIVACY}/erase/{asked['id']}", headers=BOB)
    own = await client.delete(f"{PRIVACY}/erase/{asked['id']}", headers=ADA)

    assert (anothers.status_code, own.status_code) == (404, 204)
    assert (await client.get(f"{PRIVACY}/erase", headers=ADA)).json() == {"items": []}


async def test_withdrawing_from_experiments_is_the_same_by_both_doors(edge: Edge, client: httpx.AsyncClient) -> None:
    said = await client.post(f"{PRIVACY}/consents", json={"purpose": "experiments", "given": False}, headers=ADA)
    left = "ada" in edge.experiments.out
    await client.post("/api/v1/experiments/me", json={"take_part": True}, headers=ADA)
    found = (await client.get(f"{PRIVACY}/consents", headers=ADA)).json()

    assert {one["purpose"]: one["given"] for one in said.json()["now"]} == {"analytics": True, "experiments": False}
    assert left
    assert {one["purpose"]: one["given"] for one in found["now"]} == {"analytics": True, "experiments": True}


@pytest.mark.parametrize(
    "body", [{"purpose": "spam", "given": True}, {"purpose": "analytics", "given": True, "version": "0"}]
)
async def test_a_strange_consent_is_refused(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    assert (await client.post(f"{PRIVACY}/consents", json=body, headers=ADA)).status_code == 422


async def test_what_staff_look_at_is_shown_to_the_student(client: httpx.AsyncClient) -> None:
    for path in ("", "/gaps", "/reviews", "/streak", "/recommendations"):
        assert (await client.get(f"/api/v1/progress/ada{path}", headers=TINA)).status_code == 200
    await client.get("/api/v1/progress/ada", headers=ADA)
    await client.get("/api/v1/progress/ada", headers=ROOT)
    await client.get("/api/v1/alerts", headers=TINA)

    seen = (await client.get(f"{PRIVACY}/access-log", headers=ADA)).json()["items"]

    assert [(one["reader"], one["what"]) for one in seen] == [
        ("tina", "progress"), ("tina", "gaps"), ("tina", "reviews"), ("tina", "streak"), ("tina", "recommendations"),
        ("root", "progress"), ("tina", "alerts"),
    ]  # fmt: skip
    assert (await client.get(f"{PRIVACY}/access-log", headers=BOB)).json()["items"] == []


async def test_a_conversation_is_read_with_a_reason_and_written_down(edge: Edge, client: httpx.AsyncClient) -> None:
    turn = (await client.post("/api/v1/query", json={"message": "hi"}, headers=ADA)).json()
    place, why = "/api/v1/students/ada/conversations", {"reason": "she asked me to look"}

    refused = await client.post(place, json={}, headers=TINA)
    none = await client.post("/api/v1/students/bob/conversations", json=why, headers=TINA)
    by_a_student = await client.post(place, json=why, headers=BOB)
    unread = list(edge.privacy.readings.noted)
    titles = await client.post(place, json=why, headers=TINA)
    read = await client.post(f"{place}/{ThreadId(turn['thread_id'])}", json=why, headers=TINA)

    assert (refused.status_code, none.status_code, by_a_student.status_code) == (422, 404, 403)
    assert unread == []
    assert [one["id"] for one in titles.json()["items"]] == [turn["thread_id"]]
    assert [one["id"] for one in read.json()["items"]] == [turn["id"]]
    assert edge.privacy.readings.noted == 2 * [("tina", "ada", "conversations")]


async def test_before_a_guardian_agrees_only_account_and_privacy_are_open(
    edge: Edge, client: httpx.AsyncClient
) -> None:
    edge.privacy.guardians.limited.add("ada")

    asked = await client.post("/api/v1/query", json={"message": "hi"}, headers=ADA)
    open_doors = [await client.get(path, headers=ADA) for path in ("/api/v1/auth/me", f"{PRIVACY}/consents")]
    again = await client.post(f"{PRIVACY}/guardian/send", json={"guardian_email": "mum@home.org"}, headers=ADA)
    refused = await client.post(f"{PRIVACY}/guardian/answer", json={"token": "guess", "agree": True})
    agreed = await client.post(f"{PRIVACY}/guardian/answer", json={"token": "letter", "agree": True})
    free = await client.post("/api/v1/query", json={"message": "hi"}, headers=ADA)

    assert (asked.status_code, asked.json()["reason"]) == (403, "guardian")
    assert [response.status_code for response in open_doors] == [200, 200]
    assert (again.status_code, refused.status_code, agreed.status_code, free.status_code) == (202, 422, 204, 200)


async def test_registering_asks_for_an_age_where_the_school_does(edge: Edge, client: httpx.AsyncClient) -> None:
    edge.privacy.guardians.ages = True
    person = {"email": "eve@school.org", "name": "Eve", "password": "correct horse"}

    without = await client.post("/api/v1/auth/register", json=person)
    young = {"birth_date": "2020-01-01", "guardian_email": "mum@home.org"}
    taken = await client.post("/api/v1/auth/register", json=person | young)

    assert (without.status_code, taken.status_code) == (422, 202)
    assert edge.privacy.guardians.asked == ["eve@school.org"]
    assert edge.people.gates[0] is not None
