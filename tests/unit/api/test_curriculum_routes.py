"""The curriculum team's doors: uploads in bounds, looked at before they are published."""

import asyncio

import httpx
import pytest

from core.errors import Invalid
from core.settings import ApiSettings
from tests.edge import ADA, ROOT, TINA, Edge, FakeUpload, bearer

CARA = bearer("curriculum-cara")
UPLOADS = "/api/v1/curriculum/uploads"


@pytest.mark.parametrize("who", [ADA, TINA])
async def test_students_and_teachers_cannot_change_the_course(
    client: httpx.AsyncClient, edge: Edge, who: dict[str, str]
) -> None:
    sent = await client.post(f"{UPLOADS}?name=a.zip", content=b"x", headers=who)
    published = await client.post("/api/v1/curriculum/versions/v2/publish", headers=who)

    assert (sent.status_code, published.status_code) == (403, 403)
    assert (edge.desk.taken, edge.desk.live) == ([], "v1")


@pytest.mark.parametrize("who", [CARA, ROOT])
async def test_an_upload_is_taken_on_and_says_where_to_look(
    client: httpx.AsyncClient, edge: Edge, who: dict[str, str]
) -> None:
    response = await client.post(f"{UPLOADS}?name=a.zip&place=python/09-new", content=b"PK", headers=who)

    assert response.status_code == 202
    assert edge.desk.taken[0][:2] == ("a.zip", b"PK")
    assert edge.desk.taken[0][3:] == ("python/09-new", False)
    assert (await client.get(response.headers["location"], headers=who)).json()["state"] == "ready"
    assert edge.desk.live == "v1"


async def test_an_upload_may_be_larger_than_other_bodies_but_not_endless(edge: Edge) -> None:
    edge.settings = ApiSettings(body_bytes_max=1_000, upload_bytes_max=100_000)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(edge.app()), base_url="http://edge") as client:
        fits = await client.post(f"{UPLOADS}?name=a.zip", content=b"x" * 50_000, headers=CARA)
        beyond = await client.post(f"{UPLOADS}?name=a.zip", content=b"x" * 100_001, headers=CARA)
        elsewhere = await client.post("/api/v1/query", content=b"x" * 50_000, headers=CARA)

    assert [fits.status_code, beyond.status_code, elsewhere.status_code] == [202, 413, 413]
    assert beyond.json()["bytes_max"] == 100_000


@pytest.mark.parametrize(("query", "body"), [("", b"x"), ("?name=", b"x"), ("?name=a%00b", b"x"), ("?name=a.md", b"")])
async def test_an_upload_needs_a_name_and_a_body(client: httpx.AsyncClient, query: str, body: bytes) -> None:
    response = await client.post(f"{UPLOADS}{query}", content=body, headers=CARA)

    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


async def test_an_upload_can_be_watched_and_watching_goes_on_where_it_was(client: httpx.AsyncClient) -> None:
    await client.post(f"{UPLOADS}?name=a.zip", content=b"PK", headers=CARA)

    whole = await client.get(f"{UPLOADS}/u1/events", headers=CARA)
    rest = await client.get(f"{UPLOADS}/u1/events", headers={**CARA, "Last-Event-ID": "1"})

    assert whole.headers["content-type"].startswith("text/event-stream")
    assert "event:status" in whole.text
    assert "event:ready" in whole.text
    assert "event:status" not in rest.text
    assert (await client.get(f"{UPLOADS}/u9/events", headers=CARA)).status_code == 404


async def test_a_failed_upload_shows_its_problem_by_file_and_line(client: httpx.AsyncClient, edge: Edge) -> None:
    listed = [{"file": "python/a/b.md", "line": 3, "message": "is wrong"}]
    problem = {"error": Invalid.__name__, "detail": "The curriculum has 1 problem", "problems": listed}
    edge.desk.uploads["u1"] = FakeUpload(id="u1", name="a.zip", state="failed", version=None, problem=problem)

    found = (await client.get(f"{UPLOADS}/u1", headers=CARA)).json()["problem"]

    assert found["type"] == "urn:learnflow:problem:invalid"
    assert found["status"] == 422
    assert found["problems"] == listed


async def test_versions_are_compared_previewed_published_and_taken_back(client: httpx.AsyncClient, edge: Edge) -> None:
    base = "/api/v1/curriculum"

    assert (await client.get(f"{base}/versions", headers=CARA)).json() == {"items": []}
    assert (await client.get(f"{base}/versions/v2/diff", headers=CARA)).json()["added"] == ["a.md"]
    assert (await client.get(f"{base}/versions/v2/preview?query=loop", headers=CARA)).json() == {
        "covered": False,
        "items": [],
    }
    assert (await client.post(f"{base}/versions/v2/publish", headers=CARA)).json() == {"version": "v2"}
    assert edge.desk.live == "v2"
    assert (await client.post(f"{base}/rollback", headers=CARA)).json() == {"version": "v1"}


@pytest.mark.parametrize(("method", "path"), [("get", "diff"), ("get", "preview?query=a"), ("post", "publish")])
async def test_a_version_that_is_not_there_is_not_found(client: httpx.AsyncClient, method: str, path: str) -> None:
    response = await client.request(method, f"/api/v1/curriculum/versions/v9/{path}", headers=CARA)

    assert response.status_code == 404


async def test_a_body_that_never_ends_is_given_up(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.routes.curriculum._UPLOAD_S", 0.05)

    async def slowly() -> object:
        yield b"x"
        await asyncio.sleep(5)

    response = await client.post(f"{UPLOADS}?name=a.zip", content=slowly(), headers=CARA)  # type: ignore[arg-type]

    assert response.status_code == 408


MADE = "/api/v1/curriculum/made"


async def test_what_a_model_made_is_for_the_curriculum_team_alone(client: httpx.AsyncClient) -> None:
    calls = [client.get(MADE, headers=ADA), client.get(f"{MADE}/made-1", headers=TINA)]
    calls.append(client.post(f"{MADE}/made-1/withdraw", json={}, headers=ADA))

    assert [response.status_code for response in await asyncio.gather(*calls)] == [403, 403, 403]
    assert (await client.get(MADE)).status_code == 401


async def test_an_exercise_that_was_made_is_looked_at_whole_and_withdrawn(
    client: httpx.AsyncClient, edge: Edge
) -> None:
    listed = (await client.get(MADE, headers=CARA)).json()["items"]
    whole = (await client.get(f"{MADE}/{listed[0]['id']}", headers=CARA)).json()

    gone = await client.post(f"{MADE}/{listed[0]['id']}/withdraw", json={"because": "unclear"}, headers=CARA)

    assert (whole["reference"], whole["model"], whole["measured"]) == (
        edge.made.one.exercise.reference,
        "test:m",
        {"steps": 4.0},
    )
    assert gone.json()["withdrawn_because"] == "unclear"
    assert (await client.get(MADE, headers=CARA)).json()["items"] == []
    assert len((await client.get(f"{MADE}?withdrawn=true", headers=CARA)).json()["items"]) == 1
    assert (await client.get(f"{MADE}/made-9", headers=CARA)).status_code == 404
