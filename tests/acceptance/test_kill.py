"""A process killed inside any node: the next one finishes the turn, runs no finished node again, counts nothing twice."""

import uuid
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from agents.spec import load_specs
from tests.acceptance.conftest import Serve, wait_for_answer

WRONG = "def f():\n    return 1\n"
PLANS: dict[str, tuple[str, dict[str, Any]]] = {
    "explanation": ("query", {"message": "What is the difference between a list and a tuple?"}),
    "debugging": ("debug", {"message": "Why does it crash?", "code": "numbers = [1, 2]\nprint(numbers[2])\n"}),
    "review": ("review", {"message": "Is this good code?", "code": "def f(x):\n    return x + 1\n\nprint(f(2))\n"}),
    "quiz": ("query", {"message": "A"}),
    "exercise": ("query", {"message": "Can I have an exercise on lists?"}),
    "grading": ("exercises/{exercise}/submit", {"code": WRONG}),
    "maths": ("query", {"message": "Factorise x^2 - 5x + 6"}),
    "progress_report": ("query", {"message": "How am I doing? Show me my progress."}),
    "kindness": ("query", {"message": "Thank you, you are great!"}),
    "handover": ("query", {"message": "Can I ask my teacher?"}),
}
BEFORE = {"quiz": {"message": "What is a for loop?"}}
"""The turn that a plan leans on, in the same conversation."""
AROUND = ["triage", "retrieval", "verification", "progress"]
PERSON = "teacher"


def test_every_agent_is_killed_below() -> None:
    assert {*PLANS, *AROUND, PERSON} == set(load_specs())


@pytest.mark.parametrize("node", [*PLANS, *AROUND])
def test_a_killed_turn_resumes_without_counting_twice(serve: Serve, database_url: str, log: Path, node: str) -> None:
    plan = node if node in PLANS else "grading"  # the turn with most to lose
    turn = str(uuid.uuid4())
    dying = serve(kill_at=node)
    with dying.sign_in() as client:
        path, body = _request(client, plan)
        if plan in BEFORE:
            body = {**body, "thread_id": client.post("/api/v1/query", json=BEFORE[plan]).json()["thread_id"]}
            log.write_text("")
        with pytest.raises(httpx.HTTPError):
            client.post(path, json={**body, "turn_id": turn})
        dying.process.wait(10)
    ran_before = log.read_text().split()

    with serve().sign_in() as client:
        done = wait_for_answer(client, turn, seconds=10)
        again = client.post(path, json={**body, "turn_id": turn}).json()
    with psycopg.connect(database_url) as conn:
        kept = conn.execute("select kind from submissions").fetchall()

    assert done["answer"]["reply"]
    assert again["answer"]["reply"] == done["answer"]["reply"]
    ran = Counter(log.read_text().split())
    finished = [name for name in dict.fromkeys(ran_before) if name != node]
    assert [name for name in finished if ran[name] > 1] == []
    assert ran[node] == 2
    assert [kind for (kind,) in kept] == {"grading": ["exercise"], "debugging": ["run"], "quiz": ["quiz"]}.get(plan, [])


@pytest.mark.parametrize("went_on", [False, True], ids=["the thread waits", "the student went on"])
def test_a_teachers_answer_survives_and_is_said_once(serve: Serve, database_url: str, log: Path, went_on: bool) -> None:
    answer = {"words": "Look at line *2* again.", "turn_id": str(uuid.uuid4())}
    dying = serve(kill_at=PERSON)
    with dying.sign_in() as student, dying.sign_in("teacher") as teacher:
        asked = student.post("/api/v1/query", json={"message": "Can I ask my teacher about line 2?"}).json()
        thread = {"thread_id": asked["thread_id"]}
        if went_on:
            student.post("/api/v1/query", json={"message": "Thank you!", **thread})
        (alert,) = teacher.get("/api/v1/alerts", params={"kind": "asked_teacher"}).json()["items"]
        log.write_text("")
        with suppress(httpx.HTTPError):  # the answer is kept first; whether this is still said is a race
            teacher.post(f"/api/v1/alerts/{alert['id']}/answer", json=answer)
        dying.process.wait(10)

    following = serve()
    with following.sign_in() as student, following.sign_in("teacher") as teacher:
        done = wait_for_answer(student, answer["turn_id"], seconds=10)
        again = teacher.post(f"/api/v1/alerts/{alert['id']}/answer", json=answer)
        other = teacher.post(f"/api/v1/alerts/{alert['id']}/answer", json={**answer, "words": "Something else"})
        said = student.get(f"/api/v1/threads/{asked['thread_id']}").json()["items"]
        told = student.get("/api/v1/notifications").json()["items"]

    assert done["answer"]["reply"] == answer["words"]
    assert done["author"] == {"name": "Demo Teacher", "role": "teacher"}
    assert (again.status_code, again.json()["id"], other.status_code) == (201, answer["turn_id"], 409)
    assert [turn["id"] for turn in said if turn["author"]] == [answer["turn_id"]]
    assert [one["facts"]["turn"] for one in told] == [answer["turn_id"]]
    assert Counter(log.read_text().split()) == {PERSON: 2}


def _request(client: httpx.Client, plan: str) -> tuple[str, dict[str, Any]]:
    path, body = PLANS[plan]
    bank = client.get("/api/v1/exercises", params={"subject": "python"}).json()["items"]
    return f"/api/v1/{path.format(exercise=bank[0]['id'])}", body
