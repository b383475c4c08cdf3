"""The saver keeps what a graph needs to go on: siblings that finished, interrupts, and nothing from who lost the lease."""

import asyncio
from operator import add
from typing import Annotated, Any

import pytest
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt
from typing_extensions import TypedDict

from core import db
from core.errors import LeaseLost
from core.ports import Student
from graphs.checkpoints import FENCE, Fence, ThreadSaver

CONFIG: Any = {"configurable": {"thread_id": "t"}}


class State(TypedDict, total=False):
    ran: Annotated[list[str], add]


@pytest.fixture
async def saver(pool: db.Pool, student: Student) -> ThreadSaver:
    async with db.connection(pool) as conn:
        await conn.execute("insert into threads (id, student_id) values ('t', 's1')")
    FENCE.set(Fence("t", 1))
    return ThreadSaver(pool)


async def test_a_finished_sibling_is_not_run_again(saver: ThreadSaver) -> None:
    ran: list[str] = []
    fail = True

    async def quick(state: State) -> State:
        ran.append("quick")
        return {"ran": ["quick"]}

    async def slow(state: State) -> State:
        await asyncio.sleep(0.1)
        ran.append("slow")
        if fail:
            raise ZeroDivisionError
        return {"ran": ["slow"]}

    graph = StateGraph(State).add_node(quick).add_node(slow)
    for name in ("quick", "slow"):
        graph.add_edge(START, name).add_edge(name, END)
    tutor = graph.compile(checkpointer=saver)
    with pytest.raises(ZeroDivisionError):
        await tutor.ainvoke({"ran": []}, CONFIG, durability="sync")
    fail = False

    done = await tutor.ainvoke(None, CONFIG, durability="sync")

    assert ran == ["quick", "slow", "slow"]
    assert sorted(done["ran"]) == ["quick", "slow"]


async def test_an_interrupt_waits_for_its_answer(saver: ThreadSaver, pool: db.Pool) -> None:
    async def ask(state: State) -> State:
        return {"ran": [interrupt("what now?")]}

    graph = StateGraph(State).add_node(ask).add_edge(START, "ask").add_edge("ask", END)
    await graph.compile(checkpointer=saver).ainvoke({"ran": []}, CONFIG, durability="sync")
    another_process = graph.compile(checkpointer=ThreadSaver(pool))

    done = await another_process.ainvoke(Command(resume="this"), CONFIG, durability="sync")

    assert done["ran"] == ["this"]


@pytest.mark.parametrize("durability", ["sync", "exit"])
async def test_an_older_fence_is_refused(saver: ThreadSaver, pool: db.Pool, durability: Any) -> None:
    async def step(state: State) -> State:
        async with db.connection(pool) as conn:  # meanwhile somebody else takes the thread over
            await conn.execute(
                "insert into checkpoints (thread_id, ns, fence) values ('t', '', 2)"
                " on conflict (thread_id, ns) do update set fence = 2"
            )
        return {"ran": ["step"]}

    tutor = StateGraph(State).add_node(step).add_edge(START, "step").add_edge("step", END).compile(checkpointer=saver)

    with pytest.raises(LeaseLost):
        await tutor.ainvoke({"ran": []}, CONFIG, durability=durability)


async def test_a_writer_without_a_lease_is_refused(saver: ThreadSaver) -> None:
    async def step(state: State) -> State:
        return {"ran": ["step"]}

    tutor = StateGraph(State).add_node(step).add_edge(START, "step").add_edge("step", END).compile(checkpointer=saver)
    FENCE.set(Fence("another thread", 9))

    with pytest.raises(LeaseLost):
        await tutor.ainvoke({"ran": []}, CONFIG, durability="sync")


async def test_one_row_a_thread_however_long_it_grows(saver: ThreadSaver, pool: db.Pool) -> None:
    async def step(state: State) -> State:
        return {"ran": ["x"]}

    tutor = StateGraph(State).add_node(step).add_edge(START, "step").add_edge("step", END).compile(checkpointer=saver)
    for _ in range(5):
        await tutor.ainvoke({"ran": []}, CONFIG, durability="sync")

    async with db.connection(pool) as conn:
        row = await (await conn.execute("select count(*) as n from checkpoints")).fetchone()
    assert row == {"n": 1}
    assert (await tutor.aget_state(CONFIG)).values["ran"] == ["x"] * 5


async def test_an_older_checkpoint_is_gone_rather_than_another(saver: ThreadSaver) -> None:
    async def step(state: State) -> State:
        return {"ran": ["x"]}

    tutor = StateGraph(State).add_node(step).add_edge(START, "step").add_edge("step", END).compile(checkpointer=saver)
    await tutor.ainvoke({"ran": []}, CONFIG, durability="sync")
    newest = await tutor.aget_state(CONFIG)
    await tutor.ainvoke({"ran": []}, CONFIG, durability="sync")

    older = await saver.aget_tuple(newest.config)

    assert older is None
    assert [found.checkpoint["id"] async for found in saver.alist(CONFIG)] != [
        newest.config["configurable"]["checkpoint_id"]
    ]
