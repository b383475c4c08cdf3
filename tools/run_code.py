"""Runs, grades or traces a student's program in the sandbox, within what the plan allows."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

from core import metrics
from core.errors import Invalid
from core.ports import Entitlements, Grade, Policy, Program, RunResult, Sandbox, Student, Test, Trace, TurnId
from core.telemetry import span
from sandbox.gate import on_behalf_of
from tools.entitlement import require

USE = "run_code needs `code`, the text of a Python program, and may take `stdin`, the text that input() reads."


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """A sandbox that asks before it spends. Its verbs raise SandboxUnavailable, BudgetSpent, and Invalid with words on
    how to use them when there is nothing to run."""

    sandbox: Sandbox
    entitlements: Entitlements
    student: Student
    turn: TurnId

    async def run(self, code: str, stdin: str = "", policy: Policy | None = None) -> RunResult:
        return await self.run_program(Program(code=code, stdin=stdin), policy)

    async def run_program(self, program: Program, policy: Policy | None = None) -> RunResult:
        await self._ask(program.code)
        with span("tools.run_code", turn=self.turn) as work, on_behalf_of(self.student.id):
            result = await self.sandbox.run(program, policy)
            work.set(status=result.status, seconds=result.wall_s)
        metrics.SANDBOX_RUNS.add(status=result.status)
        files = (content.decode("utf-8", "replace") for content in program.files.values())
        await self._pay(result.wall_s, "run", program.code, program.stdin, *files)
        return result

    async def grade(self, code: str, tests: Sequence[Test], policy: Policy | None = None) -> Grade:
        await self._ask(code)
        with span("tools.grade", turn=self.turn) as work, on_behalf_of(self.student.id):
            grade = await self.sandbox.grade(Program(code=code), tests, policy)
            work.set(tests=len(grade.results), passed=grade.passed, seconds=grade.run.wall_s)
        metrics.SANDBOX_RUNS.add(status=grade.run.status)
        await self._pay(grade.run.wall_s, "grade", code, repr([test.name for test in tests]))
        return grade

    async def trace(self, code: str, stdin: str = "", policy: Policy | None = None) -> Trace:
        await self._ask(code)
        with span("tools.trace", turn=self.turn), on_behalf_of(self.student.id):
            trace = await self.sandbox.trace(Program(code=code, stdin=stdin), policy)
        metrics.SANDBOX_RUNS.add(status=trace.run.status)
        await self._pay(trace.run.wall_s, "trace", code, stdin)
        return trace

    async def _ask(self, code: str) -> None:
        if not code.strip():
            raise Invalid(USE)
        await require(self.entitlements, self.student, "sandbox_seconds")

    async def _pay(self, wall_s: float, *what: str) -> None:
        # The key is made of what was run, so that a turn that is taken up again after a crash pays once.
        digest = hashlib.sha256("\0".join(what).encode("utf-8", "surrogatepass")).hexdigest()[:16]
        await self.entitlements.spend(self.student, "sandbox_seconds", math.ceil(wall_s), key=f"{self.turn}:{digest}")
