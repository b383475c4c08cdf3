"""A program that is run for somebody, and what came of it."""

from typing import Any, Literal

from pydantic import Field

from api.wire.base import In, Out, Short, Text
from core.ports import (
    RunResult,
)


class Execute(In):
    code: Text = Field(min_length=1, examples=["print(6 * 7)"])
    stdin: Text = ""
    args: list[Short] = Field(default=[], max_length=50)
    timeout_s: float = Field(5.0, gt=0, le=10, allow_inf_nan=False)


class GivenInput(In):
    stdin: Text = ""
    args: list[Short] = Field(default=[], max_length=50)


class ExecuteBatch(In):
    code: Text = Field(min_length=1, examples=["print(int(input()) ** 2)"])
    inputs: list[GivenInput] = Field(min_length=1, max_length=50, examples=[[{"stdin": "2\n"}, {"stdin": "3\n"}]])
    timeout_s: float = Field(5.0, gt=0, le=5, allow_inf_nan=False)


class RaisedView(Out):
    type: str
    message: str
    line: int | None
    traceback: str


class Run(Out):
    """What a program did. `level` says which isolation ran it, `figures` are PNG images in base64."""

    status: Literal["ok", "error", "timeout", "memory", "output_limit", "process_limit", "violation"]
    stdout: str
    stderr: str
    exit_code: int | None
    raised: RaisedView | None
    wall_s: float
    cpu_s: float
    memory_bytes_peak: int
    level: str
    truncated: bool
    figures: list[str]


class Runs(Out):
    """One result an input, in their order."""

    runs: list[Run]


def run(result: RunResult, figures: list[str]) -> dict[str, Any]:
    """The JSON of `Run`: a program may print what no JSON library validates, so it is written out."""
    raised = result.raised
    return {
        "status": result.status,
        "stdout": result.stdout,
        "stderr": result.stderr,
        "exit_code": result.exit_code,
        "raised": raised
        and {"type": raised.type, "message": raised.message, "line": raised.line, "traceback": raised.traceback},
        "wall_s": result.wall_s,
        "cpu_s": result.cpu_s,
        "memory_bytes_peak": result.memory_bytes_peak,
        "level": result.level,
        "truncated": result.truncated,
        "figures": figures,
    }
