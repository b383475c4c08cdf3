"""The product's REST interface, noun by noun: whose it is first, then what it does."""

from typing import Any

import httpx
import pytest

from api.sheets import sheet
from core.ports import Ask, Student, StudentId
from core.settings import ApiSettings
from tests.edge import ADA, BOB, ROOT, SECRET, TINA, TOPIC, Edge

BOB_HIMSELF = Student(id=StudentId("bob"), name="Bob")


# --- turns ---------------------------------------------------------------------------------------------------------


async def test_another_student_s_turn_is_not_found(edge: Edge, client: httpx.AsyncClient) -> None:
    turn = await edge.turns.submit(BOB_HIMSELF, Ask(message="mine"))

    read = await client.get(f"/api/v1/turns/{turn.id}", headers=ADA)
    watched = await client.get(f"/api/v1/turns/{turn.id}/events", headers=ADA)
    used = await client.post("/api/v1/query", json={"message": "mine", "turn_id": turn.id}, headers=ADA)

    assert [r.status_code for r in (read, watched, used)] == [404, 404, 404]


async def test_another_student_s_thread_is_not_found(edge: Edge, client: httpx.AsyncClient) -> None:
    thread = await edge.turns.create_thread(BOB_HIMSELF)

    written = await client.post("/api/v1/query", json={"message": "hi", "thread_id": thread.id}, headers=ADA)
    read = await client.get(f"/api/v1/threads/{thread.id}", headers=ADA)
    deleted = await client.delete(f"/api/v1/threads/{thread.id}", headers=ADA)

    assert [r.status_code for r in (written, read, deleted)] == [404, 404, 404]
    assert len((await edge.turns.list_threads(BOB_HIMSELF))[0]) == 1


async def test_a_question_is_answered(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/v1/query", json={"message": "What is a list?"}, headers=ADA)

    assert response.status_code == 200
    assert response.json()["answer"]["reply"] == "A list holds values."


async def test_the_same_turn_id_is_the_same_turn_and_never_another_message(
    edge: Edge, client: httpx.AsyncClient
) -> None:
    ask = {"message": "hi", "turn_id": "t-1"}
    first = await client.post("/api/v1/query", json=ask, headers=ADA)
    again = await client.post("/api/v1/query", json=ask, headers=ADA)
    other = await client.post("/api/v1/query", json={**ask, "message": "ho"}, headers=ADA)

    assert first.json()["id"] == again.json()["id"] == "t-1"
    assert other.status_code == 409
    assert len(edge.turns.asked) == 1


async def test_who_does_not_wait_is_told_where_the_turn_will_be(edge: Edge, client: httpx.AsyncClient) -> None:
    edge.turns.hold = True

    response = await client.post("/api/v1/query?wait=false", json={"message": "hi"}, headers=ADA)
    early = await client.get(response.headers["location"], headers=ADA)
    edge.turns.release()
    watched = await client.get(response.headers["location"] + "/events", headers=ADA)

    assert response.status_code == 202
    assert early.json()["status"] in ("queued", "running")
    assert "event:done" in watched.text


@pytest.mark.parametrize(
    ("door", "body", "intent"),
    [
        ("explain", {"message": "recursion"}, "concept"),
        ("review", {"code": "x = 1"}, "review"),
        ("debug", {"code": "x = 1", "error": "NameError"}, "debugging"),
    ],
)
async def test_a_door_names_the_intent(
    door: str, body: dict[str, str], intent: str, edge: Edge, client: httpx.AsyncClient
) -> None:
    response = await client.post(f"/api/v1/{door}", json=body, headers=ADA)

    assert response.status_code == 200
    assert edge.turns.asked[0].intent == intent
    assert edge.turns.asked[0].code == body.get("code")
    assert edge.turns.asked[0].error == body.get("error")


@pytest.mark.parametrize("door", ["review", "debug"])
async def test_a_program_is_needed_where_one_is_looked_at(door: str, client: httpx.AsyncClient) -> None:
    response = await client.post(f"/api/v1/{door}", json={"message": "look"}, headers=ADA)

    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/code"


async def test_a_turn_that_failed_is_its_problem(edge: Edge, client: httpx.AsyncClient) -> None:
    edge.turns.failure = {"title": "Spent", "error": "BudgetSpent"}

    response = await client.post("/api/v1/query", json={"message": "hi"}, headers=ADA)

    assert response.status_code == 503
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["title"] == "Spent"
    assert response.json()["type"] == "urn:learnflow:problem:budget-spent"


async def test_a_turn_that_failed_with_an_apology_is_its_turn(edge: Edge, client: httpx.AsyncClient) -> None:
    edge.turns.apology = "Please put it another way."

    response = await client.post("/api/v1/query", json={"message": "hi"}, headers=ADA)

    assert response.status_code == 200
    assert response.json()["status"] == "failed"
    assert response.json()["answer"]["reply"] == "Please put it another way."


async def test_a_full_conversation_is_told_so(edge: Edge, client: httpx.AsyncClient) -> None:
    edge.turns.hold = True
    thread = (await client.post("/api/v1/threads", json={}, headers=ADA)).json()["id"]
    ask = {"message": "hi", "thread_id": thread}
    for _ in range(20):
        await client.post("/api/v1/query?wait=false", json=ask, headers=ADA)

    response = await client.post("/api/v1/query", json=ask, headers=ADA)

    assert (response.status_code, response.json()["type"]) == (429, "urn:learnflow:problem:queue-full")


async def test_triage_names_the_kind_of_a_message_and_keeps_nothing(edge: Edge, client: httpx.AsyncClient) -> None:
    response = await client.post("/api/v1/triage", json={"message": "why is this wrong?"}, headers=ADA)

    assert response.json()["intent"] == "debugging"
    assert edge.turns.asked == []


# --- conversations -------------------------------------------------------------------------------------------------


async def test_a_conversation_is_begun_found_read_back_and_deleted(client: httpx.AsyncClient) -> None:
    made = await client.post("/api/v1/threads", json={"title": "Lists"}, headers=ADA)
    thread = made.json()["id"]
    for n in range(3):
        await client.post("/api/v1/query", json={"message": f"m{n}", "thread_id": thread}, headers=ADA)

    found = await client.get("/api/v1/threads", headers=ADA)
    last = await client.get(f"/api/v1/threads/{thread}?limit=2", headers=ADA)
    rest = await client.get(f"/api/v1/threads/{thread}?limit=2&before={last.json()['before']}", headers=ADA)
    whole = await client.get(f"/api/v1/threads/{thread}?limit=3", headers=ADA)
    deleted = await client.delete(f"/api/v1/threads/{thread}", headers=ADA)
    gone = await client.get(f"/api/v1/threads/{thread}", headers=ADA)

    assert made.status_code == 201
    assert [one["title"] for one in found.json()["items"]] == ["Lists"]
    assert [one["ask"]["message"] for one in last.json()["items"]] == ["m1", "m2"]
    assert [one["ask"]["message"] for one in rest.json()["items"]] == ["m0"]
    assert rest.json()["before"] is None
    assert whole.json()["before"] is None
    assert (deleted.status_code, gone.status_code) == (204, 404)


async def test_conversations_are_paged(client: httpx.AsyncClient) -> None:
    for n in range(3):
        await client.post("/api/v1/threads", json={"title": str(n)}, headers=ADA)

    first = (await client.get("/api/v1/threads?limit=2", headers=ADA)).json()
    second = (await client.get(f"/api/v1/threads?limit=2&cursor={first['next_cursor']}", headers=ADA)).json()

    assert [one["title"] for one in first["items"] + second["items"]] == ["2", "1", "0"]
    assert second["next_cursor"] is None


# --- course and exercises ------------------------------------------------------------------------------------------


async def test_nothing_that_gives_an_answer_away_leaves(client: httpx.AsyncClient) -> None:
    exercises = await client.get("/api/v1/exercises", headers=ADA)
    one = await client.get("/api/v1/exercises/lists-first", headers=ADA)
    concepts = await client.get("/api/v1/concepts", headers=ADA)

    everything = exercises.text + one.text + concepts.text
    for hidden in (SECRET, "hidden test", "first([3])", "planted", "hidden hint", "correct", "Counting begins"):
        assert hidden not in everything
    assert one.json()["hints_available"] == 1
    assert concepts.json()["items"][0]["quiz"][0]["options"] == ["1", "2"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["lists-first", "maths-1"]),
        ("?subject=maths", ["maths-1"]),
        ("?topic=lists", ["lists-first"]),
        ("?difficulty=3", []),
    ],
)
async def test_the_bank_is_filtered(query: str, found: list[str], client: httpx.AsyncClient) -> None:
    response = await client.get(f"/api/v1/exercises{query}", headers=ADA)

    assert [one["id"] for one in response.json()["items"]] == found


async def test_a_lesson_is_read_section_by_section_now_or_as_it_was_cited(client: httpx.AsyncClient) -> None:
    now = await client.get(f"/api/v1/concepts/{TOPIC.id}/lesson", headers=ADA)
    cited = await client.get(f"/api/v1/concepts/{TOPIC.id}/lesson?version=v1", headers=ADA)
    gone = await client.get(f"/api/v1/concepts/{TOPIC.id}/lesson?version=v0", headers=ADA)

    assert now.json() == cited.json()
    assert now.json()["sections"][0]["anchor"] == "for"
    assert gone.status_code == 404


@pytest.mark.parametrize("path", ["/api/v1/concepts", "/api/v1/exercises"])
async def test_the_course_is_sent_again_only_when_it_changed(path: str, edge: Edge, client: httpx.AsyncClient) -> None:
    first = await client.get(path, headers=ADA)
    known = await client.get(path, headers=ADA | {"If-None-Match": first.headers["etag"]})
    edge.course.version, edge.course.topics, edge.course.exercises = "v2", [], []
    changed = await client.get(path, headers=ADA | {"If-None-Match": first.headers["etag"]})

    assert (known.status_code, known.content) == (304, b"")
    assert changed.status_code == 200
    assert changed.json()["items"] == []


async def test_an_unknown_topic_has_no_exercises(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/exercises?topic=nothing", headers=ADA)).status_code == 404


async def test_a_submission_is_a_turn_marked_as_one(edge: Edge, client: httpx.AsyncClient) -> None:
    response = await client.post("/api/v1/exercises/lists-first/submit", json={"code": "x"}, headers=ADA)

    assert response.status_code == 200
    (asked,) = edge.turns.asked
    assert (asked.submission, asked.intent, asked.exercise, asked.code) == (True, "submission", "lists-first", "x")


@pytest.mark.parametrize(
    ("exercise", "body", "status"),
    [
        ("nothing", {"code": "x"}, 404),
        ("lists-first", {"answer": "x"}, 422),
        ("maths-1", {"code": "x"}, 422),
        ("maths-1", {"answer": "2x"}, 200),
    ],
)
async def test_an_exercise_takes_the_answer_of_its_own_kind(
    exercise: str, body: dict[str, str], status: int, client: httpx.AsyncClient
) -> None:
    response = await client.post(f"/api/v1/exercises/{exercise}/submit", json=body, headers=ADA)

    assert response.status_code == status


@pytest.mark.parametrize(
    ("body", "wish"),
    [
        ({}, "Give me an exercise, please."),
        ({"topic": "lists", "difficulty": 3}, "Give me a hard exercise about Lists, please."),
        ({"subject": "maths"}, "Give me an exercise in mathematics, please."),
    ],
)
async def test_an_exercise_is_asked_for_in_a_student_s_words(
    body: dict[str, object], wish: str, edge: Edge, client: httpx.AsyncClient
) -> None:
    response = await client.post("/api/v1/exercises/generate", json=body, headers=ADA)

    assert response.status_code == 200
    assert response.json()["turn"]["status"] == "done"
    assert (edge.turns.asked[0].message, edge.turns.asked[0].intent) == (wish, "exercise")


# --- progress ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "status"),
    [(ADA, 200), (TINA, 200), (ROOT, 200), (BOB, 404), ({"Authorization": "Bearer teacher-tom"}, 404)],
)
async def test_progress_is_for_oneself_one_s_teacher_and_admins(
    who: dict[str, str], status: int, client: httpx.AsyncClient
) -> None:
    response = await client.get("/api/v1/progress/ada", headers=who)

    assert response.status_code == status
    if status == 200:
        assert response.json()["recent"] == [{"whose": "ada"}]


async def test_a_student_who_does_not_exist_looks_like_one_who_is_none_of_your_business(
    client: httpx.AsyncClient,
) -> None:
    nobody = await client.get("/api/v1/progress/nobody", headers=TINA)
    stranger = await client.get("/api/v1/progress/bob", headers=TINA)

    assert nobody.json() | {"trace_id": ""} == stranger.json() | {"trace_id": ""}
    assert (await client.get("/api/v1/progress/nobody", headers=ROOT)).status_code == 404


QUIZ = {"kind": "quiz", "attempt_id": "a-1", "topic": "lists", "question": "lists-q1", "option": 1}


async def test_a_quiz_answer_is_judged_here(edge: Edge, client: httpx.AsyncClient) -> None:
    wrong = await client.post("/api/v1/progress", json=QUIZ, headers=ADA)
    right = await client.post("/api/v1/progress", json={**QUIZ, "attempt_id": "a-2", "option": 0}, headers=ADA)

    assert (wrong.json()["correct"], right.json()["correct"]) == (False, True)
    assert wrong.json()["why"] == "That is index 1."
    first, second = (attempt for _, attempt in edge.records.attempts)
    assert (first.hints, second.hints) == (0, 1)  # the second was told the answer before
    assert (second.score, second.skills) == (1.0, ("list-index",))


@pytest.mark.parametrize(
    "given", [{}, {"option": 0, "answer": "1"}, {"options": []}, {"options": [0, 1]}, {"option": 9}, {"answer": "1"}]
)
async def test_a_quiz_answer_of_another_kind_is_refused(
    edge: Edge, client: httpx.AsyncClient, given: dict[str, Any]
) -> None:
    body = {name: value for name, value in QUIZ.items() if name != "option"}

    answer = await client.post("/api/v1/progress", json=body | given, headers=ADA)

    assert answer.status_code == 422
    assert edge.records.attempts == []


async def test_an_option_may_come_as_the_only_one_of_several(client: httpx.AsyncClient) -> None:
    body = {name: value for name, value in QUIZ.items() if name != "option"}

    answer = await client.post("/api/v1/progress", json={**body, "options": [0]}, headers=ADA)

    assert (answer.json()["correct"], answer.json()["score"]) == (True, 1.0)


async def test_a_quiz_answer_counts_once_and_only_for_its_student(edge: Edge, client: httpx.AsyncClient) -> None:
    await client.post("/api/v1/progress", json=QUIZ, headers=ADA)
    again = await client.post("/api/v1/progress", json=QUIZ, headers=ADA)
    bob = await client.post("/api/v1/progress", json=QUIZ, headers=BOB)

    assert again.json()["again"] is True
    assert bob.json()["again"] is False
    assert [student.id for student, _ in edge.records.attempts] == ["ada", "bob"]


@pytest.mark.parametrize(
    ("forged", "status"),
    [
        ({"correct": True}, 422),
        ({"score": 1.0}, 422),
        ({"kind": "exercise"}, 422),
        ({"student": "bob"}, 422),
        ({"option": 9}, 422),
        ({"question": "nothing"}, 404),
        ({"topic": "nothing"}, 404),
    ],
)
async def test_progress_cannot_be_claimed(
    forged: dict[str, object], status: int, edge: Edge, client: httpx.AsyncClient
) -> None:
    response = await client.post("/api/v1/progress", json={**QUIZ, **forged}, headers=ADA)

    assert response.status_code == status
    assert edge.records.attempts == []


# --- memories ---


async def test_another_student_s_memory_is_neither_shown_nor_forgotten(edge: Edge, client: httpx.AsyncClient) -> None:
    shown = await client.get("/api/v1/memories", headers=BOB)
    one = await client.delete("/api/v1/memories/m1", headers=BOB)
    everything = await client.delete("/api/v1/memories", headers=BOB)

    assert shown.json()["items"] == []
    assert (one.status_code, everything.status_code) == (404, 204)
    assert len(edge.memories.kept["ada"]) == 1


async def test_a_student_reads_what_is_remembered_and_has_it_forgotten(client: httpx.AsyncClient) -> None:
    shown = await client.get("/api/v1/memories", headers=ADA)
    forgotten = await client.delete("/api/v1/memories/m1", headers=ADA)

    assert shown.json()["items"][0]["content"] == "pass the exam"
    assert forgotten.status_code == 204
    assert (await client.get("/api/v1/memories", headers=ADA)).json()["items"] == []


# --- programs ------------------------------------------------------------------------------------------------------


async def test_a_program_that_fails_is_a_result(edge: Edge, client: httpx.AsyncClient) -> None:
    response = await client.post("/api/v1/execute", json={"code": "1/0", "args": ["a"]}, headers=ADA)

    assert response.status_code == 200
    assert response.json()["raised"]["type"] == "ZeroDivisionError"
    assert response.json()["figures"] == ["cG5n"]
    program, policy = edge.sandbox.runs[0]
    assert (program.code, program.args, policy.wall_s, policy.cpu_s) == ("1/0", ("a",), 5.0, 5.0)
    assert len(edge.entitlements.spent) == 1


async def test_a_batch_has_a_result_for_each_input_in_order(client: httpx.AsyncClient, edge: Edge) -> None:
    inputs = [{"stdin": "2"}, {"stdin": "3", "args": ["a"]}]

    response = await client.post("/api/v1/execute/batch", json={"code": "1/0", "inputs": inputs}, headers=ADA)

    assert [run["status"] for run in response.json()["runs"]] == ["error", "error"]
    assert [(program.stdin, program.args) for program, _ in edge.sandbox.runs] == [("2", ()), ("3", ("a",))]
    assert edge.entitlements.amounts == [1]


async def test_a_batch_is_bounded(client: httpx.AsyncClient) -> None:
    for inputs in ([], [{}] * 51, [{"stdin": "x" * 60_000}] * 2):
        response = await client.post("/api/v1/execute/batch", json={"code": "1", "inputs": inputs}, headers=ADA)

        assert response.status_code in (413, 422)


async def test_a_program_is_not_run_when_the_plan_is_used_up(edge: Edge, client: httpx.AsyncClient) -> None:
    edge.entitlements.allowed = False

    response = await client.post("/api/v1/execute", json={"code": "1/0"}, headers=ADA)

    assert (response.status_code, response.json()["detail"]) == (429, "That was all for today.")
    assert edge.sandbox.runs == []


@pytest.mark.parametrize("timeout_s", [0, -1, 11, 1e400])
async def test_no_program_runs_longer_than_is_allowed(timeout_s: float, client: httpx.AsyncClient) -> None:
    content = f'{{"code": "x", "timeout_s": {timeout_s}}}'
    response = await client.post(
        "/api/v1/execute", content=content, headers={**ADA, "Content-Type": "application/json"}
    )

    assert response.status_code in (400, 422)


# --- streaks -------------------------------------------------------------------------------------------------------


async def test_a_streak_is_its_student_s_their_teachers_and_nobody_else_s(client: httpx.AsyncClient) -> None:
    asked = [await client.get("/api/v1/progress/ada/streak", headers=who) for who in (ADA, TINA, ROOT, BOB)]

    assert [response.status_code for response in asked] == [200, 200, 200, 404]


async def test_days_are_counted_where_the_student_says_they_live(client: httpx.AsyncClient) -> None:
    utc = (await client.get("/api/v1/progress/ada/streak", headers=ADA)).json()
    tokyo = (await client.get("/api/v1/progress/ada/streak?time_zone=Asia/Tokyo", headers=ADA)).json()
    kept = (await client.post("/api/v1/progress/time-zone", json={"time_zone": "Asia/Tokyo"}, headers=ADA)).json()

    assert (utc["days"], utc["time_zone"], utc["keep_until"]) == (2, "UTC", "2026-09-03T00:00:00Z")
    assert (tokyo["days"], tokyo["keep_until"]) == (1, "2026-09-02T15:00:00Z")
    assert kept == tokyo == (await client.get("/api/v1/progress/ada/streak", headers=ADA)).json()


@pytest.mark.parametrize("zone", ["Mars/Base", "europe", "../etc/passwd", "Europe", "+02:00", " "])
async def test_a_time_zone_that_is_none_is_a_clear_problem(zone: str, client: httpx.AsyncClient) -> None:
    read = await client.get("/api/v1/progress/ada/streak", params={"time_zone": zone}, headers=ADA)
    kept = await client.post("/api/v1/progress/time-zone", json={"time_zone": zone}, headers=ADA)

    assert [(r.status_code, r.json()["field"]) for r in (read, kept)] == [(422, "time_zone")] * 2


# --- alerts --------------------------------------------------------------------------------------------------------


async def test_a_teacher_sees_alerts_and_filters_them(edge: Edge, client: httpx.AsyncClient) -> None:
    page = await client.get("/api/v1/alerts?severity=high&kind=stuck&class=7b&since=2026-09-01T08:00:00Z", headers=TINA)

    assert [one["id"] for one in page.json()["items"]] == ["a1", "a2"]
    (wanted,) = edge.inbox.wanted
    assert (wanted.severity, wanted.kind, wanted.class_id, wanted.student) == ("high", "stuck", "7b", None)


@pytest.mark.parametrize(
    "query", ["status=gone", "severity=terrible", "since=yesterday", "since=2026-09-01T08:00:00", "limit=0"]
)
@pytest.mark.parametrize("path", ["/api/v1/alerts", "/api/v1/alerts/export"])
async def test_a_filter_that_is_none_is_a_clear_problem(path: str, query: str, client: httpx.AsyncClient) -> None:
    if query == "limit=0" and path.endswith("export"):
        return
    response = await client.get(f"{path}?{query}", headers=TINA)

    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"].endswith(query.partition("=")[0])


@pytest.mark.parametrize(("verb", "status"), [("acknowledge", "acknowledged"), ("resolve", "resolved")])
async def test_an_alert_is_dealt_with_by_the_student_s_own_teacher(
    verb: str, status: str, edge: Edge, client: httpx.AsyncClient
) -> None:
    strange = await client.post(f"/api/v1/alerts/a1/{verb}", headers={"Authorization": "Bearer teacher-tom"})
    own = await client.post(f"/api/v1/alerts/a1/{verb}", headers=TINA)

    assert strange.status_code == 404
    assert own.json()["status"] == status
    assert edge.inbox.settled == [("a1", status, None)]


async def test_an_alert_can_be_assigned_snoozed_noted_and_followed_up(edge: Edge, client: httpx.AsyncClient) -> None:
    assigned = await client.post("/api/v1/alerts/a1/assign", json={"assignee": "tom"}, headers=TINA)
    until = "2026-09-02T08:00:00Z"
    snoozed = await client.post("/api/v1/alerts/a1/snooze", json={"until": until}, headers=TINA)
    noted = await client.post("/api/v1/alerts/a1/notes", json={"words": "Called home"}, headers=TINA)
    notes = await client.get("/api/v1/alerts/a1/notes", headers=TINA)
    await client.post("/api/v1/alerts/a1/resolve", json={"helped": True}, headers=TINA)

    assert assigned.json()["assignee"] == "tom"
    assert (snoozed.json()["status"], snoozed.json()["snoozed_until"]) == ("snoozed", until)
    assert (noted.status_code, noted.json()["author"]) == (201, "tina")
    assert notes.json()["items"][0]["author"] is None
    assert edge.inbox.settled == [("a1", "resolved", True)]


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("assign", {}), ("assign", {"assignee": "no spaces"}), ("snooze", {}), ("snooze", {"until": "2026-09-02T08:00:00"}),
        ("snooze", {"until": "soon"}), ("notes", {"words": ""}), ("notes", {"words": "a\x00"}), ("notes", {"words": "x" * 2001}),
        ("resolve", {"helped": "maybe"}), ("resolve", {"status": "open"}),
    ],
)  # fmt: skip
async def test_a_body_that_means_nothing_is_a_clear_problem(verb: str, body: Any, client: httpx.AsyncClient) -> None:
    response = await client.post(f"/api/v1/alerts/a1/{verb}", json=body, headers=TINA)

    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["errors"]


async def test_alerts_come_as_a_sheet_that_runs_no_formula(edge: Edge, client: httpx.AsyncClient) -> None:
    response = await client.get("/api/v1/alerts/export?status=open", headers=TINA)

    head, first, *_ = response.text.splitlines()
    assert response.headers["content-type"].startswith("text/csv")
    assert head.startswith("id,at,student,student_name,kind,severity")
    assert first.startswith("a1,2026-09-01T09:00:00+00:00,ada,Ada,stuck,high")
    assert sheet("x", ["a"], [["=1+1"], ["a,b"], [None], [-1]]).body == b'a\r\n\'=1+1\r\n"a,b"\r\n""\r\n-1\r\n'


@pytest.mark.parametrize(
    ("query", "last", "ids"),
    [("", None, [2]), ("?after=0", None, [0, 1, 2]), ("?after=0", "1", [1, 2]), ("?after=99", None, [2])],
)
async def test_a_stream_of_alerts_goes_on_after_what_was_seen(
    query: str, last: str | None, ids: list[int], client: httpx.AsyncClient
) -> None:
    headers = {**TINA, **({"Last-Event-ID": last} if last else {})}
    response = await client.get(f"/api/v1/alerts/stream{query}", headers=headers)

    frames = [frame.splitlines() for frame in response.text.split("\n\n") if frame]
    assert [int(lines[0].removeprefix("id:")) for lines in frames] == ids
    assert [lines[1] for lines in frames] == ["event:watching"] + ["event:alert"] * (len(ids) - 1)


# --- classes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["", "/picture", "/export", "/export?table=items"])
async def test_another_teacher_s_class_is_not_found(part: str, client: httpx.AsyncClient) -> None:
    strange = await client.get(f"/api/v1/classes/7b/dashboard{part}", headers={"Authorization": "Bearer teacher-tom"})
    unknown = await client.get(f"/api/v1/classes/9z/dashboard{part}", headers=TINA)

    assert (strange.status_code, unknown.status_code) == (404, 404)


async def test_a_class_is_shown_as_data_picture_and_sheets(client: httpx.AsyncClient) -> None:
    dashboard = (await client.get("/api/v1/classes/7b/dashboard", headers=TINA)).json()
    picture = await client.get("/api/v1/classes/7b/dashboard/picture", headers=TINA)
    sheets = [
        (await client.get(f"/api/v1/classes/7b/dashboard/export?table={table}", headers=TINA)).text.splitlines()[1]
        for table in ("levels", "needs", "items")
    ]

    assert dashboard["needs"][0]["reasons"] == ["1 alert open, the gravest high"]
    assert "Lists 25%" in dashboard["alt"]
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert "Lists 25%" in picture.text
    assert sheets == [
        "ada,Ada,lists,Lists,0.25,4,True", "ada,Ada,high,\"1 alert open, the gravest high\"", "lists-q1,6,0.5,0.4,'=2 (3)"
    ]  # fmt: skip


@pytest.mark.parametrize("query", ["table=all", "since=2026-09-01T08:00:00", "since=soon"])
async def test_a_part_that_is_none_is_a_clear_problem(query: str, client: httpx.AsyncClient) -> None:
    response = await client.get(f"/api/v1/classes/7b/dashboard/export?{query}", headers=TINA)

    assert response.status_code == 422
    assert response.json()["errors"][0]["in"] == "query"


# --- signing in ----------------------------------------------------------------------------------------------------


async def test_a_person_registers_signs_in_stays_and_leaves(edge: Edge, client: httpx.AsyncClient) -> None:
    account = {"email": "ada@learnflow.example", "password": "right"}
    made = await client.post("/api/v1/auth/register", json={**account, "name": "Ada"})
    login = await client.post("/api/v1/auth/login", json=account)
    tokens = login.json()
    me = await client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    renewed = await client.post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    left = await client.post("/api/v1/auth/logout", json={"refresh_token": tokens["refresh_token"]})
    left_all = await client.post("/api/v1/auth/logout-all", headers=ADA)

    assert (made.status_code, edge.people.registered) == (202, ["ada@learnflow.example"])
    assert (tokens["token_type"], tokens["user"]["id"]) == ("bearer", "ada")
    assert me.json() == {"id": "ada", "role": "student", "name": "Ada"}
    assert renewed.json()["access_token"]
    assert (left.status_code, left_all.status_code) == (204, 204)
    assert edge.sign_in.ended == ["refresh-ada", "ada"]


async def test_a_wrong_password_is_refused_with_the_bearer_scheme(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/v1/auth/login", json={"email": "a@b.example", "password": "wrong"})

    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert "wrong" not in response.text


async def test_guessing_passwords_is_slowed_by_address() -> None:
    app = Edge(settings=ApiSettings(sign_ins_per_minute=3)).app()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://edge") as client:
        found = [
            (await client.post("/api/v1/auth/login", json={"email": f"{n}@b.example", "password": "x"})).status_code
            for n in range(4)
        ]

    assert found == [401, 401, 401, 429]


# --- health --------------------------------------------------------------------------------------------------------


async def test_ready_names_each_dependency_and_which_is_down(edge: Edge, client: httpx.AsyncClient) -> None:
    async def down() -> None:
        raise OSError("connect to 10.0.0.3 failed")

    async def lacking() -> str:
        return "It is searched by words alone."

    edge.readiness["course"] = lacking
    well = await client.get("/ready")
    edge.readiness["sandbox"] = down
    ill = await client.get("/ready")

    assert (well.status_code, well.json()["status"]) == (200, "ready")
    assert (well.json()["dependencies"]["course"]["ok"], well.json()["dependencies"]["course"]["detail"]) == (
        True,
        "It is searched by words alone.",
    )
    assert ill.status_code == 503
    assert ill.json()["dependencies"]["database"]["ok"] is True
    assert ill.json()["dependencies"]["sandbox"]["ok"] is False
    assert "10.0.0.3" not in ill.text


async def test_health_asks_nobody(edge: Edge, client: httpx.AsyncClient) -> None:
    edge.readiness.clear()

    assert (await client.get("/health")).json() == {"status": "ok"}


async def test_metrics_are_plain_text(client: httpx.AsyncClient) -> None:
    response = await client.get("/metrics")

    assert "# TYPE learnflow_turns_total counter" in response.text
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
