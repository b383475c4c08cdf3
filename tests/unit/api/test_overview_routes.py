"""A student's first page and the course's dashboard over HTTP: whose they are first, then what they say."""

from xml.etree import ElementTree

import httpx
import pytest

from tests.edge import ADA, BOB, ROOT, TINA, Edge, bearer

OVERVIEW = "/api/v1/progress/ada/overview"
COURSE = "/api/v1/curriculum/dashboard"
CURATOR = bearer("curriculum-cora")


@pytest.mark.parametrize(
    "view", ["", "/picture", "/export?table=days", "/export?table=weakest", "/export?table=next", "/export?table=time"]
)
async def test_a_first_page_is_for_its_student_their_teacher_and_admins(view: str, client: httpx.AsyncClient) -> None:
    statuses = [(await client.get(OVERVIEW + view, headers=who)).status_code for who in (ADA, TINA, ROOT, BOB)]

    assert statuses == [200, 200, 200, 404]


async def test_one_call_shows_today_the_month_the_streak_and_what_to_heed(client: httpx.AsyncClient) -> None:
    found = (await client.get(OVERVIEW, headers=ADA)).json()

    assert (found["today"]["answers"], found["today"]["right"], len(found["days"])) == (2, 1, 28)
    assert found["streak"]["days"] == 1
    assert [one["kind"] for one in found["alerts"]] == ["stuck"]
    assert found["alt"].startswith("In the last 28 days 2 answers")
    assert found["time"] == {"today": 0, "week": 0, "before": 0, "trend": None, "topics": []}
    assert found["achievements"] == []


async def test_a_class_has_its_time_in_sum(client: httpx.AsyncClient) -> None:
    found = (await client.get("/api/v1/classes/7b/dashboard", headers=TINA)).json()["time"]
    sheet = (await client.get("/api/v1/classes/7b/dashboard/export?table=time", headers=TINA)).text

    assert (found["week"], found["active"], found["median"], found["trend"]) == (20, 1, 20, 1)
    assert found["topics"][0]["minutes"] == 20
    assert sheet.splitlines()[0] == "subject,topic,minutes"


async def test_achievements_are_their_students_their_teachers_and_nobody_elses(client: httpx.AsyncClient) -> None:
    asked = [await client.get("/api/v1/progress/ada/achievements", headers=who) for who in (ADA, TINA, ROOT, BOB)]

    assert [response.status_code for response in asked] == [200, 200, 200, 404]
    found = asked[0].json()
    (one,) = found["items"]
    assert (one["kind"], one["title"], one["evidence"]) == ("debugged_alone", "Found it yourself", {"item": "sum-to"})
    left = {each["kind"]: each["title"] for each in found["left"]}
    assert left["topic_mastered"] == "Mastered: a topic"
    assert left["long_streak"] == "7, 30 or 100 days in a row"
    assert "debugged_alone" not in left


async def test_achievements_are_shown_or_not_as_the_student_wishes(client: httpx.AsyncClient) -> None:
    hidden = await client.post("/api/v1/progress/achievements", json={"shown": False}, headers=ADA)
    seen = (await client.get("/api/v1/progress/ada/achievements", headers=TINA)).json()
    again = await client.post("/api/v1/progress/achievements", json={"shown": True}, headers=ADA)

    assert hidden.json() == seen == {"shown": False, "items": [], "left": []}
    assert len(again.json()["items"]) == 1
    assert (await client.post("/api/v1/progress/achievements", json={"shown": True})).status_code == 401


async def test_only_what_the_student_sees_themselves_counts_as_shown(edge: Edge, client: httpx.AsyncClient) -> None:
    for who in (ADA, TINA, ROOT):
        await client.get(OVERVIEW, headers=who)

    assert edge.overviews.own == [True, False, False]


async def test_pictures_tell_in_words_what_they_show(client: httpx.AsyncClient) -> None:
    own = await client.get(f"{OVERVIEW}/picture", headers=ADA)
    course = await client.get(f"{COURSE}/picture", headers=CURATOR)

    for response in (own, course):
        assert response.headers["content-type"] == "image/svg+xml"
        assert ElementTree.fromstring(response.text).find("{http://www.w3.org/2000/svg}desc") is not None


async def test_the_course_s_dashboard_names_what_confuses_and_why(client: httpx.AsyncClient) -> None:
    found = (await client.get(COURSE, headers=CURATOR)).json()

    assert found["items"][0]["name"] == "lists-q1"
    assert "first answers wrong" in found["items"][0]["signs"][0]
    assert (await client.get(COURSE, headers=TINA)).status_code == 403


async def test_a_sheet_runs_no_formula(client: httpx.AsyncClient) -> None:
    text = (await client.get(f"{COURSE}/export", headers=CURATOR)).text

    assert text.splitlines()[0] == "what,name,title,score,seen,enough,signs"
    assert ",'=evil," in text


async def test_what_is_recommended_to_a_student_is_noted_and_may_be_taken(
    edge: Edge, client: httpx.AsyncClient
) -> None:
    hers = (await client.get("/api/v1/progress/ada/recommendations", headers=ADA)).json()["items"]
    shown = len(edge.advice.shown)
    seen_by_teacher = (await client.get("/api/v1/progress/ada/recommendations", headers=TINA)).json()["items"]
    path = f"/api/v1/progress/ada/recommendations/{hers[0]['id']}/taken"
    statuses = [(await client.post(path, headers=who)).status_code for who in (ADA, BOB)]

    assert shown == len(hers) == len(edge.advice.shown) > 0
    assert {one["id"] for one in seen_by_teacher} == {None}
    assert statuses == [204, 404]
    assert edge.advice.taken == [("ada", hers[0]["id"])]


async def test_a_level_explains_itself(edge: Edge, client: httpx.AsyncClient) -> None:
    from core.ports import Mastery, Progress, SkillId

    async def progress(student: object) -> Progress:
        known = Mastery(skill=SkillId("s"), level=0.5, low=0.4, high=0.6, attempts=6, enough=True)
        return Progress(attempts=6, solved=1, streak_days=1, skills=(known,), recent=())

    edge.records.progress = progress  # type: ignore[method-assign]

    (skill,) = (await client.get("/api/v1/progress/ada", headers=ADA)).json()["skills"]

    assert skill["why"] == "6 answers, the recent and unaided ones counting most, put you at 50% (between 40% and 60%)."
