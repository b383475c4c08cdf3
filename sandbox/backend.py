"""What the sandbox needs of a backend: do one job behind walls, tell the facts about its end."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any, Literal, Protocol

from core.ports import OnOutput, Policy, Program, Typed

Kind = Literal["run", "trace", "grade", "evaluate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One program with its limits. `items`: the tests of a grading without what they expect, or an author's
    expressions to evaluate where no student code is."""

    kind: Kind
    policy: Policy
    program: Program = field(default_factory=lambda: Program(code=""))
    items: Sequence[Mapping[str, Any]] = ()
    stream: bool = False
    live: bool = False  # standard input stays open, and what is typed comes while it runs
    item_s: float = 0.0  # seconds that one item of a grading may take; 0: all there are

    def message(self) -> dict[str, Any]:
        """As JSON; bytes as latin-1 text."""
        return {
            "op": "job",
            "kind": self.kind,
            "policy": _as_message(self.policy),
            "program": {
                "language": self.program.language,
                "code": self.program.code,
                "stdin": self.program.stdin,
                "args": list(self.program.args),
                "files": {name: data.decode("latin-1") for name, data in self.program.files.items()},
            },
            "items": [dict(item) for item in self.items],
            "stream": self.stream,
            "live": self.live,
            "item_s": self.item_s or self.policy.wall_s,
        }


@lru_cache(maxsize=64)
def _as_message(policy: Policy) -> dict[str, Any]:
    return asdict(policy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Facts seen from outside, and `report`, which the job's own process wrote: claims, not facts, once student code
    has run in it. `exit` is negative for a signal; `killed` is why we ended it."""

    exit: int
    killed: Literal["wall", "idle", "output", "disk", "tasks", "cancelled"] | None
    stdout: bytes
    stderr: bytes
    report: bytes
    truncated: bool
    wall_s: float
    cpu_s: float
    memory_bytes: int
    out_of_memory: bool = False


class Backend(Protocol):
    """Raises SandboxUnavailable when a job cannot be walled in, QueueFull when too many wait."""

    @property
    def level(self) -> str: ...

    async def execute(self, job: Job, on_output: OnOutput | None = None, typed: Typed | None = None) -> Outcome:
        """`typed` with a `live` job: sent to it as it comes, no faster than it reads, closed at its end."""
        ...
