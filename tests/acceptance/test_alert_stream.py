"""A teacher watches on one server what happens on another, and is sent on from where they were."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg

from tests.acceptance.conftest import Serve


def _events(lines: Iterator[str], count: int) -> list[tuple[int, dict[str, Any]]]:
    found: list[tuple[int, dict[str, Any]]] = []
    seq = 0
    for line in lines:
        if line.startswith("id:"):
            seq = int(line.removeprefix("id:"))
        if line.startswith("data:"):
            found.append((seq, json.loads(line.removeprefix("data:"))))
            if len(found) == count:
                break
    return found


def _raise_alert(database_url: str, ident: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(
            "insert into alerts (id, student_id, key, kind, severity, reason, advice, automatic, at)"
            " select %s, id, %s, 'distress', 'high', 'Said so', 'Talk', false, now() from users"
            " where email = 'student@learnflow.example'",
            (ident, ident),
        )


def _watch(teacher: httpx.Client, count: int, last: int | None = None) -> list[tuple[int, dict[str, Any]]]:
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    with teacher.stream("GET", "/api/v1/alerts/stream", headers=headers) as stream:
        return _events(stream.iter_lines(), count)


def test_what_is_done_on_one_server_is_told_on_the_other_and_to_who_comes_back(serve: Serve, database_url: str) -> None:
    first, second = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
    with serve().sign_in("teacher") as one, serve().sign_in("teacher") as two:
        with one.stream("GET", "/api/v1/alerts/stream") as stream:
            lines = stream.iter_lines()
            _events(lines, 1)
            _raise_alert(database_url, first)
            ((_, raised),) = _events(lines, 1)
            two.post(f"/api/v1/alerts/{first}/notes", json={"words": "Called home"}).raise_for_status()
            ((seen, noted),) = _events(lines, 1)
        two.post(f"/api/v1/alerts/{first}/resolve", json={"helped": True}).raise_for_status()
        _raise_alert(database_url, second)
        missed = _watch(two, 3, last=seen)[1:]
        classes = two.get("/api/v1/classes").json()["items"]
        shown = two.get(f"/api/v1/classes/{classes[0]['id']}/dashboard").json()

    assert (raised["what"], raised["alert"]["id"]) == ("raised", first)
    assert (noted["what"], noted["alert"]["notes"]) == ("noted", 1)
    assert [(event["what"], event["alert"]["status"]) for _, event in missed] == [
        ("changed", "resolved"),
        ("raised", "open"),
    ]
    assert [need["severity"] for need in shown["needs"]] == ["high"]
