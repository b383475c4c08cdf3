"""Where a thread's state is kept between nodes: the newest checkpoint only, fenced against a process that lost its lease.

LangGraph's own saver keeps every checkpoint of every step for ever; a tutor needs the last one. So this one writes one
row a thread, in one statement a checkpoint, with the fence checked in that statement. The conversation itself is kept
by `turns.py`, whole and append-only.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

from core.db import Pool, connection, sql
from core.errors import LeaseLost

# A finished sibling's writes wait this long for the checkpoint that makes them superfluous; only a step with several
# nodes, or an interrupt, ever writes them.
_HOLD_S = 0.005


@dataclass(slots=True)
class Fence:
    """The right to write one thread's state: `number` is refused once a larger one was given out."""

    thread: str
    number: int


FENCE: ContextVar[Fence] = ContextVar("fence")


class ThreadSaver(AsyncPostgresSaver):
    """AsyncPostgresSaver with one row a thread and a fence. Raises LeaseLost from a write that came too late."""

    lock: Any

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self.pool = pool
        self.lock = contextlib.nullcontext()  # the pool gives each caller a connection of its own (langgraph #7259)
        self._held: dict[tuple[str, str], tuple[str, list[bytes], asyncio.TimerHandle]] = {}
        self._flushing: set[asyncio.Task[None]] = set()

    def get_next_version(self, current: Any, channel: None) -> int:  # type: ignore[override]
        return 1 if current is None else int(current) + 1

    async def setup(self) -> None:
        """Nothing: the tables come with the schema's migrations."""

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        thread, ns = _place(config)
        async with connection(self.pool) as conn:
            cursor = await conn.execute(sql("graphs/get_checkpoint"), {"thread": thread, "ns": ns}, binary=True)
            row = await cursor.fetchone()
        if row is None:
            return None
        checkpoint, metadata = self.serde.loads_typed((row["kind"], row["body"]))
        writes = [write for body in row["writes"] for write in self.serde.loads_typed(("msgpack", body))]
        return CheckpointTuple(
            config=_address(thread, ns, row["checkpoint_id"]),
            checkpoint=checkpoint,
            metadata=metadata,
            parent_config=_address(thread, ns, row["parent_id"]) if row["parent_id"] else None,
            pending_writes=[(task, channel, value) for task, channel, value in writes],
        )

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        thread, ns = _place(config)
        if held := self._held.pop((thread, ns), None):
            held[2].cancel()  # this checkpoint holds what they would have added to the last
        kind, body = self.serde.dumps_typed([checkpoint, metadata])
        await self._write(
            "graphs/put_checkpoint",
            {
                "thread": thread,
                "ns": ns,
                "fence": _fence(thread),
                "checkpoint": checkpoint["id"],
                "parent": config["configurable"].get("checkpoint_id"),
                "kind": kind,
                "body": body,
            },
        )
        return _address(thread, ns, checkpoint["id"])

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        thread, ns = _place(config)
        checkpoint = config["configurable"]["checkpoint_id"]
        _, body = self.serde.dumps_typed([[task_id, channel, value] for channel, value in writes])
        if any(channel in WRITES_IDX_MAP for channel, _ in writes):  # interrupts and errors: no checkpoint follows
            await self._put_writes(thread, ns, checkpoint, [body])
            return
        held = self._held.pop((thread, ns), None)
        bodies = [*held[1], body] if held and held[0] == checkpoint else [body]
        if held:
            held[2].cancel()
        timer = asyncio.get_running_loop().call_later(_HOLD_S, self._flush, thread, ns)
        self._held[thread, ns] = (checkpoint, bodies, timer)

    def _flush(self, thread: str, ns: str) -> None:
        if held := self._held.pop((thread, ns), None):
            task = asyncio.get_running_loop().create_task(self._put_writes(thread, ns, held[0], held[1]))
            self._flushing.add(task)
            task.add_done_callback(self._flushed)

    def _flushed(self, task: asyncio.Task[None]) -> None:
        self._flushing.discard(task)
        if not task.cancelled():
            task.exception()  # best effort: without these writes a sibling runs again, which every node allows

    async def _put_writes(self, thread: str, ns: str, checkpoint: str, bodies: list[bytes]) -> None:
        arguments = {"thread": thread, "ns": ns, "checkpoint": checkpoint, "writes": bodies, "fence": _fence(thread)}
        async with connection(self.pool) as conn:
            await conn.execute(sql("graphs/put_writes"), arguments)

    async def _write(self, statement: str, arguments: dict[str, Any]) -> None:
        async with connection(self.pool) as conn:
            cursor = await conn.execute(sql(statement), arguments)
            if cursor.rowcount == 0:
                raise LeaseLost(thread=arguments["thread"])

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """The newest checkpoint, or none: older ones are not kept."""
        if config is not None and before is None and (found := await self.aget_tuple(config)):
            yield found

    async def adelete_thread(self, thread_id: str) -> None:
        async with connection(self.pool) as conn:
            await conn.execute("delete from checkpoints where thread_id = %s", (thread_id,))


def _place(config: RunnableConfig) -> tuple[str, str]:
    configurable = config["configurable"]
    return configurable["thread_id"], configurable.get("checkpoint_ns", "")


def _address(thread: str, ns: str, checkpoint: str) -> RunnableConfig:
    return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": checkpoint}}


def _fence(thread: str) -> int:
    fence = FENCE.get(None)
    if fence is None or fence.thread != thread:
        raise LeaseLost("a checkpoint may be written only by the holder of its thread's lease", thread=thread)
    return fence.number
