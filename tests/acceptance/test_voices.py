"""A question goes to the teacher on one server, and the answer comes back on the other."""

import json
from collections.abc import Iterator
from typing import Any

from tests.acceptance.conftest import Serve


def _next(lines: Iterator[str], kind: str) -> dict[str, Any]:
    """What the next event of this kind carries."""
    wanted = False
    for line in lines:
        if line.startswith("event:"):
            wanted = line == f"event:{kind}"
        elif wanted and line.startswith("data:"):
            return dict(json.loads(line.removeprefix("data:")))
    raise AssertionError(f"the stream ended without {kind}")


def test_a_student_asks_and_hears_the_teacher_whichever_server_each_is_on(serve: Serve) -> None:
    with serve().sign_in() as student, serve().sign_in("teacher") as teacher:
        with teacher.stream("GET", "/api/v1/notifications/stream") as inbox:
            told = inbox.iter_lines()
            _next(told, "watching")
            asked = student.post("/api/v1/query", json={"message": "I am lost. Can I ask my teacher?"}).json()
            notice = _next(told, "notification")["notification"]
        with student.stream("GET", f"/api/v1/threads/{asked['thread_id']}/events") as followed:
            turns = followed.iter_lines()
            _next(turns, "following")
            teacher.post(f"/api/v1/alerts/{notice['facts']['alert']}/answer", json={"words": "Come to my desk."})
            turn = _next(turns, "turn")["turn"]
        following = student.post(
            "/api/v1/query", json={"message": "Thank you!", "thread_id": asked["thread_id"]}
        ).json()
        (alert,) = teacher.get("/api/v1/alerts").json()["items"]

    assert "Your teacher has been asked" in asked["answer"]["reply"]
    assert (notice["kind"], notice["title"]) == ("alert", "Demo Student: asked teacher (medium)")
    assert turn["thread_id"] == asked["thread_id"]
    assert (turn["author"]["name"], turn["answer"]["reply"]) == ("Demo Teacher", "Come to my desk.")
    assert (following["seq"], following["author"], following["status"]) == (3, None, "done")
    assert alert["status"] == "acknowledged"
