"""What the edge relies on: the same promises hold for the fake tutor of its tests and for the real one on Postgres."""

import asyncio
from contextlib import aclosing

import pytest

from api.fake import FakeTurns
from core import db
from core.errors import Conflict, NotFound
from core.ports import Ask, Event, Principal, Role, Student, StudentId, ThreadId, TurnId, Turns, UserId
from tests.integration.graphs.conftest import OpenRunner, open_runner, student, turn_settings

__all__ = ["open_runner", "student", "turn_settings"]  # fixtures

ASK = Ask(message="What is a list?")
SUE = Student(id=StudentId("s2"), name="Sue")
TINA = Principal(id=UserId("tina"), role=Role.TEACHER, name="Tina")


@pytest.fixture(params=["fake", "real"])
async def turns(request: pytest.FixtureRequest, pool: db.Pool, student: Student, open_runner: OpenRunner) -> Turns:
    return FakeTurns() if request.param == "fake" else await open_runner()


async def _all(turns: Turns, student: Student, turn: TurnId, after: int = 0) -> list[Event]:
    async with asyncio.timeout(10):
        return [event async for event in turns.events(student, turn, after=after)]


async def test_events_begin_with_accepted_end_with_done_and_count_up(turns: Turns, student: Student) -> None:
    view = await turns.submit(student, ASK)

    found = await _all(turns, student, view.id)

    assert (found[0]["type"], found[-1]["type"]) == ("accepted", "done")
    assert (found[0]["turn"], found[0]["thread"], found[0]["position"]) == (view.id, view.thread, 0)
    assert [event["seq"] for event in found] == list(range(1, len(found) + 1))


async def test_watching_goes_on_after_what_was_seen(turns: Turns, student: Student) -> None:
    view = await turns.submit(student, ASK)
    everything = await _all(turns, student, view.id)

    assert await _all(turns, student, view.id, after=2) == everything[2:]


async def test_waiting_gives_the_answer(turns: Turns, student: Student) -> None:
    view = await turns.submit(student, ASK)

    done = await turns.wait(student, view.id, timeout_s=10)

    assert (done.status, done.ask, done.thread) == ("done", ASK, view.thread)
    assert done.answer is not None
    assert done.answer["reply"]
    assert await turns.get(student, view.id) == done


async def test_the_same_id_is_the_same_turn_or_a_conflict(turns: Turns, student: Student) -> None:
    first = await turns.submit(student, ASK, turn=TurnId("t-1"))
    again = await turns.submit(student, ASK, turn=TurnId("t-1"))

    assert (again.id, again.thread, again.seq) == (first.id, first.thread, first.seq)
    with pytest.raises(Conflict):
        await turns.submit(student, Ask(message="something else"), turn=TurnId("t-1"))


async def test_what_is_another_student_s_is_not_found(turns: Turns, student: Student) -> None:
    view = await turns.submit(student, ASK, turn=TurnId("t-1"))
    thread = view.thread

    for refused in (
        turns.get(SUE, view.id),
        _all(turns, SUE, view.id),
        turns.wait(SUE, view.id, timeout_s=1),
        turns.submit(SUE, ASK, thread=thread),
        turns.submit(SUE, ASK, turn=view.id),
        turns.read_thread(SUE, thread),
        turns.delete_thread(SUE, thread),
    ):
        with pytest.raises(NotFound):
            await refused
    assert (await turns.list_threads(SUE))[0] == []


@pytest.mark.parametrize("name", ["nothing", "0190aaaa-0000-7000-8000-000000000000", "x" * 100])
async def test_what_does_not_exist_is_not_found(name: str, turns: Turns, student: Student) -> None:
    for refused in (
        turns.get(student, TurnId(name)),
        turns.submit(student, ASK, thread=ThreadId(name)),
        turns.read_thread(student, ThreadId(name)),
        turns.delete_thread(student, ThreadId(name)),
    ):
        with pytest.raises(NotFound):
            await refused


async def test_a_conversation_is_read_back_in_pages(turns: Turns, student: Student) -> None:
    thread = (await turns.create_thread(student, "Lists")).id
    for n in range(3):
        view = await turns.submit(student, Ask(message=f"m{n}"), thread=thread)
        await turns.wait(student, view.id, timeout_s=10)

    last = await turns.read_thread(student, thread, limit=2)
    rest = await turns.read_thread(student, thread, limit=2, before=last[0].seq)

    assert [view.ask.message for view in (*rest, *last)] == ["m0", "m1", "m2"]


async def test_conversations_are_listed_latest_first_in_pages(turns: Turns, student: Student) -> None:
    made = [(await turns.create_thread(student, str(n))).id for n in range(3)]

    first, cursor = await turns.list_threads(student, limit=2)
    second, end = await turns.list_threads(student, limit=2, cursor=cursor)

    assert [view.id for view in (*first, *second)] == made[::-1]
    assert end is None


async def test_a_deleted_conversation_is_gone_with_its_turns(turns: Turns, student: Student) -> None:
    view = await turns.submit(student, ASK)
    await turns.wait(student, view.id, timeout_s=10)

    await turns.delete_thread(student, view.thread)

    with pytest.raises(NotFound):
        await turns.get(student, view.id)
    with pytest.raises(NotFound):
        await turns.read_thread(student, view.thread)


async def test_a_teachers_words_are_a_turn_of_their_own_once(turns: Turns, student: Student) -> None:
    view = await turns.submit(student, ASK)
    for _ in range(2):
        answer = await turns.answer(TINA, student, "Look again", thread=view.thread, turn=TurnId("t-9"))
    events = await _all(turns, student, answer.id)

    shown = [event["type"] for event in events if event["type"] != "status"]
    assert shown == ["accepted", "teacher", "token", "done"]
    assert events[-1]["answer"]["reply"] == "Look again"
    assert events[-1]["answer"]["author"] == {"name": "Tina", "role": "teacher"}
    assert [one.seq for one in await turns.read_thread(student, view.thread)] == [1, 2]
    with pytest.raises(Conflict):
        await turns.answer(TINA, student, "Other words", thread=view.thread, turn=TurnId("t-9"))
    with pytest.raises(NotFound):
        await turns.answer(TINA, SUE, "Look again", turn=TurnId("t-9"))


async def test_who_follows_is_told_of_turns_as_they_end(turns: Turns, student: Student) -> None:
    view = await turns.submit(student, ASK)
    answer = await turns.answer(TINA, student, "Look again", thread=view.thread)

    async with asyncio.timeout(10), aclosing(turns.follow(student, view.thread, after=0, seconds=9)) as ended:  # type: ignore[type-var]
        found = [await anext(ended), await anext(ended)]  # type: ignore[type-var]

    assert [(one.id, one.status) for one in found] == [(view.id, "done"), (answer.id, "done")]


async def test_leaving_never_stops_a_turn(turns: Turns, student: Student) -> None:
    view = await turns.submit(student, ASK)
    async for _ in turns.events(student, view.id):
        break

    assert (await turns.wait(student, view.id, timeout_s=10)).status == "done"
