"""Second factors, other providers, profiles and admins, over HTTP; what will go says so; limits are told."""

from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from api.versions import DEPRECATED
from core.settings import ApiSettings
from tests.edge import ADA, BOB, ROOT, TINA, Edge, bearer

AUTH, ADMIN = "/api/v1/auth", "/api/v1/admin"


# --- signing in ----------------------------------------------------------------------------------------------------


async def test_a_second_step_is_asked_for_and_taken(edge: Edge, client: httpx.AsyncClient) -> None:
    edge.sign_in.second = True
    account = {"email": "ada@school.org", "password": "right"}
    found = [
        await client.post(f"{AUTH}/login", json=account | more) for more in ({}, {"code": "1"}, {"code": "123456"})
    ]

    assert [one.status_code for one in found] == [401, 401, 200]
    assert [one.json()["reason"] for one in found[:2]] == ["code_needed", "code_wrong"]


async def test_a_second_factor_from_its_secret_to_its_end(client: httpx.AsyncClient) -> None:
    stranger = await client.post(f"{AUTH}/totp", json={"password": "right"})
    wrong = await client.post(f"{AUTH}/totp", json={"password": "wrong"}, headers=ADA)
    enrolled = await client.post(f"{AUTH}/totp", json={"password": "right"}, headers=ADA)
    unconfirmed = await client.post(f"{AUTH}/totp/confirm", json={"code": "1"}, headers=ADA)
    confirmed = await client.post(f"{AUTH}/totp/confirm", json={"code": "123456"}, headers=ADA)
    state = await client.get(f"{AUTH}/totp", headers=ADA)
    kept_on = await client.post(f"{AUTH}/totp/disable", json={"password": "right", "code": "1"}, headers=ADA)
    off = await client.post(f"{AUTH}/totp/disable", json={"password": "right", "code": "123456"}, headers=ADA)

    assert (stranger.status_code, wrong.status_code, unconfirmed.status_code) == (401, 401, 422)
    assert enrolled.json()["uri"].startswith("otpauth://")
    assert confirmed.json()["codes"]
    assert state.json() == {"enabled": True, "recovery_codes_left": 10}
    assert (kept_on.status_code, off.status_code) == (401, 204)


async def test_a_providers_token_is_exchanged_and_linked(client: httpx.AsyncClient) -> None:
    exchanged = await client.post(f"{AUTH}/oidc", json={"token": "elsewhere-ada"})
    forged = await client.post(f"{AUTH}/oidc", json={"token": "forged"})
    linked = await client.post(f"{AUTH}/identities", json={"token": "elsewhere-ada"}, headers=ADA)
    stranger = await client.post(f"{AUTH}/identities", json={"token": "elsewhere-ada"})

    assert exchanged.json()["access_token"] == "student-ada"
    assert [one.status_code for one in (forged, linked, stranger)] == [401, 204, 401]


# --- profile -------------------------------------------------------------------------------------------------------


async def test_a_profile_is_ones_own_and_changes_by_part(client: httpx.AsyncClient) -> None:
    stranger = await client.get("/api/v1/profile")
    changes = {"goals": ["pass"], "pace": "steady", "time_zone": "Asia/Tokyo", "accessibility": {"font_scale": 1.5}}
    changed = await client.patch("/api/v1/profile", json=changes, headers=ADA)
    again = await client.patch("/api/v1/profile", json={"language": "pt-BR"}, headers=ADA)
    bobs = await client.get("/api/v1/profile", headers=BOB)

    assert stranger.status_code == 401
    assert changed.status_code == 200
    assert again.json()["language"] == "pt-BR"
    assert again.json()["goals"] == ["pass"]
    assert again.json()["time_zone"] == "Asia/Tokyo"
    assert bobs.json()["goals"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"pace": "fast"},
        {"language": "a language"},
        {"time_zone": "Mars/Base"},
        {"goals": ["x"] * 11},
        {"goals": [""]},
        {"goals": ["x" * 201]},
        {"goals": ["a\x00b"]},
        {"accessibility": {"font_scale": 9}},
        {"accessibility": {"colour": "red"}},
        {"accessibility": None},
        {"academic": {"year": 0}},
        {"academic": {"subjects": ["x"] * 21}},
        {"role": "admin"},
        {"email": "a@b.org"},
    ],
)
async def test_a_profile_takes_only_what_it_knows(wrong: dict[str, Any], client: httpx.AsyncClient) -> None:
    assert (await client.patch("/api/v1/profile", json=wrong, headers=ADA)).status_code == 422


async def test_onboarding_leads_through_its_steps(client: httpx.AsyncClient) -> None:
    begun = (await client.get("/api/v1/onboarding", headers=ADA)).json()
    for step in begun["steps"][:-1]:
        found = (await client.post(f"/api/v1/onboarding/{step['id']}", json={}, headers=ADA)).json()
    last = begun["steps"][-1]["id"]
    done = (await client.post(f"/api/v1/onboarding/{last}", json={"skipped": True}, headers=ADA)).json()
    unknown = await client.post("/api/v1/onboarding/moon", json={}, headers=ADA)

    assert (begun["next"], begun["done"]) == ("welcome", 0)
    assert (found["next"], round(found["done"], 2)) == (last, 0.8)
    assert (done["next"], done["done"], done["steps"][-1]["state"]) == (None, 1, "skipped")
    assert unknown.status_code == 404


# --- admins --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", [ADA, TINA, bearer("curriculum-c"), bearer("evaluator-e")])
async def test_only_admins_see_people(who: dict[str, str], client: httpx.AsyncClient) -> None:
    for path in ("/people", "/people/ada", "/security/events"):
        assert (await client.get(ADMIN + path, headers=who)).status_code == 403


async def test_an_admin_finds_people_page_by_page(client: httpx.AsyncClient) -> None:
    first = (await client.get(f"{ADMIN}/people?limit=1", headers=ROOT)).json()
    second = (await client.get(f"{ADMIN}/people?limit=1&cursor={first['next_cursor']}", headers=ROOT)).json()
    one = (await client.get(f"{ADMIN}/people/ada", headers=ROOT)).json()
    nobody = await client.get(f"{ADMIN}/people/nobody", headers=ROOT)

    assert [page["items"][0]["id"] for page in (first, second)] == ["ada", "bob"]
    assert (one["memberships"][0]["part"], one["second_factor"], len(one["devices"])) == ("student", False, 2)
    assert nobody.status_code == 404


async def test_each_change_says_who_made_it(edge: Edge, client: httpx.AsyncClient) -> None:
    calls: list[tuple[str, str, Any]] = [
        ("POST", "/people", {"email": "n@school.org", "name": "N", "role": "teacher", "password": "correct horse"}),
        ("POST", "/people/ada/role", {"role": "teacher"}),
        ("POST", "/people/ada/disable", None),
        ("POST", "/people/ada/enable", None),
        ("POST", "/classes/7b/members", {"person_id": "ada"}),
        ("DELETE", "/classes/7b/members/ada", None),
    ]
    found = [await client.request(method, ADMIN + path, json=body, headers=ROOT) for method, path, body in calls]

    assert [one.status_code for one in found] == [201, 200, 204, 204, 204, 204]
    assert [(change[0], change[-1]) for change in edge.people.changed] == [
        (what, "root") for what in ("add", "role", "disable", "enable", "enrol", "unenrol")
    ]


async def test_the_last_admin_cannot_lock_everybody_out(edge: Edge, client: httpx.AsyncClient) -> None:
    lowered = await client.post(f"{ADMIN}/people/root/role", json={"role": "student"}, headers=ROOT)
    barred = await client.post(f"{ADMIN}/people/root/disable", headers=ROOT)

    assert (lowered.status_code, barred.status_code) == (403, 403)
    assert edge.people.changed == []


async def test_a_role_that_there_is_not_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post(f"{ADMIN}/people/ada/role", json={"role": "king"}, headers=ROOT)

    assert answer.status_code == 422


async def test_a_second_factor_is_reset_and_devices_are_ended(client: httpx.AsyncClient) -> None:
    reset = await client.post(f"{ADMIN}/people/bob/totp/reset", headers=ROOT)
    again = await client.post(f"{ADMIN}/people/bob/totp/reset", headers=ROOT)
    ended = await client.delete(f"{ADMIN}/people/ada/sessions", headers=ROOT)

    assert (reset.status_code, again.status_code, ended.json()) == (204, 404, {"ended": 2})


async def test_an_admin_reads_security_events(client: httpx.AsyncClient) -> None:
    found = (await client.get(f"{ADMIN}/security/events?kind=scr", headers=ROOT)).json()

    assert [(one["kind"], one["person"]) for one in found["items"]] == [("scraping", "ada")]


async def test_what_looks_like_an_attack_at_the_edge_is_counted(edge: Edge, client: httpx.AsyncClient) -> None:
    for _ in range(10):
        await client.get(f"{ADMIN}/people", headers=ADA)
    for n in range(60):
        await client.get(f"/api/v1/turns/someones-{n}", headers=BOB)

    seen = [edge.watchman._waiting.get_nowait() for _ in range(edge.watchman._waiting.qsize())]
    assert [(one.kind, one.person) for one in seen] == [("forbidden_burst", "ada"), ("scraping", "bob")]


# --- limits and versions -------------------------------------------------------------------------------------------


async def test_each_answer_tells_what_is_left(client: httpx.AsyncClient) -> None:
    found = [(await client.get("/api/v1/threads", headers=ADA)).headers for _ in range(3)]

    assert [one["ratelimit-remaining"] for one in found] == ["599", "598", "597"]
    assert (found[0]["ratelimit-limit"], found[0]["ratelimit-policy"]) == ("600", "600;w=60")
    assert 1 <= int(found[0]["ratelimit-reset"]) <= 61


async def test_many_people_behind_one_address_share_a_wider_limit() -> None:
    app = Edge(settings=ApiSettings(address_requests_per_minute=5)).app()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://edge") as client:
        found = [(await client.get("/api/v1/threads", headers=bearer(f"student-s{n}"))) for n in range(6)]

    assert [one.status_code for one in found] == [200] * 5 + [429]
    assert int(found[-1].headers["retry-after"]) >= 1


async def test_what_will_go_says_when_and_what_comes_instead(edge: Edge, client: httpx.AsyncClient) -> None:
    old = await client.post("/api/v1/progress/time-zone", json={"time_zone": "Asia/Tokyo"}, headers=ADA)
    stays = await client.get("/api/v1/profile", headers=ADA)
    document = (await client.get("/openapi.json")).json()

    assert old.headers["deprecation"].startswith("@")
    assert parsedate_to_datetime(old.headers["sunset"]).timestamp() > int(old.headers["deprecation"][1:])
    assert old.headers["link"] == '</api/v1/profile>; rel="successor-version"'
    assert "deprecation" not in stays.headers
    assert document["paths"]["/api/v1/progress/time-zone"]["post"]["deprecated"] is True


def test_what_is_listed_exists_and_so_does_its_successor_with_half_a_year_to_move() -> None:
    routes = Edge().app().routes
    known = {(method, route.path) for route in routes for method in getattr(route, "methods", None) or ()}

    for entry, found in DEPRECATED.items():
        assert entry in known
        assert found.successor in {path for _, path in known}
        assert (found.sunset - found.since).days >= 180
