"""What a sandbox host and its callers say arrives as it was sent."""

import pytest

from core.errors import Invalid
from core.ports import Grade, Policy, Program, Raised, RunResult, Step, Test, TestResult, Trace
from sandbox import codec

RUN = RunResult(
    status="error", stdout="é\n", stderr="", exit_code=1, wall_s=0.5, cpu_s=0.25, memory_bytes_peak=1, level="walls",
    raised=Raised(type="KeyError", message="'x'", line=2, traceback="…", locals={"a": "1"}),
    figures=(b"\x89PNG\x00",), files={"out.bin": b"\xff\x00"}, truncated=True,
)  # fmt: skip


def test_a_program_of_any_characters_and_bytes_arrives_whole() -> None:
    program = Program(
        code="'\ud800 é \0'", stdin="\udcff", args=("a b", "\u2028"), files={"d/é.bin": bytes(range(256))}
    )

    assert codec.read_program(codec.load(codec.dump(codec.show_program(program)))) == program


def test_results_arrive_as_they_were() -> None:
    grade = Grade(
        passed=False, score=0.5, run=RUN,
        results=(TestResult(name="n", group="g", passed=True, status="ok", shown_input="f(1)", got="2"),),
    )  # fmt: skip
    trace = Trace(steps=(Step(line=1, function="f", depth=0, changed={"x": "1"}),), complete=True, run=RUN)

    for kind, value in ((codec.RUN, RUN), (codec.GRADE, grade), (codec.TRACE, trace)):
        assert codec.read(kind, codec.load(codec.dump(codec.show(value)))) == value


def test_tests_and_limits_arrive_as_they_were() -> None:
    tests = [
        Test(name="a", call="f(1)", expect="2", tolerance=0.1),
        Test(name="b", mode="stdin", stdin="x", expect="y"),
    ]
    policy = Policy(wall_s=0.3, processes_max=4)

    assert codec.read(codec.TESTS, codec.load(codec.dump([codec.show(test) for test in tests]))) == tests
    assert codec.read(codec.POLICY, codec.load(codec.dump(codec.show(policy)))) == policy


@pytest.mark.parametrize("data", [b"", b"{", b'{"base64": "!"}', b"[" * 100_000, b"\xff"])
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        codec.load(data)


@pytest.mark.parametrize("data", [None, [], {}, {"code": "text", "stdin": b"", "args": [], "files": []}])
def test_what_is_no_program_is_refused(data: object) -> None:
    with pytest.raises(Invalid):
        codec.read_program(data)
