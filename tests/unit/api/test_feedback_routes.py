"""Thumbs over HTTP, and leaving experiments."""

import httpx
import pytest

from tests.edge import ADA, BOB, Edge

UP = {"verdict": "up", "helped": True, "words": "Now I see it."}


async def asked(client: httpx.AsyncClient) -> str:
    answer = await client.post("/api/v1/query", headers=ADA, json={"message": "What is a list?"})
    return f"/api/v1/turns/{answer.json()['id']}/feedback"


async def test_anonymous_has_no_opinion(client: httpx.AsyncClient) -> None:
    assert (await client.post(await asked(client), json=UP)).status_code == 401


async def test_anothers_turn_is_not_found(client: httpx.AsyncClient) -> None:
    place = await asked(client)

    assert (await client.post(place, headers=BOB, json=UP)).status_code == 404
    await client.post(place, headers=ADA, json=UP)
    assert (await client.get(place, headers=BOB)).status_code == 404


async def test_a_thumb_is_kept_replaced_and_taken_back(client: httpx.AsyncClient) -> None:
    place = await asked(client)

    given = await client.post(place, headers=ADA, json=UP)
    again = await client.post(place, headers=ADA, json={"verdict": "down"})
    read = await client.get(place, headers=ADA)
    gone = await client.delete(place, headers=ADA)

    assert given.json() == UP
    assert again.json() == read.json() == {"verdict": "down", "helped": None, "words": ""}
    assert (gone.status_code, (await client.get(place, headers=ADA)).status_code) == (204, 404)


@pytest.mark.parametrize(
    "body", [{"verdict": "sideways"}, {}, {"verdict": "up", "words": "a" * 2001}, UP | {"stars": 5}]
)
async def test_an_opinion_of_another_form_is_refused(body: dict[str, object], client: httpx.AsyncClient) -> None:
    assert (await client.post(await asked(client), headers=ADA, json=body)).status_code == 422


async def test_a_turn_that_runs_has_no_opinion_yet(client: httpx.AsyncClient, edge: Edge) -> None:
    edge.turns.hold = True
    answer = await client.post("/api/v1/query?wait=false", headers=ADA, json={"message": "hello"})

    early = await client.post(f"/api/v1/turns/{answer.json()['id']}/feedback", headers=ADA, json=UP)
    edge.turns.release()

    assert early.status_code == 409


async def test_a_student_leaves_all_experiments_and_comes_back(client: httpx.AsyncClient) -> None:
    left = await client.post("/api/v1/experiments/me", headers=ADA, json={"take_part": False})
    seen = await client.get("/api/v1/experiments/me", headers=ADA)
    others = await client.get("/api/v1/experiments/me", headers=BOB)
    await client.post("/api/v1/experiments/me", headers=ADA, json={"take_part": True})

    assert left.json() == seen.json() == {"take_part": False}
    assert others.json() == {"take_part": True}
    assert (await client.get("/api/v1/experiments/me", headers=ADA)).json() == {"take_part": True}
