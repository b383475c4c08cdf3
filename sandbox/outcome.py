"""From the facts and claims about a job to a result: which status, which exception, which picture."""

import base64
import json
import signal
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from core.ports import Policy, Raised, RunResult, RunStatus, Step, Trace
from sandbox.backend import Outcome
from sandbox.jail import wire

_NAMES_MAX = 20
_ATTACHMENTS_MAX = 40
_JSON_BYTES_MAX = 2 * 1024 * 1024
_STATUS_OF_KILLED: Mapping[str | None, RunStatus] = {
    "wall": "timeout",
    "idle": "timeout",
    "output": "output_limit",
    "disk": "error",
    "tasks": "process_limit",
}


def read_done(done: Mapping[str, Any], *, out_of_memory: bool) -> Outcome:
    """The facts as a watcher tells them (`sandbox.jail.zygote.Watch`)."""
    out, err, _ = done["sizes"]
    blob = done["blob"]
    report = blob[out + err :]
    body, goodbye, _ = report.rpartition(wire.GOODBYE)  # the goodbye is for the watcher
    return Outcome(
        exit=done["exit"], killed=done["killed"], stdout=blob[:out], stderr=blob[out : out + err],
        report=body if goodbye else report, truncated=done["truncated"], wall_s=done["wall_s"], cpu_s=done["cpu_s"],
        memory_bytes=done["memory"], out_of_memory=out_of_memory,
    )  # fmt: skip


def read_run(outcome: Outcome, policy: Policy, level: str) -> RunResult:
    """The result of a `run` or `trace` job."""
    head, _, rest = outcome.report.partition(b"\n")
    report = read_report(head)
    told = {"disk": _disk_full, "idle": _tell_idle}.get(outcome.killed or "")
    raised = told(policy) if told else read_raised(report.get("raised"))
    status = decide(outcome, raised, policy, timeout=report.get("timeout") is True)
    return RunResult(
        status=status,
        stdout=outcome.stdout.decode("utf-8", "replace"),
        stderr=outcome.stderr.decode("utf-8", "replace"),
        exit_code=None if status == "timeout" or outcome.killed else outcome.exit,
        raised=raised,
        wall_s=outcome.wall_s,
        cpu_s=outcome.cpu_s,
        memory_bytes_peak=outcome.memory_bytes,
        level=level,
        truncated=outcome.truncated,
        figures=tuple(data for kind, _, data in _attachments(rest) if kind == b"figure"),
        files={name: data for kind, name, data in _attachments(rest) if kind == b"file"},
    )


def read_trace(outcome: Outcome, policy: Policy, level: str) -> Trace:
    """The result of a `trace` job; a run cut short keeps the steps it could still tell."""
    report = read_report(outcome.report.partition(b"\n")[0])
    steps = tuple(_step(step) for step in _list(report.get("steps"))[: policy.steps_max])
    complete = report.get("complete") is True
    return Trace(steps=steps, complete=complete, run=read_run(outcome, policy, level))


def _tell_idle(policy: Policy) -> Raised:
    words = f"nothing was typed or printed for {policy.idle_s:g} s"
    return Raised(type="TimeoutError", message=words, line=None, traceback=f"TimeoutError: {words}\n")


def decide(outcome: Outcome, raised: Raised | None, policy: Policy, *, timeout: bool = False) -> RunStatus:
    """What ended the program: facts first, then what it said of itself."""
    killed = decide_end(outcome.exit, outcome.cpu_s, policy)
    if killed == "violation":
        return "violation"
    if timeout:
        return "timeout"
    if outcome.killed in _STATUS_OF_KILLED:
        return _STATUS_OF_KILLED[outcome.killed]
    if outcome.out_of_memory:
        return "memory"
    if killed is not None:
        return killed
    if raised is not None:
        return status_of(raised)
    if outcome.truncated:
        return "output_limit"
    return "error" if outcome.exit else "ok"


def _disk_full(policy: Policy) -> Raised:
    """For a program that was stopped because the kernel could not say so itself."""
    message = f"[Errno 28] No space left on device: the program's files take more than {policy.disk_bytes_max} bytes"
    return Raised(type="OSError", message=message, line=None, traceback=f"OSError: {message}\n")


def decide_end(exit_code: int, cpu_s: float, policy: Policy) -> RunStatus | None:
    """What a deadly signal means; None when none of our limits explains the end."""
    if exit_code == -signal.SIGSYS:
        return "violation"
    if exit_code == -signal.SIGKILL:  # the kernel kills for two reasons: CPU time and memory
        return "timeout" if cpu_s >= 0.9 * policy.cpu_s else "memory"
    return None


def status_of(raised: Raised) -> RunStatus:
    """What an exception says about the limits."""
    if raised.type == "MemoryError":
        return "memory"
    if raised.type == "BlockingIOError" and "fork" in raised.traceback:
        return "process_limit"
    if raised.type == "RuntimeError" and raised.message == "can't start new thread":
        return "process_limit"
    return "error"


def read_report(data: bytes) -> Mapping[str, Any]:
    """What a job's process wrote about itself, as an object; empty when it is broken in any way. Bounded: whoever
    reads JSON holds up everyone else on the loop."""
    if len(data) > _JSON_BYTES_MAX:
        return {}
    try:
        return _dict(json.loads(data))
    except (ValueError, RecursionError):
        return {}


def read_raised(data: Any) -> Raised | None:
    """The exception a program claims to have ended with."""
    if not isinstance(data, dict):
        return None
    line = data.get("line")
    return Raised(
        type=_text(data.get("type"), 200) or "Exception",
        message=_text(data.get("message"), 1_000),
        line=line if isinstance(line, int) and line > 0 else None,
        traceback=_text(data.get("traceback"), 10_000),
        locals=_names(data.get("locals")),
    )


def _attachments(data: bytes) -> list[tuple[bytes, str, bytes]]:
    """Kind, name and content of each line after the report's head."""
    found = []
    for line in data.split(b"\n", _ATTACHMENTS_MAX)[:_ATTACHMENTS_MAX]:
        words = line.split(b" ")
        if len(words) == 3:
            with suppress(ValueError):
                name, content = (base64.b64decode(word, validate=True) for word in words[1:])
                found.append((words[0], name.decode("utf-8", "backslashreplace"), content))
    return found


def _step(data: Any) -> Step:
    step = _dict(data)
    return Step(
        line=_whole(step.get("line")),
        function=_text(step.get("function"), 200),
        depth=_whole(step.get("depth")),
        changed=_names(step.get("changed")),
    )


def _names(data: Any) -> dict[str, str]:
    return {_text(name, 100): _text(shown, 400) for name, shown in list(_dict(data).items())[:_NAMES_MAX]}


def _text(data: Any, most: int) -> str:
    """Clean text: a lone surrogate cannot be sent to a browser or kept in a database, nor can a zero byte."""
    if not isinstance(data, str):
        return ""
    return data[:most].encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def _whole(data: Any) -> int:
    return data if isinstance(data, int) else 0


def _dict(data: Any) -> dict[str, Any]:
    return data if isinstance(data, dict) else {}


def _list(data: Any) -> list[Any]:
    return data if isinstance(data, list) else []


def read_bytes(data: Any) -> bytes:
    """Bytes that travelled as latin-1 text."""
    return data.encode("latin-1", "replace") if isinstance(data, str) else b""
