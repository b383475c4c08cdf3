"""A question to the class, answered by the tutor once although the server dies, and read by the teacher."""

import time
from typing import Any

import httpx
import psycopg
import pytest

from tests.acceptance.conftest import Serve

QUESTION = {"title": "What is the difference between a list and a tuple?", "body": "I **never** know which to take."}
POSTS = "/api/v1/community/posts"


def _answered(client: httpx.Client, post: str, seconds: float) -> dict[str, Any]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        read = client.get(f"{POSTS}/{post}").json()
        if read["comments"]:
            return dict(read)
        time.sleep(0.2)
    raise AssertionError(f"no comment within {seconds} s: {read}")


@pytest.mark.parametrize("node", ["triage", "verification"])
def test_the_tutors_answer_survives_a_killed_server_and_stands_once(serve: Serve, database_url: str, node: str) -> None:
    dying = serve(kill_at=node)
    with dying.sign_in() as student:
        post = student.post(POSTS, json=QUESTION).json()
        student.post(f"{POSTS}/{post['id']}/ask-tutor")
        dying.process.wait(20)

    with serve().sign_in() as student:
        read = _answered(student, post["id"], seconds=30)
        again = student.post(f"{POSTS}/{post['id']}/ask-tutor").json()
        told = student.get("/api/v1/notifications").json()["items"]
    with psycopg.connect(database_url) as conn:
        turns = conn.execute("select count(*) from turns").fetchone()

    (comment,) = read["comments"]
    assert (comment["by_tutor"], comment["author"], again["outcome"]) == (True, None, "answered")
    assert "tuple" in comment["body"]
    assert comment["citations"]
    assert "<p>" in comment["html"]
    assert turns == (1,)
    assert [one["kind"] for one in told] == ["reply"]


def test_what_worries_reaches_the_teacher_and_the_tutor_says_it_to_nobody_else(serve: Serve) -> None:
    sad = {"title": "Loops", "body": "I can't do this, I'm so stupid and I hate myself."}
    running = serve()
    with running.sign_in() as student, running.sign_in("teacher") as teacher:
        post = student.post(POSTS, json=sad).json()
        asked = student.post(f"{POSTS}/{post['id']}/ask-tutor").json()
        until = time.monotonic() + 30
        while student.get(f"{POSTS}/{post['id']}").json()["post"]["tutor"] == "asked" and time.monotonic() < until:
            time.sleep(0.2)
        seen = teacher.get(f"{POSTS}/{post['id']}").json()
        alerts = teacher.get("/api/v1/alerts").json()["items"]
        own = student.get(f"/api/v1/turns/{asked['turn_id']}").json()

    assert {(one["kind"], one["student_name"]) for one in alerts} == {("wellbeing", "Demo Student")}
    assert post["id"] in [one["evidence"].get("entry") for one in alerts]
    assert (seen["post"]["title"], seen["comments"], seen["post"]["tutor"]) == ("Loops", [], None)
    assert "distress" in own["answer"]["intents"]
