"""Where a thread's state is kept between nodes: the newest checkpoint only, fenced against a process that lost its lease.

LangGraph's own saver keeps every checkpoint of every step for ever; a tutor needs the last one. So this one writes one
row a thread, in one statement a checkpoint, with the fence checked in that statement. The conversation itself is kept
by `turns.py`, whole and append-only.
"""

import asyncio
import contextlib
import zlib
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
    get_checkpoint_id,
)
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

from core.db import Pool, connection, sql
from core.errors import LeaseLost

# A finished sibling's writes wait this long for the checkpoint that makes them superfluous; only a step with several
# nodes, or an interrupt, ever writes them.
_HOLD_S = 0.005

# The words that every checkpoint is full of: deflate starts from them, which saves a quarter of so short a text. Part
# of the stored form: another dictionary is another _KIND.
_KIND = "msgpack+deflate.1"
_DICTIONARY = (
    b"usageverifiedmodelofflinemasteryproblemshint_levelintentsmissingcitationsdraftfactsevidenceexercisesubmission"
    b"intenterrorcodemessageasksourceloopstepparentsupdated_channelsversions_seenchannel_versions__start____input__"
    b"branch:to:retrievalbranch:to:triagebranch:to:verificationbranch:to:progressplanpassagesanswerblocksreplyagent"
    b"focusdeskchannel_valuesturnidtsv"
)


@dataclass(slots=True)
class Fence:
    """The right to write one thread's state: `number` is refused once a larger one was given out. `fresh`: the thread
    is new, so there is nothing to read."""

    thread: str
    number: int
    fresh: bool = False


FENCE: ContextVar[Fence] = ContextVar("fence")


class ThreadSaver(AsyncPostgresSaver):
    """AsyncPostgresSaver with one row a thread and a fence. Raises LeaseLost from a write that came too late."""

    lock: Any

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self.pool = pool
        self.lock = contextlib.nullcontext()  # the pool gives each caller a connection of its own (langgraph #7259)
        self._held: dict[tuple[str, str], tuple[str, list[bytes], asyncio.TimerHandle]] = {}
        self._deferred: dict[tuple[str, str], tuple[dict[str, Any], int]] = {}
        self._flushing: set[asyncio.Task[None]] = set()

    def get_next_version(self, current: Any, channel: None) -> int:  # type: ignore[override]
        return 1 if current is None else int(current) + 1

    async def setup(self) -> None:
        """Nothing: the tables come with the schema's migrations."""

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        thread, ns = _place(config)
        fence = FENCE.get(None)
        if fence is not None and fence.fresh and fence.thread == thread:
            return None
        async with connection(self.pool) as conn:
            cursor = await conn.execute(sql("graphs/get_checkpoint"), {"thread": thread, "ns": ns}, binary=True)
            row = await cursor.fetchone()
        wanted = get_checkpoint_id(config)
        if row is None or wanted not in (None, row["checkpoint_id"]):
            return None  # an older one is not kept: there is nothing to fork from
        checkpoint, metadata = self.serde.loads_typed(("msgpack", _inflate(row["kind"], row["body"])))
        writes = [write for body in row["writes"] for write in self.serde.loads_typed(("msgpack", body))]
        return CheckpointTuple(
            config=_address(thread, ns, row["checkpoint_id"]),
            checkpoint=checkpoint,
            metadata=metadata,
            parent_config=None,
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
        _, body = self.serde.dumps_typed([checkpoint, metadata])
        arguments = {
            "thread": thread,
            "ns": ns,
            "fence": _fence(thread),
            "checkpoint": checkpoint["id"],
            "kind": _KIND,
            "body": _deflate(body),
        }
        if self._may_wait(thread, ns, metadata, arguments):
            return _address(thread, ns, checkpoint["id"])
        await self._write(arguments)
        return _address(thread, ns, checkpoint["id"])

    def _may_wait(self, thread: str, ns: str, metadata: CheckpointMetadata, arguments: dict[str, Any]) -> bool:
        """Whether nothing is lost without this checkpoint: the two that come before a turn's first node hold no more
        than its row in `turns` does. They are written only if a node leaves something to resume from in them."""
        if metadata["source"] == "input":
            self._deferred[thread, ns] = (arguments, metadata["step"])
            return True
        _, step = self._deferred.pop((thread, ns), ({}, None))
        if step is None or metadata["step"] != step + 1:
            return False
        self._deferred[thread, ns] = (arguments, step - 1)
        return True

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
        deferred, _ = self._deferred.pop((thread, ns), ({}, None))
        if deferred.get("checkpoint") == checkpoint:
            await self._write(deferred)
        async with connection(self.pool) as conn:
            await conn.execute(sql("graphs/put_writes"), arguments)

    async def _write(self, arguments: dict[str, Any]) -> None:
        async with connection(self.pool) as conn:
            cursor = await conn.execute(sql("graphs/put_checkpoint"), arguments)
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


async def read_desks(pool: Pool, saver: ThreadSaver, student: str) -> list[dict[str, Any]]:
    """The state of each of a student's conversations, by thread. Raises DatabaseUnavailable."""
    async with connection(pool) as conn:
        rows = await (await conn.execute(sql("graphs/student_threads"), {"student": student})).fetchall()
    desks = []
    for row in rows:
        saved = await saver.aget_tuple({"configurable": {"thread_id": row["id"]}})
        if saved is not None:
            desks.append({"thread": row["id"], "state": saved.checkpoint["channel_values"]})
    return desks


def _place(config: RunnableConfig) -> tuple[str, str]:
    configurable = config["configurable"]
    return configurable["thread_id"], configurable.get("checkpoint_ns", "")


def _address(thread: str, ns: str, checkpoint: str) -> RunnableConfig:
    return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": checkpoint}}


def _deflate(body: bytes) -> bytes:
    squeeze = zlib.compressobj(zdict=_DICTIONARY)
    return squeeze.compress(body) + squeeze.flush()


def _inflate(kind: str, body: bytes) -> bytes:
    if kind != _KIND:
        raise ValueError(f"a checkpoint of the unknown form {kind!r}")
    return zlib.decompressobj(zdict=_DICTIONARY).decompress(body)


def _fence(thread: str) -> int:
    fence = FENCE.get(None)
    if fence is None or fence.thread != thread:
        raise LeaseLost("a checkpoint may be written only by the holder of its thread's lease", thread=thread)
    return fence.number
