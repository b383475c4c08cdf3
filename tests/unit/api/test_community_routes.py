"""The community over HTTP: who may, what it looks like, and that nothing in it runs."""

from typing import Any

import httpx
import pytest

from tests.edge import ADA, BOB, TINA, Edge, bearer

POSTS, ENTRIES = "/api/v1/community/posts", "/api/v1/community/entries"
NEW = {"title": "Why?", "body": "`range(3)` never gives **3**.", "tags": ["loops"]}


async def test_a_stranger_reads_and_writes_nothing(client: httpx.AsyncClient) -> None:
    calls = [
        await client.get(POSTS), await client.get(f"{POSTS}/p1"), await client.post(POSTS, json=NEW),
        await client.post(f"{ENTRIES}/p1/comments", json={"body": "x"}), await client.delete(f"{ENTRIES}/p1"),
    ]  # fmt: skip

    assert {one.status_code for one in calls} == {401}


async def test_a_student_waiting_for_a_guardian_stays_out(client: httpx.AsyncClient, edge: Edge) -> None:
    edge.privacy.guardians.limited.add("ada")

    assert (await client.get(POSTS, headers=ADA)).status_code == 403
    assert (await client.post(POSTS, json=NEW, headers=ADA)).status_code == 403


async def test_a_post_is_written_read_and_answered(client: httpx.AsyncClient) -> None:
    made = await client.post(POSTS, json=NEW, headers=ADA)
    post = made.json()
    reply = await client.post(f"{ENTRIES}/{post['id']}/comments", json={"body": "Look at its *end*."}, headers=BOB)
    read = (await client.get(f"{POSTS}/{post['id']}", headers=ADA)).json()
    listed = (await client.get(POSTS, headers=ADA)).json()

    assert (made.status_code, reply.status_code) == (201, 201)
    assert post["author"] == {"id": "ada", "name": "Ada", "role": "student"}
    assert post["html"] == "<p><code>range(3)</code> never gives <strong>3</strong>.</p>\n"
    assert [(one["depth"], one["html"]) for one in read["comments"]] == [(1, "<p>Look at its <em>end</em>.</p>\n")]
    assert [one["id"] for one in listed["items"]] == ["p1", post["id"]]


async def test_words_come_back_as_they_were_beside_html_in_which_nothing_runs(client: httpx.AsyncClient) -> None:
    attack = "<script>alert(1)</script> [a](javascript:alert(1)) ![x](https://evil.example/p.gif)"
    post = (await client.post(POSTS, json={**NEW, "body": attack}, headers=ADA)).json()

    assert post["body"] == attack
    assert "<script" not in post["html"]
    assert "<img" not in post["html"]
    assert 'href="javascript' not in post["html"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**NEW, "title": ""},
        {**NEW, "title": "t" * 201},
        {**NEW, "body": "b" * 10_001},
        {**NEW, "body": "a\x00b"},
        {**NEW, "body": " "},
        {**NEW, "tags": ["two words"]},
        {**NEW, "topic": "no/such"},
        {**NEW, "audience": "world"},
        {**NEW, "author": "bob"},
        {**NEW, "hidden_at": None},
    ],
)
async def test_an_unsound_post_is_refused(body: Any, client: httpx.AsyncClient, edge: Edge) -> None:
    response = await client.post(POSTS, json=body, headers=ADA)

    assert response.status_code == 422
    assert list(edge.community.board.entries) == ["p1"]


async def test_words_of_distress_are_looked_for_wherever_somebody_writes(client: httpx.AsyncClient, edge: Edge) -> None:
    await client.post(POSTS, json={**NEW, "title": "I am worthless"}, headers=ADA)
    await client.post(f"{ENTRIES}/p1/comments", json={"body": "so worthless"}, headers=ADA)
    await client.patch(f"{ENTRIES}/p1", json={"body": "worthless"}, headers=ADA)
    await client.post(POSTS, json=NEW, headers=ADA)

    assert [worry is not None for _, worry in edge.community.board.worries] == [True, True, True, False]


async def test_anothers_words_are_not_ones_own_to_change(client: httpx.AsyncClient) -> None:
    changed = await client.patch(f"{ENTRIES}/p1", json={"body": "x"}, headers=BOB)
    deleted = await client.delete(f"{ENTRIES}/p1", headers=BOB)
    absent = await client.patch(f"{ENTRIES}/p9", json={"body": "x"}, headers=ADA)

    assert (changed.status_code, deleted.status_code, absent.status_code) == (403, 403, 404)
    assert (await client.delete(f"{ENTRIES}/p1", headers=ADA)).status_code == 204


async def test_likes_are_given_and_taken(client: httpx.AsyncClient) -> None:
    given = (await client.post(f"{ENTRIES}/p1/like", headers=BOB)).json()
    taken = (await client.delete(f"{ENTRIES}/p1/like", headers=BOB)).json()

    assert (given["likes"], given["liked"], taken["likes"]) == (1, True, 0)


async def test_the_tutor_is_asked_as_a_turn_of_the_authors_own(client: httpx.AsyncClient) -> None:
    asked = await client.post(f"{POSTS}/p1/ask-tutor", headers=ADA)
    again = await client.post(f"{POSTS}/p1/ask-tutor", headers=ADA)
    turn = await client.get(f"/api/v1/turns/{asked.json()['turn_id']}", headers=ADA)

    assert (asked.status_code, turn.status_code) == (202, 200)
    assert asked.json() == again.json()
    assert (await client.post(f"{POSTS}/p1/ask-tutor", headers=BOB)).status_code == 403


@pytest.mark.parametrize("verb", ["hide", "restore", "keep"])
async def test_moderation_is_for_staff(verb: str, client: httpx.AsyncClient, edge: Edge) -> None:
    body = {"reason": "unkind", "words": "x"} if verb == "hide" else {"words": "x"} if verb == "restore" else None
    refused = await client.post(f"{ENTRIES}/p1/{verb}", json=body, headers=ADA)
    absent = await client.post(f"{ENTRIES}/p9/{verb}", json=body, headers=TINA)
    done = await client.post(f"{ENTRIES}/p1/{verb}", json=body, headers=TINA)

    assert (refused.status_code, absent.status_code, done.status_code) == (403, 404, 200)
    assert [act[:2] for act in edge.community.moderation.done] == [(verb, "p1")]


async def test_a_decision_to_show_it_again_has_its_reason(client: httpx.AsyncClient) -> None:
    assert (await client.post(f"{ENTRIES}/p1/restore", json={}, headers=TINA)).status_code == 422
    assert (await client.post(f"{ENTRIES}/p1/hide", json={"words": "x"}, headers=TINA)).status_code == 422


async def test_reports_are_made_by_all_and_read_by_staff(client: httpx.AsyncClient) -> None:
    made = [await client.post(f"{ENTRIES}/p1/report", json={"reason": "unkind"}, headers=BOB) for _ in range(2)]
    queue = await client.get("/api/v1/community/reports", headers=TINA)

    assert [one.json() for one in made] == [{"new": True}, {"new": False}]
    assert queue.json()["items"][0]["entry"]["id"] == "p1"
    assert (await client.get("/api/v1/community/reports", headers=BOB)).status_code == 403


async def test_writing_is_limited_a_minute(edge: Edge) -> None:
    edge.settings = edge.settings.model_copy(update={"turns_per_minute": 3})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(edge.app()), base_url="http://edge") as client:
        statuses = [(await client.post(POSTS, json=NEW, headers=ADA)).status_code for _ in range(4)]
        other = await client.post(POSTS, json=NEW, headers=bearer("student-eve"))

    assert statuses == [201, 201, 201, 429]
    assert other.status_code == 201
