"""Mathematics behind the port: the fast path in a thread, what it leaves open in a child that can be killed."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

from cas import working
from cas.curves import picture_of
from cas.judging import UNSURE, Judgement, judge
from cas.pool import Pool, TookTooLong, open_pool
from cas.questions import read_question
from core.errors import MathematicsUnavailable
from core.ports import Equivalence, MathsVerdict, Solution, WorkingVerdict

CHECK_S = 0.85
PROOF_S = 0.6
SOLVE_S = 4.0
WAIT_S = 0.25  # for a child that is busy or being replaced; a check is answered within a second


class Checker:
    """`core.ports.Mathematics`. Without children, what the fast path cannot decide is `unsure`."""

    def __init__(self, pool: Pool, patience: float = 1.0) -> None:
        self._pool = pool
        self._patience = patience

    async def check(self, answer: str, reference: str, rule: Equivalence | None = None) -> MathsVerdict:
        """Whether `answer` agrees with `reference`; never raises on what a student wrote."""
        deadline = time.monotonic() + CHECK_S * self._patience
        judged = await asyncio.to_thread(_judged, answer, reference, rule or Equivalence())
        if judged.doubt is None:
            return judged.verdict
        result = await self._ask(judged.doubt.op, list(judged.doubt.args), deadline)
        return judged.doubt.when.get(result, judged.verdict)

    async def _ask(self, op: str, args: Any, deadline: float) -> Any:
        """The child's answer, or None when it has none in time or there is no child. Only the very first start is
        waited for."""
        wait_s = max(0.0, min(WAIT_S * self._patience, deadline - time.monotonic())) if self._pool.ever_ready else None
        try:
            return await self._pool.call(
                op,
                args,
                seconds=PROOF_S * self._patience,
                wait_s=wait_s,
                deadline=deadline if self._pool.ever_ready else None,
            )
        except (TookTooLong, MathematicsUnavailable):
            return None

    async def check_working(self, lines: Sequence[str]) -> WorkingVerdict:
        """The first line that does not follow from the one before it."""
        return await asyncio.to_thread(working.check, lines)

    async def solve(self, question: str) -> Solution | None:
        """Raises MathematicsUnavailable when no child can be started."""
        asked = await asyncio.to_thread(read_question, question)
        if asked is None:
            return None
        try:
            found = await self._pool.call("solve", [asked.task, list(asked.trees), asked.extra], seconds=SOLVE_S)
        except TookTooLong:
            return None
        if found is None:
            return None
        steps = tuple((what, tex) for what, tex in found["steps"])
        picture = await asyncio.to_thread(picture_of, asked, found["answer"])
        return Solution(
            task=asked.name, question_latex=found["question_latex"], answer=found["answer"],
            answer_latex=found["answer_latex"], steps=steps, picture=picture,
        )  # fmt: skip


def _judged(answer: str, reference: str, rule: Equivalence) -> Judgement:
    try:
        return judge(answer, reference, rule)
    except (ArithmeticError, ValueError, RecursionError):
        # the boundary of one answer: numbers at the edge of what can be computed prove nothing about it
        return Judgement(MathsVerdict(verdict="unsure", why=UNSURE))


@contextlib.asynccontextmanager
async def open_mathematics(
    *, children: int = 1, queue_max: int = 64, prestart: bool = True, patience: float = 1.0
) -> AsyncIterator[Checker]:
    """A checker whose children live as long as the block. `prestart` begins loading SymPy in them at once, in the
    background; otherwise that happens when first needed. `patience` stretches the time a child may take for a check.
    What is decided without a child is limited by the CPU time of its thread: a busy machine changes no verdict."""
    async with open_pool(size=children, queue_max=queue_max) as pool:
        if prestart:
            pool.warm()
        yield Checker(pool, patience)
