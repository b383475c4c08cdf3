"""Gaps, recommendations, paths and reviews over HTTP: whose they are first, then what they say."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest

from core.ports import Attempt, Mastery, SkillId, Student, StudentId
from tests.edge import ADA, AT, BOB, ROOT, TINA, Edge

VIEWS = ["gaps", "recommendations", "path?goal=lists", "reviews"]
SKILL = SkillId("list-index")
ADA_HERSELF = Student(id=StudentId("ada"), name="Ada")


def _at(edge: Edge, level: float, *, enough: bool = True) -> None:
    async def mastery(student: Student, skills: Any = None) -> Mapping[SkillId, Mastery]:
        low, high = max(0.01, level - 0.1), min(0.99, level + 0.1)
        return {SKILL: Mastery(skill=SKILL, level=level, low=low, high=high, attempts=6, enough=enough)}

    edge.records.mastery = mastery  # type: ignore[method-assign]


@pytest.mark.parametrize("view", VIEWS)
async def test_a_student_s_gaps_are_for_themselves_their_teacher_and_admins(
    view: str, client: httpx.AsyncClient
) -> None:
    statuses = [
        (await client.get(f"/api/v1/progress/ada/{view}", headers=who)).status_code for who in (ADA, TINA, ROOT, BOB)
    ]
    stranger = await client.get(f"/api/v1/progress/bob/{view}", headers=TINA)

    assert statuses == [200, 200, 200, 404]
    assert stranger.status_code == 404


async def test_who_has_done_nothing_is_told_that_there_is_not_enough(client: httpx.AsyncClient) -> None:
    found = (await client.get("/api/v1/progress/ada/gaps", headers=ADA)).json()

    assert found == {"enough": False, "items": [], "thin": [], "known": []}


async def test_a_gap_is_shown_with_its_severity_and_why(edge: Edge, client: httpx.AsyncClient) -> None:
    _at(edge, 0.15)

    (gap,) = (await client.get("/api/v1/progress/ada/gaps", headers=ADA)).json()["items"]

    assert gap["topic"] == "lists"
    assert gap["severity"] == pytest.approx(0.45)
    assert gap["why"].startswith("After 6 answers your command of Lists is at 15%.")


async def test_too_few_answers_are_no_gap(edge: Edge, client: httpx.AsyncClient) -> None:
    _at(edge, 0.15, enough=False)

    found = (await client.get("/api/v1/progress/ada/gaps", headers=ADA)).json()

    assert (found["items"], found["thin"], found["enough"]) == ([], ["lists"], False)


async def test_what_to_do_next_fits_the_time_and_says_because(edge: Edge, client: httpx.AsyncClient) -> None:
    _at(edge, 0.15)

    found = (await client.get("/api/v1/progress/ada/recommendations?minutes=12", headers=ADA)).json()

    assert [(one["kind"], one["item"]) for one in found["items"]] == [("exercise", "lists-first")]
    assert found["minutes"] <= 12
    assert found["items"][0]["why"] == "Because you are at 15% in Lists after 6 answers."


async def test_a_goal_that_is_no_topic_is_not_found(client: httpx.AsyncClient) -> None:
    for view in ("path", "recommendations"):
        response = await client.get(f"/api/v1/progress/ada/{view}?goal=alchemy", headers=ADA)

        assert response.status_code == 404


async def test_the_way_to_a_known_goal_is_empty(edge: Edge, client: httpx.AsyncClient) -> None:
    before = (await client.get("/api/v1/progress/ada/path?goal=lists", headers=ADA)).json()
    _at(edge, 0.95)
    after = (await client.get("/api/v1/progress/ada/path?goal=lists", headers=ADA)).json()

    assert [stop["topic"] for stop in before["items"]] == ["lists"]
    assert after["items"] == []


async def test_what_was_known_comes_back_for_review(edge: Edge, client: httpx.AsyncClient) -> None:
    _at(edge, 0.9)
    attempt = Attempt(
        key="a", kind="exercise", item="lists-first", skills=(SKILL,), correct=True, score=1.0,
        at=AT - timedelta(days=100),
    )  # fmt: skip
    edge.records.attempts.append((ADA_HERSELF, attempt))

    (review,) = (await client.get("/api/v1/progress/ada/reviews", headers=ADA)).json()["items"]

    assert review["due"] is True
