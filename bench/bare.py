"""The yardstick: bare LangGraph with its own Postgres saver and seven trivial nodes, without any HTTP.

`python -m bench.bare DATABASE_URL TURNS` prints one JSON line a concurrency: turns/s and CPU of this process a turn.
"""

import asyncio
import json
import sys
import time

import uvloop
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph import END, START, StateGraph
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from typing_extensions import TypedDict


class State(TypedDict, total=False):
    message: str
    steps: int


async def step(state: State) -> State:
    return {"steps": state.get("steps", 0) + 1}


async def measure(url: str, turns: int) -> None:
    options = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    async with AsyncConnectionPool(url, min_size=10, max_size=10, kwargs=options, open=False) as pool:
        saver = AsyncPostgresSaver(pool)  # type: ignore[arg-type]
        await saver.setup()
        graph = StateGraph(State)
        names = [f"node{n}" for n in range(7)]
        for name in names:
            graph.add_node(name, step)
        for one, following in zip([START, *names], [*names, END], strict=True):
            graph.add_edge(one, following)
        tutor = graph.compile(checkpointer=saver)

        async def client(name: str, count: int) -> None:
            for n in range(count):
                await tutor.ainvoke({"message": "hello", "steps": 0}, {"configurable": {"thread_id": f"{name}-{n}"}})

        await client("warm", 5)
        for at_once in (1, 16, 100):
            began, cpu = time.perf_counter(), time.process_time()
            each = max(1, turns // at_once)
            await asyncio.gather(*(client(f"{at_once}-{n}", each) for n in range(at_once)))
            done = each * at_once
            took, spent = time.perf_counter() - began, time.process_time() - cpu
            print(json.dumps({"at_once": at_once, "turns_s": done / took, "cpu_ms": spent / done * 1000}), flush=True)


if __name__ == "__main__":
    uvloop.run(measure(sys.argv[1], int(sys.argv[2])))
