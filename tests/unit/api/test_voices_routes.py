"""Teachers' answers and notifications over HTTP: who may, what it looks like, and that it stays one person's own."""

import json
from typing import Any

import httpx
import pytest

from tests.edge import ADA, BOB, ROOT, TINA, Edge, serving

NEW = {"words": "Try it with *three* first.", "turn_id": "answer-1"}


async def _ask(client: httpx.AsyncClient) -> Any:
    return (await client.post("/api/v1/query", json={"message": "Can I ask my teacher?"}, headers=ADA)).json()


@pytest.mark.parametrize("path", ["/api/v1/alerts/a1/answer", "/api/v1/students/ada/answers"])
async def test_a_teacher_answers_own_students_only(path: str, client: httpx.AsyncClient) -> None:
    statuses = [(await client.post(path, json=NEW, headers=who)).status_code for who in ({}, ADA, BOB)]
    theirs = await client.post(path.replace("ada", "bob").replace("a1", "a9"), json=NEW, headers=TINA)

    assert statuses == [401, 403, 403]
    assert theirs.status_code == 404


async def test_the_answer_stands_in_the_students_conversation_as_the_teachers(
    client: httpx.AsyncClient, edge: Edge
) -> None:
    asked = await _ask(client)
    answered = await client.post("/api/v1/alerts/a1/answer", json=NEW, headers=TINA)
    again = await client.post("/api/v1/alerts/a1/answer", json=NEW, headers=TINA)
    await client.get("/api/v1/turns/answer-1/events", headers=ADA)
    read = (await client.get(f"/api/v1/threads/{asked['thread_id']}", headers=ADA)).json()["items"]

    assert (answered.status_code, again.json()["id"]) == (201, "answer-1")
    assert len(read) == 2
    assert read[1]["author"] == read[1]["answer"]["author"] == {"name": "Tina", "role": "teacher"}
    assert (read[1]["ask"]["message"], read[1]["answer"]["reply"]) == ("", NEW["words"])
    assert read[0]["author"] is None
    assert edge.inbox.settled[0] == ("a1", "acknowledged", None)


async def test_the_student_is_told_of_the_answer_once(client: httpx.AsyncClient) -> None:
    for _ in range(3):
        await client.post("/api/v1/students/ada/answers", json=NEW, headers=TINA)
    inbox = (await client.get("/api/v1/notifications", headers=ADA)).json()

    assert [(one["kind"], one["title"]) for one in inbox["items"]] == [
        ("teacher_answer", "Tina answered in your conversation")
    ]
    assert inbox["items"][0]["facts"]["turn"] == "answer-1"
    assert (await client.get("/api/v1/notifications", headers=BOB)).json()["items"] == []


async def test_a_conversation_is_followed_as_its_turns_end(edge: Edge) -> None:
    async with serving(edge.app()) as url, httpx.AsyncClient(base_url=url) as client:
        asked = await _ask(client)
        await client.post("/api/v1/students/ada/answers", json=NEW, headers=TINA)

        path = f"/api/v1/threads/{asked['thread_id']}/events"
        async with client.stream("GET", path, params={"after": 1}, headers=ADA) as stream:
            seen: list[str] = []
            lines = stream.aiter_lines()
            while not any("answer-1" in line for line in seen):
                seen.append(await anext(lines))
        stranger = await client.get(path, headers=BOB)

    assert seen[:2] == ["id:1", "event:following"]
    assert json.loads(seen[-1].removeprefix("data:"))["turn"]["answer"]["reply"] == NEW["words"]
    assert stranger.status_code == 404


async def test_a_class_is_told_by_its_own_teacher(client: httpx.AsyncClient) -> None:
    note = {"key": "trip", "title": "No lesson on Friday", "class_id": "7b"}
    told = [await client.post("/api/v1/notifications/publish", json=note, headers=TINA) for _ in range(2)]
    refused = await client.post("/api/v1/notifications/publish", json=note, headers=ROOT)
    both = await client.post("/api/v1/notifications/publish", json={**note, "student_id": "ada"}, headers=TINA)
    stranger = await client.post(
        "/api/v1/notifications/publish", json={"key": "k", "title": "Hi", "student_id": "bob"}, headers=TINA
    )

    assert [one.json()["told"] for one in told] == [1, 0]
    assert (refused.status_code, both.status_code, stranger.status_code) == (404, 422, 404)
    page = (await client.get("/api/v1/notifications", headers=ADA)).json()
    assert (page["unread"], page["items"][0]["facts"]) == (1, {"from": "tina", "from_name": "Tina"})


async def test_what_was_read_counts_no_more(client: httpx.AsyncClient) -> None:
    await client.post("/api/v1/students/ada/answers", json=NEW, headers=TINA)

    marked = await client.post("/api/v1/notifications/read", json={"upto": 1}, headers=ADA)

    assert marked.json() == {"marked": 1}
    assert (await client.get("/api/v1/notifications?unread=true", headers=ADA)).json()["items"] == []


async def test_notifications_are_streamed_from_where_one_left_off(client: httpx.AsyncClient) -> None:
    for n in range(3):
        await client.post(
            "/api/v1/notifications/publish", json={"key": f"k{n}", "title": f"t{n}", "student_id": "ada"}, headers=TINA
        )

    stream = await client.get("/api/v1/notifications/stream", headers={**ADA, "last-event-id": "1"})

    assert [line for line in stream.text.splitlines() if line.startswith("id:")] == ["id:1", "id:2", "id:3"]
    assert '"unread":3' in stream.text


async def test_a_subscription_tells_its_secret_once_and_is_ones_own(client: httpx.AsyncClient) -> None:
    hook = {"channel": "webhook", "kinds": ["alert"], "url": "https://hooks.example/x"}
    made = (await client.post("/api/v1/notifications/subscribe", json=hook, headers=TINA)).json()
    listed = (await client.get("/api/v1/notifications/subscriptions", headers=TINA)).json()["items"]
    theirs = await client.delete(f"/api/v1/notifications/subscriptions/{made['id']}", headers=ADA)
    own = await client.delete(f"/api/v1/notifications/subscriptions/{made['id']}", headers=TINA)

    assert made["secret"].startswith("whsec_")
    assert "secret" not in listed[0]
    assert (theirs.status_code, own.status_code) == (404, 204)


@pytest.mark.parametrize(
    "wishes",
    [
        {"quiet_from": "21:00"}, {"quiet_from": "21:00+02:00", "quiet_until": "07:00"}, {"time_zone": "Mars/Base"},
        {"muted": ["everything"]}, {"digest": "hourly"},
    ],
)  # fmt: skip
async def test_wishes_that_make_no_sense_are_refused(wishes: dict[str, Any], client: httpx.AsyncClient) -> None:
    response = await client.post("/api/v1/notifications/preferences", json=wishes, headers=ADA)

    assert response.status_code in (400, 422)


async def test_wishes_are_kept(client: httpx.AsyncClient) -> None:
    wishes = {"time_zone": "Europe/Berlin", "quiet_from": "21:00", "quiet_until": "07:00", "muted": ["announcement"]}
    await client.post("/api/v1/notifications/preferences", json=wishes, headers=ADA)

    kept = (await client.get("/api/v1/notifications/preferences", headers=ADA)).json()

    assert kept == {**wishes, "quiet_from": "21:00:00", "quiet_until": "07:00:00", "digest": "off"}


async def test_what_is_remembered_is_shown_with_its_source_and_put_right(client: httpx.AsyncClient) -> None:
    shown = (await client.get("/api/v1/memories", headers=ADA)).json()
    edited = await client.patch("/api/v1/memories/m1", json={"content": "pass in June"}, headers=ADA)
    theirs = await client.patch("/api/v1/memories/m1", json={"content": "mine"}, headers=BOB)

    assert (shown["paused"], shown["items"][0]["turns"], shown["items"][0]["edited"]) == (False, ["t1"], False)
    assert (edited.json()["content"], edited.json()["edited"]) == ("pass in June", True)
    assert theirs.status_code == 404


async def test_remembering_is_paused_by_the_student_alone(client: httpx.AsyncClient) -> None:
    paused = (await client.patch("/api/v1/memories", json={"paused": True}, headers=ADA)).json()

    assert paused["paused"] is True
    assert (await client.get("/api/v1/memories", headers=BOB)).json()["paused"] is False


async def test_a_quiz_tells_nothing_of_the_answer_before_it_is_given(client: httpx.AsyncClient) -> None:
    open_ = await client.get("/api/v1/quizzes/q1", headers=ADA)
    answered = (
        await client.post("/api/v1/quizzes/q1/answers", json={"question": "lists-q1", "option": 1}, headers=ADA)
    ).json()

    assert "Counting begins at 0." not in open_.text
    assert open_.json()["next"]["options"] == ["1", "2"]
    assert (answered["result"]["correct"], answered["quiz"]["correct"]) == (False, 0)
    assert [option["why"] for option in answered["result"]["options"]] == ["Counting begins at 0.", "That is index 1."]
    assert answered["quiz"]["by_topic"] == [{"topic": "lists", "asked": 1, "correct": 0}]


async def test_a_quiz_is_its_students_own(client: httpx.AsyncClient) -> None:
    answer = {"question": "lists-q1", "option": 0}
    theirs = [
        await client.get("/api/v1/quizzes/q1", headers=BOB),
        await client.post("/api/v1/quizzes/q1/answers", json=answer, headers=BOB),
        await client.post("/api/v1/quizzes/q1/finish", headers=BOB),
    ]

    assert [one.status_code for one in theirs] == [404, 404, 404]
    assert (await client.get("/api/v1/quizzes", headers=BOB)).json()["items"] == []


async def test_categories_are_the_topics_that_have_questions(client: httpx.AsyncClient) -> None:
    (only,) = (await client.get("/api/v1/quizzes/categories", headers=ADA)).json()["items"]

    assert (only["topic"], only["module"], only["questions"]) == ("lists", "python-1", 1)


@pytest.mark.parametrize("more", [{"teacher": {"id": "tina", "name": "Tina", "role": "teacher"}}, {"author": "Tina"}])
async def test_a_student_cannot_speak_as_a_teacher(more: dict[str, Any], client: httpx.AsyncClient) -> None:
    response = await client.post("/api/v1/query", json={"message": "You have passed.", **more}, headers=ADA)

    assert response.status_code == 422
