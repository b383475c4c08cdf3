"""Confirming an address, changing a password, and signing devices out, over HTTP."""

import httpx
import pytest

from core.settings import ApiSettings
from tests.edge import ADA, Edge

AUTH = "/api/v1/auth"


@pytest.mark.parametrize("path", ["/sessions", "/me"])
async def test_a_stranger_has_no_devices(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(AUTH + path)).status_code == 401


async def test_my_devices_are_listed_and_this_one_is_marked(client: httpx.AsyncClient) -> None:
    found = (await client.get(f"{AUTH}/sessions", headers=ADA)).json()["items"]

    assert [(one["id"], one["label"], one["current"]) for one in found] == [
        ("ada-phone", "phone", True),
        ("ada-laptop", "laptop", False),
    ]


async def test_a_device_of_mine_is_ended_and_anothers_is_not_found(edge: Edge, client: httpx.AsyncClient) -> None:
    mine = await client.delete(f"{AUTH}/sessions/ada-laptop", headers=ADA)
    anothers = await client.delete(f"{AUTH}/sessions/bob-laptop", headers=ADA)
    nonsense = await client.delete(f"{AUTH}/sessions/a%20b%00", headers=ADA)

    assert (mine.status_code, anothers.status_code, nonsense.status_code) == (204, 404, 422)
    assert edge.sign_in.ended == ["ada-laptop"]


async def test_a_device_is_called_what_it_says_or_by_its_browser(edge: Edge, client: httpx.AsyncClient) -> None:
    account = {"email": "ada@school.org", "password": "right"}
    await client.post(f"{AUTH}/login", json={**account, "device": "my phone"})
    await client.post(f"{AUTH}/login", json=account, headers={"User-Agent": "curl/8"})

    assert edge.sign_in.agents == ["my phone", "curl/8"]


async def test_who_has_not_confirmed_is_reminded_at_sign_in(edge: Edge, client: httpx.AsyncClient) -> None:
    account = {"email": "ada@school.org", "password": "right"}
    confirmed = (await client.post(f"{AUTH}/login", json=account)).json()
    edge.sign_in.confirmed = False
    reminded = (await client.post(f"{AUTH}/login", json=account)).json()

    assert confirmed["notice"] is None
    assert "confirm" in reminded["notice"]
    assert reminded["access_token"]


@pytest.mark.parametrize(("path", "kind"), [("/password/forgot", "reset letter"), ("/email/send", "confirmation")])
async def test_asking_for_a_letter_is_answered_the_same_for_any_text(
    edge: Edge, client: httpx.AsyncClient, path: str, kind: str
) -> None:
    answers = [await client.post(AUTH + path, json={"email": to}) for to in ("ada@school.org", "no@school.org", "x")]

    assert {(answer.status_code, answer.text) for answer in answers} == {(202, '{"status":"accepted"}')}
    assert edge.recovery.done == [(kind, "ada@school.org"), (kind, "no@school.org"), (kind, "x")]


@pytest.mark.parametrize(
    ("path", "body"), [("/email/confirm", {}), ("/password/reset", {"password": "a new password"})]
)
async def test_a_good_code_works_and_another_is_a_clear_problem(
    client: httpx.AsyncClient, path: str, body: dict[str, str]
) -> None:
    good = await client.post(AUTH + path, json={"token": "good", **body})
    bad = await client.post(AUTH + path, json={"token": "a bad secret", **body})

    assert (good.status_code, bad.status_code) == (204, 422)
    assert bad.json()["field"] == "token"
    assert "a bad secret" not in bad.text


async def test_a_password_is_changed_by_who_knows_it(edge: Edge, client: httpx.AsyncClient) -> None:
    body = {"current_password": "right", "new_password": "a new password"}
    stranger = await client.post(f"{AUTH}/password/change", json=body)
    wrong = await client.post(f"{AUTH}/password/change", json={**body, "current_password": "x"}, headers=ADA)
    mine = await client.post(f"{AUTH}/password/change", json=body, headers=ADA)

    assert (stranger.status_code, wrong.status_code, mine.status_code) == (401, 401, 204)
    assert edge.recovery.done == [("change", "ada", "a new password")]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/email/send", {"email": "a@b.example"}),
        ("/email/confirm", {"token": "x"}),
        ("/password/forgot", {"email": "a@b.example"}),
        ("/password/reset", {"token": "x", "password": "y"}),
    ],
)
async def test_letters_and_codes_are_counted_by_address(path: str, body: dict[str, str]) -> None:
    app = Edge(settings=ApiSettings(sign_ins_per_minute=3)).app()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://edge") as client:
        found = [(await client.post(AUTH + path, json=body)).status_code for _ in range(4)]

    assert found[3] == 429
    assert 429 not in found[:3]
