"""A person's words in a conversation: taken up where the thread waits for them, else in order, once, and as they stand."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from agents.spec import Spec
from agents.turn import Turn
from core import db
from core.errors import Conflict, Invalid, NotFound
from core.ports import Ask, Principal, Role, Student, StudentId, ThreadId, TurnId, UserId
from core.settings import DatabaseSettings, TurnSettings
from graphs.checkpoints import ThreadSaver
from graphs.turns import TurnRunner, open_turns
from graphs.tutor import build_tutor
from tests.integration.graphs.conftest import Before, make_context, nothing, trivial_specs

TINA = Principal(id=UserId("tina"), role=Role.TEACHER, name="Tina")
SUE = Student(id=StudentId("s2"), name="Sue")
ASK_TEACHER = Ask(message="ask my teacher")


class Place:
    """Runners over one database, as server processes would be; `windows` is what each turn was shown."""

    def __init__(self, url: str, stack: Any) -> None:
        self._url, self._stack = url, stack
        self.windows: dict[str, list[tuple[str, str]]] = {}

    async def open(self, before: Before = nothing, **settings: Any) -> TurnRunner:
        pool = await self._stack.enter_async_context(db.open_pool(self._url, DatabaseSettings()))
        specs = {**trivial_specs(before), "explanation": _explaining(before)}
        tutor = build_tutor(ThreadSaver(pool), specs=specs)
        limits = TurnSettings(**{"lease_s": 1.0, "stop_s": 0.2, **settings})
        return await self._stack.enter_async_context(open_turns(pool, tutor, self._context, limits))  # type: ignore[no-any-return]

    def _context(self, claim: Any, window: Any, say: Any) -> Any:
        self.windows[claim.turn] = [(message.author, message.body) for message in window]
        return make_context(claim, window, say)


def _explaining(before: Before) -> Spec:
    """Waits for a person when the message asks for one."""
    spec = trivial_specs(before)["explanation"]

    async def node(state: Turn, *, runtime: Any) -> Turn:
        update = await spec.node(state, runtime=runtime)
        if state["ask"]["message"] == ASK_TEACHER.message:
            update["evidence"][0]["waits"] = True
        return update

    return Spec(name=spec.name, doing=spec.doing, node=node, stage=spec.stage)


@pytest.fixture
async def place(database_url: str, student: Student) -> Any:
    async with AsyncExitStack() as stack:
        yield Place(database_url, stack)


async def _said(turns: TurnRunner, student: Student, turn: TurnId) -> Any:
    return (await turns.wait(student, turn, timeout_s=10)).answer


@pytest.mark.parametrize("durability", ["node", "turn"])
async def test_a_thread_that_waits_goes_on_with_the_teachers_words(
    durability: str, place: Place, student: Student
) -> None:
    seen: list[str] = []

    async def watch(node: str, state: Turn) -> None:
        seen.append(node)

    turns = await place.open(watch, durability=durability)
    asked = await turns.submit(student, ASK_TEACHER)
    handed_over = await turns.wait(student, asked.id, timeout_s=10)
    seen.clear()
    view = await turns.answer(TINA, student, "Try it with *three*.", thread=asked.thread)
    events = [event async for event in turns.events(student, view.id)]

    assert handed_over.status == "done"
    assert seen == ["teacher"]  # the graph went on where it waited
    assert [e["type"] for e in events] == ["accepted", "status", "teacher", "token", "done"]
    assert (events[2]["name"], events[3]["t"]) == ("Tina", "Try it with *three*.")
    answer = events[-1]["answer"]
    assert (answer["reply"], answer["author"]) == ("Try it with *three*.", {"name": "Tina", "role": "teacher"})


async def test_who_does_not_wait_is_answered_in_order(place: Place, student: Student) -> None:
    gate = asyncio.Event()

    async def hold(node: str, state: Turn) -> None:
        if node == "retrieval" and state["ask"]["message"] == "slow":
            await gate.wait()

    turns = await place.open(hold)
    asked = await turns.submit(student, ASK_TEACHER)
    await _said(turns, student, asked.id)
    slow = await turns.submit(student, Ask(message="slow"), thread=asked.thread)
    view = await turns.answer(TINA, student, "My answer", thread=asked.thread)
    later = await turns.submit(student, Ask(message="later"), thread=asked.thread)
    gate.set()
    await _said(turns, student, later.id)

    told = [(await turns.get(student, turn)).answer["reply"] for turn in (slow.id, view.id, later.id)]  # type: ignore[index]
    assert told == ["answer to slow", "My answer", "answer to later"]
    assert [view.seq for view in await turns.read_thread(student, asked.thread)] == [1, 2, 3, 4]


async def test_the_tutor_reads_the_words_as_the_teachers_in_the_turns_that_follow(
    place: Place, student: Student
) -> None:
    turns = await place.open()
    asked = await turns.submit(student, ASK_TEACHER)
    view = await turns.answer(TINA, student, "My answer", thread=asked.thread)
    following = await turns.submit(student, Ask(message="thanks"), thread=asked.thread)
    await _said(turns, student, following.id)

    assert place.windows[following.id][-1] == ("teacher", "My answer")
    assert ("student", "My answer") not in place.windows[following.id]
    assert (await turns.get(student, view.id)).ask.teacher is not None


async def test_the_same_id_is_the_same_answer(place: Place, student: Student) -> None:
    turns = await place.open()
    asked = await turns.submit(student, ASK_TEACHER)
    answers = await asyncio.gather(
        *[turns.answer(TINA, student, "Once", thread=asked.thread, turn=TurnId("a1")) for _ in range(5)]
    )
    await _said(turns, student, TurnId("a1"))

    assert {view.id for view in answers} == {"a1"}
    assert len(await turns.read_thread(student, asked.thread)) == 2
    with pytest.raises(Conflict):
        await turns.answer(TINA, student, "Something else", thread=asked.thread, turn=TurnId("a1"))
    with pytest.raises(Invalid):
        await turns.answer(TINA, student, "  ")


async def test_two_teachers_who_answer_one_question_are_both_heard(place: Place, student: Student) -> None:
    tom = Principal(id=UserId("tom"), role=Role.TEACHER, name="Tom")
    turns = await place.open()
    asked = await turns.submit(student, ASK_TEACHER)
    await _said(turns, student, asked.id)

    views = [await turns.answer(who, student, f"from {who.name}", thread=asked.thread) for who in (TINA, tom)]

    told = [await _said(turns, student, view.id) for view in views]
    assert [(one["author"]["name"], one["reply"]) for one in told] == [("Tina", "from Tina"), ("Tom", "from Tom")]


async def test_without_a_thread_the_words_go_to_the_latest_or_a_new_one(place: Place, student: Student) -> None:
    turns = await place.open()
    fresh = await turns.answer(TINA, student, "Hello")
    await _said(turns, student, fresh.id)
    latest = await turns.submit(student, Ask(message="hi"))
    await _said(turns, student, latest.id)

    view = await turns.answer(TINA, student, "Again", thread=ThreadId("gone"))

    assert view.thread == latest.thread != fresh.thread
    assert (await turns.list_threads(student))[0][-1].title == "Tina"
    with pytest.raises(NotFound):
        await turns.answer(TINA, Student(id=StudentId("nobody"), name=""), "Hello")


@pytest.mark.parametrize("waiting", [True, False])
async def test_words_whose_process_fell_silent_are_said_once_by_another(
    waiting: bool, place: Place, student: Student, pool: db.Pool
) -> None:
    stuck = asyncio.Event()
    tries = 0

    async def hang(node: str, state: Turn) -> None:
        nonlocal tries
        if node == "teacher" and (not waiting or tries or state["ask"].get("teacher") or state.get("answer")):
            tries += 1
            if tries == (2 if waiting else 1):
                stuck.set()
                await asyncio.sleep(60)

    one = await place.open(hang)
    asked = await one.submit(student, ASK_TEACHER if waiting else Ask(message="hello"))
    await _said(one, student, asked.id)
    view = await one.answer(TINA, student, "Do not give up", thread=asked.thread)
    await asyncio.wait_for(stuck.wait(), 10)
    async with pool.connection() as conn:  # as if the process had died: it renews no more, and its lease is over
        await conn.execute("update threads set owner = 'dead', lease_until = now() - interval '1 second'")
    two = await place.open()

    answer = await _said(two, student, view.id)

    assert (answer["reply"], answer["author"]["name"]) == ("Do not give up", "Tina")
    assert len(await two.read_thread(student, asked.thread)) == 2


async def test_who_follows_a_conversation_hears_the_teacher_from_any_process(place: Place, student: Student) -> None:
    one, two = await place.open(), await place.open()
    asked = await one.submit(student, ASK_TEACHER)
    await _said(one, student, asked.id)

    listening = asyncio.ensure_future(anext(aiter(one.follow(student, asked.thread, after=asked.seq, seconds=20))))
    await asyncio.sleep(0.05)
    await two.answer(TINA, student, "Here I am", thread=asked.thread)

    view = await asyncio.wait_for(listening, 10)
    assert (view.seq, view.answer["reply"]) == (2, "Here I am")
    with pytest.raises(NotFound):
        [_ async for _ in one.follow(SUE, asked.thread, seconds=1)]
