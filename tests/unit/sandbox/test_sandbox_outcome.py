"""How facts and claims about a run become a result."""

import json
import signal
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ports import Policy
from sandbox.backend import Outcome
from sandbox.outcome import read_raised, read_run, read_trace
from sandbox.policy import GRADE, RUN, TRACE

ENDED = Outcome(
    exit=0, killed=None, stdout=b"hi\n", stderr=b"", report=b"{}", truncated=False, wall_s=0.1, cpu_s=0.05, memory_bytes=1,
)  # fmt: skip


def _raised(kind: str, message: str = "", traceback: str = "") -> bytes:
    return json.dumps({"raised": {"type": kind, "message": message, "line": 1, "traceback": traceback}}).encode()


CASES = {
    "a quiet end": (ENDED, "ok"),
    "an exit code": (replace(ENDED, exit=3), "error"),
    "an exception": (replace(ENDED, exit=1, report=_raised("KeyError")), "error"),
    "a forbidden call": (replace(ENDED, exit=-signal.SIGSYS), "violation"),
    "a forbidden call, whatever it says": (replace(ENDED, exit=-signal.SIGSYS, report=b'{"timeout": true}'), "violation"),
    "killed for time": (replace(ENDED, exit=-9, killed="wall"), "timeout"),
    "its own alarm": (replace(ENDED, exit=124, report=b'{"timeout": true}'), "timeout"),
    "killed for CPU": (replace(ENDED, exit=-9, cpu_s=4.9), "timeout"),
    "killed for memory": (replace(ENDED, exit=-9, out_of_memory=True), "memory"),
    "killed by nobody known": (replace(ENDED, exit=-9), "memory"),
    "a MemoryError": (replace(ENDED, exit=1, report=_raised("MemoryError")), "memory"),
    "no more processes": (replace(ENDED, exit=1, report=_raised("BlockingIOError", "", "os.fork()")), "process_limit"),
    "no more threads": (replace(ENDED, exit=1, report=_raised("RuntimeError", "can't start new thread")), "process_limit"),
    "a flood": (replace(ENDED, exit=-9, killed="output", truncated=True), "output_limit"),
    "too much output": (replace(ENDED, truncated=True), "output_limit"),
    "too much output, then an error": (replace(ENDED, exit=1, truncated=True, report=_raised("KeyError")), "error"),
    "a crash": (replace(ENDED, exit=-signal.SIGSEGV), "error"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_each_end_has_its_own_status(name: str) -> None:
    outcome, expected = CASES[name]

    assert read_run(outcome, RUN, "walls").status == expected


@given(
    st.binary()
    | st.text().map(lambda text: json.dumps({"raised": text, "figures": text, "files": [text], "steps": {}}).encode())
)
def test_a_broken_report_breaks_nothing(report: bytes) -> None:
    assert read_run(replace(ENDED, report=report), RUN, "walls").stdout == "hi\n"
    assert read_trace(replace(ENDED, report=report), TRACE, "walls").run.status == "ok"


def test_a_deep_report_breaks_nothing() -> None:
    assert read_run(replace(ENDED, report=b"[" * 100_000), RUN, "walls").status == "ok"


def test_what_is_told_of_an_exception_is_bounded_and_clean_text() -> None:
    raised = read_raised(
        {
            "type": "E" * 9999,
            "message": "\ud800\0" * 9999,
            "line": -3,
            "traceback": 5,
            "locals": {str(i): "x" * 9999 for i in range(99)},
        }
    )

    assert raised is not None
    assert len(raised.type) == 200
    assert "\0" not in raised.message
    raised.message.encode()
    assert raised.line is None
    assert raised.traceback == ""
    assert len(raised.locals) == 20


def test_a_timeout_has_no_exit_code() -> None:
    assert read_run(replace(ENDED, exit=-9, killed="wall"), RUN, "walls").exit_code is None


def test_named_policies_can_be_told_apart_and_not_changed() -> None:
    assert Policy() == RUN
    assert GRADE.wall_s > RUN.wall_s
    assert TRACE.steps_max == 1000
    with pytest.raises(AttributeError):
        RUN.wall_s = 1.0  # type: ignore[misc]
