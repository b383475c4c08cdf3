"""A turn is answered once, in order, whatever else happens to it."""

import asyncio

import pytest

from agents.turn import Turn
from core import db
from core.errors import Conflict, Invalid, NotFound, QueueFull
from core.ports import Ask, Student, StudentId, ThreadId, TurnId
from core.settings import TurnSettings
from tests.integration.graphs.conftest import OpenRunner

SUE = Student(id=StudentId("s2"), name="Sue")


async def test_a_turn_is_streamed_and_answered(open_runner: OpenRunner, student: Student) -> None:
    turns = await open_runner()
    view = await turns.submit(student, Ask(message="hello"))

    seen = [event async for event in turns.events(student, view.id)]

    assert [event["type"] for event in seen] == ["accepted", *["status"] * 3, "token", *["status"] * 2, "done"]
    assert [event["seq"] for event in seen] == list(range(1, 9))
    assert seen[-1]["answer"]["reply"] == "answer to hello"
    assert (await turns.get(student, view.id)).status == "done"


async def test_the_same_id_twice_is_the_same_turn(open_runner: OpenRunner, student: Student) -> None:
    turns = await open_runner()
    first = await turns.submit(student, Ask(message="hello"), turn=TurnId("t1"))

    again = await turns.submit(student, Ask(message="hello"), turn=TurnId("t1"))
    await turns.wait(student, first.id)

    assert again.thread == first.thread
    assert len(await turns.read_thread(student, first.thread)) == 1
    with pytest.raises(Conflict):
        await turns.submit(student, Ask(message="other"), turn=TurnId("t1"))


async def test_another_students_turn_and_thread_are_not_found(open_runner: OpenRunner, student: Student) -> None:
    turns = await open_runner()
    view = await turns.submit(student, Ask(message="secret"))

    with pytest.raises(NotFound):
        await turns.submit(SUE, Ask(message="mine now"), thread=view.thread)
    with pytest.raises(NotFound):
        await turns.submit(SUE, Ask(message="secret"), turn=view.id)
    with pytest.raises(NotFound):
        await turns.read_thread(SUE, view.thread)
    with pytest.raises(NotFound):
        await turns.delete_thread(SUE, view.thread)
    with pytest.raises(NotFound):
        await turns.get(SUE, view.id)


async def test_another_student_cannot_watch_a_running_turn(open_runner: OpenRunner, student: Student) -> None:
    turns = await open_runner()
    view = await turns.submit(student, Ask(message="secret"))

    with pytest.raises(NotFound):
        [event async for event in turns.events(SUE, view.id)]


async def test_eight_devices_on_two_processes_lose_nothing(open_runner: OpenRunner, student: Student) -> None:
    running: list[str] = []
    most = 0

    async def watch(node: str, state: Turn) -> None:
        nonlocal most
        if node == "retrieval":
            running.append(state["turn"])
            most = max(most, len(running))
        await asyncio.sleep(0.002)
        if node == "progress":
            running.remove(state["turn"])

    one, two = await open_runner(watch), await open_runner(watch)
    thread = (await one.create_thread(student)).id

    asked = await asyncio.gather(
        *((one if n % 2 else two).submit(student, Ask(message=f"m{n}"), thread=thread) for n in range(16))
    )
    answered = await asyncio.gather(
        *((one if n % 2 else two).wait(student, view.id, timeout_s=20) for n, view in enumerate(asked))
    )

    kept = await one.read_thread(student, thread)
    assert [view.seq for view in kept] == list(range(1, 17))
    assert {view.ask.message for view in kept} == {f"m{n}" for n in range(16)}
    assert all(view.answer and view.answer["reply"] == f"answer to {view.ask.message}" for view in answered)
    finished = [view.finished_at for view in kept if view.finished_at]
    assert finished == sorted(finished)
    assert most == 1


async def test_a_silent_process_is_replaced_without_running_finished_nodes_again(
    open_runner: OpenRunner, student: Student, pool: db.Pool
) -> None:
    ran: list[str] = []
    stuck = asyncio.Event()

    async def hang(node: str, state: Turn) -> None:
        ran.append(node)
        if node == "verification" and not stuck.is_set():
            stuck.set()
            await asyncio.sleep(3600)

    first = await open_runner(hang)
    view = await first.submit(student, Ask(message="hello"))
    await asyncio.wait_for(stuck.wait(), 5)
    async with db.connection(pool) as conn:  # as if the process had fallen silent
        await conn.execute("update threads set lease_until = now() - interval '1 second', owner = 'gone'")
    second = await open_runner(hang)

    done = await second.wait(student, view.id, timeout_s=10)

    assert done.status == "done"
    assert ran.count("retrieval") == ran.count("explanation") == 1
    assert ran.count("verification") == 2


async def test_a_process_that_lost_its_lease_cannot_answer(
    open_runner: OpenRunner, student: Student, pool: db.Pool
) -> None:
    go, stuck = asyncio.Event(), asyncio.Event()

    async def hang(node: str, state: Turn) -> None:
        if node == "explanation":
            stuck.set()
            await go.wait()

    turns = await open_runner(hang)
    view = await turns.submit(student, Ask(message="hello"))
    await asyncio.wait_for(stuck.wait(), 5)
    async with db.connection(pool) as conn:
        await conn.execute(
            "update threads set fence = fence + 1, owner = 'other', lease_until = now() + interval '1 h'"
        )
        await conn.execute("update checkpoints set fence = fence + 1")
    go.set()
    await asyncio.sleep(0.3)

    assert (await turns.get(student, view.id)).status == "running"


async def test_a_turn_that_keeps_failing_is_answered_kindly(
    open_runner: OpenRunner, student: Student, pool: db.Pool
) -> None:
    async def hang(node: str, state: Turn) -> None:
        await asyncio.sleep(3600)

    turns = await open_runner(hang)
    view = await turns.submit(student, Ask(message="poison"))
    async with db.connection(pool) as conn:
        await conn.execute("update turns set tries = 5")
        await conn.execute("update threads set lease_until = now() - interval '1 second', owner = 'gone'")
    done = await (await open_runner()).wait(student, view.id, timeout_s=10)

    assert done.status == "failed"
    assert done.answer
    assert "another way" in done.answer["reply"]


async def test_a_broken_node_leaves_an_answer_that_says_so(open_runner: OpenRunner, student: Student) -> None:
    async def break_one(node: str, state: Turn) -> None:
        if node == "verification":
            raise ZeroDivisionError

    turns = await open_runner(break_one)
    view = await turns.submit(student, Ask(message="hello"))

    done = await turns.wait(student, view.id, timeout_s=5)

    assert done.status == "done"
    assert done.answer
    assert "something went wrong on our side" in done.answer["reply"]


async def test_too_many_waiting_messages_are_refused(open_runner: OpenRunner, student: Student) -> None:
    async def slow(node: str, state: Turn) -> None:
        await asyncio.sleep(0.2)

    turns = await open_runner(slow, TurnSettings(queued_max=2, stop_s=0.2))
    thread = (await turns.create_thread(student)).id
    for n in range(3):
        await turns.submit(student, Ask(message=f"m{n}"), thread=thread)

    with pytest.raises(QueueFull):
        await turns.submit(student, Ask(message="one too many"), thread=thread)


async def test_a_watcher_that_leaves_loses_nothing_and_may_come_back(open_runner: OpenRunner, student: Student) -> None:
    turns = await open_runner()
    view = await turns.submit(student, Ask(message="hello"))
    async for event in turns.events(student, view.id):
        if event["type"] == "status":
            break

    rest = [event async for event in turns.events(student, view.id, after=2)]

    assert rest[0]["seq"] == 3
    assert rest[-1]["type"] == "done"


async def test_a_finished_turn_replays_in_another_process(open_runner: OpenRunner, student: Student) -> None:
    one, two = await open_runner(), await open_runner()
    view = await one.submit(student, Ask(message="hello"))
    await one.wait(student, view.id)

    whole = [event async for event in two.events(student, view.id)]
    rest = [event async for event in two.events(student, view.id, after=6)]

    assert [event["type"] for event in whole] == ["accepted", "token", "done"]
    assert [event["type"] for event in rest] == ["done"]
    assert rest[0]["answer"]["reply"] == "answer to hello"


async def test_a_deleted_conversation_cannot_be_watched(open_runner: OpenRunner, student: Student) -> None:
    turns = await open_runner()
    view = await turns.submit(student, Ask(message="hello"))
    await turns.wait(student, view.id)

    await turns.delete_thread(student, view.thread)

    with pytest.raises(NotFound):
        [event async for event in turns.events(student, view.id)]


async def test_what_lies_on_the_desk_outlives_a_turn(open_runner: OpenRunner, student: Student) -> None:
    desks: list[str] = []

    async def look(node: str, state: Turn) -> None:
        if node == "retrieval":
            desks.append(state.get("desk", {}).get("program", ""))

    turns = await open_runner(look)
    first = await turns.submit(student, Ask(message="one"))
    await turns.wait(student, first.id)
    second = await turns.submit(student, Ask(message="two"), thread=first.thread)
    await turns.wait(student, second.id)

    assert desks == ["", "one"]


@pytest.mark.parametrize("message", ["nul \x00 here", "surrogate \ud800 here"])
async def test_text_that_no_database_can_hold_is_refused(
    open_runner: OpenRunner, student: Student, message: str
) -> None:
    turns = await open_runner()

    with pytest.raises(Invalid):
        await turns.submit(student, Ask(message=message))


async def test_an_unknown_thread_is_not_found(open_runner: OpenRunner, student: Student) -> None:
    turns = await open_runner()

    with pytest.raises(NotFound):
        await turns.submit(student, Ask(message="hello"), thread=ThreadId("nowhere"))


async def test_old_turns_are_summarised_and_kept_whole(
    open_runner: OpenRunner, student: Student, pool: db.Pool
) -> None:
    turns = await open_runner(settings=TurnSettings(window=3, stop_s=0.2))
    thread = (await turns.create_thread(student)).id
    for n in range(6):
        view = await turns.submit(student, Ask(message=f"question {n}"), thread=thread)
        await turns.wait(student, view.id)

    async with db.connection(pool) as conn:
        row = await (await conn.execute("select summary from threads")).fetchone()
    assert row is not None
    assert row["summary"].splitlines() == [f"concept: question {n}" for n in range(3)]
    assert len(await turns.read_thread(student, thread)) == 6
