"""`core.ports.Sandbox` on any backend, and its stand-in where there is none."""

from collections.abc import Sequence
from typing import NoReturn

from core.errors import Invalid, SandboxUnavailable
from core.ports import Given, Grade, OnOutput, Policy, Program, RunResult, Test, Trace, Typed
from sandbox import batch, grading, outcome
from sandbox.backend import Backend, Job
from sandbox.policy import GRADE, RUN, TALK, TRACE
from sandbox.properties import Known


class Service:
    """Runs programs on one backend."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._known = Known()

    @property
    def level(self) -> str:
        return self._backend.level

    async def run(
        self,
        program: Program,
        policy: Policy | None = None,
        on_output: OnOutput | None = None,
        typed: Typed | None = None,
    ) -> RunResult:
        """Raises SandboxUnavailable, QueueFull, Invalid (a file's name leaves the program's folder), TooLarge (typed)."""
        live = typed is not None
        limits = policy or (TALK if live else RUN)
        check_names(program)
        job = Job(kind="run", policy=limits, program=program, stream=on_output is not None, live=live)
        return outcome.read_run(await self._backend.execute(job, on_output, typed), limits, self.level)

    async def run_many(
        self, program: Program, inputs: Sequence[Given], policy: Policy | None = None
    ) -> tuple[RunResult, ...]:
        """Raises as `run` does, and Invalid for more inputs than a batch may have."""
        batch.check(inputs)
        return await batch.side_by_side(lambda one: self.run(one, policy), batch.programs(program, inputs))

    async def grade(self, program: Program, tests: Sequence[Test], policy: Policy | None = None) -> Grade:
        """Raises as `run` does, and Invalid when a test itself is broken."""
        check_names(program)
        return await grading.grade(self._backend, program, tests, policy or GRADE, self._known)

    async def trace(self, program: Program, policy: Policy | None = None) -> Trace:
        """Raises as `run` does."""
        limits = policy or TRACE
        check_names(program)
        job = Job(kind="trace", policy=limits, program=program)
        return outcome.read_trace(await self._backend.execute(job), limits, self.level)


class Refusing:
    """Where nothing isolates enough: every call raises SandboxUnavailable with the reason."""

    def __init__(self, why: str) -> None:
        self._why = why

    @property
    def level(self) -> str:
        return f"none: {self._why}"

    async def run(
        self,
        program: Program,
        policy: Policy | None = None,
        on_output: OnOutput | None = None,
        typed: Typed | None = None,
    ) -> RunResult:
        self._refuse()

    async def run_many(
        self, program: Program, inputs: Sequence[Given], policy: Policy | None = None
    ) -> tuple[RunResult, ...]:
        self._refuse()

    async def grade(self, program: Program, tests: Sequence[Test], policy: Policy | None = None) -> Grade:
        self._refuse()

    async def trace(self, program: Program, policy: Policy | None = None) -> Trace:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise SandboxUnavailable(self._why)


def check_names(program: Program) -> None:
    """Raises Invalid. Names are relative and stay inside; inside the walls a bad one would only fail, but later and less clearly."""
    for name in program.files:
        parts = name.split("/")
        try:
            name.encode()
        except UnicodeEncodeError:
            raise Invalid("a file's name must be proper text") from None
        if not name or "\0" in name or name.startswith("/") or not {"", ".", ".."}.isdisjoint(parts):
            raise Invalid("a file's name must stay in the program's folder", name=name[:100])
