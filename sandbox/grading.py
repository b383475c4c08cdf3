"""Grades a submission: the student's process is told the questions only; the answers are compared here."""

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.errors import Invalid, SandboxUnavailable
from core.ports import Grade, Policy, Program, Raised, RunResult, RunStatus, Test, TestResult
from sandbox import outcome as outcomes
from sandbox import verdict
from sandbox.backend import Backend, Job, Outcome
from sandbox.jail import values

_SHOWN_MAX = 400
_INPUTS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class _Claim:
    """What became of one test: how its process ended (a fact), and what that process said (a claim)."""

    status: RunStatus
    said: Mapping[str, Any]
    raised: Raised | None
    stdout: str


async def grade(backend: Backend, program: Program, tests: Sequence[Test], policy: Policy) -> Grade:
    """The verdict on `program`. Raises Invalid when a test itself is broken."""
    if not tests:
        raise Invalid("an exercise without tests cannot be graded")
    expected = [verdict.read_expected(test.expect) if test.mode == "call" else None for test in tests]
    inputs = await _inputs(backend, tests, policy)
    items = [_question(test, tests, inputs) for test in tests]
    outcome = await backend.execute(Job(kind="grade", policy=policy, program=program, items=items))
    claims, run = _read(outcome, len(tests), policy, backend.level)
    judged = await _judge_properties(backend, tests, inputs, claims, policy)
    results = [
        judged[i] if test.mode == "property" else _judge(test, expected[i], claims[i]) for i, test in enumerate(tests)
    ]
    passed = sum(result.passed for result in results)
    return Grade(passed=passed == len(tests), score=passed / len(tests), results=tuple(results), run=run)


# --- what the student's process is asked -----------------------------------------------------------------------------


def _question(test: Test, tests: Sequence[Test], inputs: Mapping[str, list[tuple[Any, ...]]]) -> dict[str, Any]:
    """A test without its answer."""
    match test.mode:
        case "call":
            return {"mode": "call", "call": test.call}
        case "stdin":
            return {"mode": "stdin", "stdin": test.stdin}
        case "property":
            arguments = [values.encode(list(given)) for given in inputs[test.inputs]]
            return {"mode": "property", "call": _entry(test, tests), "inputs": arguments}


def _entry(test: Test, tests: Sequence[Test]) -> str:
    """The function a property is about: named by the test, else the one that the other tests call."""
    for call in (test.call, *(other.call for other in tests if other.mode == "call")):
        try:
            tree = ast.parse(call, mode="eval").body if call else None
        except SyntaxError:
            continue
        match tree:
            case ast.Name(id=name) | ast.Call(func=ast.Name(id=name)):
                return name
    return ""


async def _inputs(backend: Backend, tests: Sequence[Test], policy: Policy) -> dict[str, list[tuple[Any, ...]]]:
    """The argument tuples of every property, computed where no student code is."""
    wanted = sorted({test.inputs for test in tests if test.mode == "property"})
    if not wanted:
        return {}
    answers = await _evaluate(backend, [{"expression": text, "names": {}} for text in wanted], policy)
    return {text: _as_arguments(text, answer) for text, answer in zip(wanted, answers, strict=True)}


def _as_arguments(text: str, answer: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    if "value" not in answer:
        raise Invalid("a property's inputs cannot be computed", inputs=text[:200], why=answer.get("error"))
    given = values.decode(answer["value"])
    if not isinstance(given, (list, tuple)) or not 0 < len(given) <= _INPUTS_MAX:
        raise Invalid("a property needs a list of inputs", inputs=text[:200])
    return [item if isinstance(item, tuple) else (item,) for item in given]


async def _evaluate(backend: Backend, items: Sequence[Mapping[str, Any]], policy: Policy) -> list[Mapping[str, Any]]:
    outcome = await backend.execute(Job(kind="evaluate", policy=policy, items=items))
    try:
        answers = json.loads(outcome.report)
    except ValueError:
        answers = []
    if len(answers) != len(items):
        raise SandboxUnavailable("the checks of a property did not finish")
    return list(answers)


# --- what it answered ------------------------------------------------------------------------------------------------


def _read(outcome: Outcome, count: int, policy: Policy, level: str) -> tuple[list[_Claim], RunResult]:
    """One claim a test, and the run of the program itself. The lines come from the clean first process of the run."""
    lines = [outcomes.read_report(line) for line in outcome.report.splitlines()]
    fatal = outcomes.decide(outcome, None, policy)
    nothing = _Claim("error" if fatal == "ok" else fatal, {}, None, "")
    claims = [nothing] * count
    module = nothing
    for line in lines:
        claim = _claim(line, policy)
        if line.get("module") is True:
            module = claim
        elif isinstance(index := line.get("item"), int) and 0 <= index < count:
            claims[index] = claim
    if not any(line.get("module") is True for line in lines):
        module = claims[0]
    run = outcomes.read_run(replace(outcome, report=b""), policy, level)
    stdout = run.stdout or module.stdout
    status = module.status if run.status in ("ok", "error") else run.status
    return _explain(claims, module), replace(run, status=status, raised=module.raised, stdout=stdout)


def _claim(line: Mapping[str, Any], policy: Policy) -> _Claim:
    text = line.get("claim")
    said = outcomes.read_report(text.encode()) if isinstance(text, str) else {}
    raised = outcomes.read_raised(said.get("raised"))
    stdout = str(line.get("stdout", "")).encode("latin-1", "replace").decode("utf-8", "replace")
    return _Claim(_status(line, said, raised, policy), said, raised, stdout)


def _status(line: Mapping[str, Any], said: Mapping[str, Any], raised: Raised | None, policy: Policy) -> RunStatus:
    if line.get("timeout") is True or said.get("timeout") is True:
        return "timeout"
    if raised is not None:
        return outcomes.status_of(raised)
    code = line.get("exit")
    if isinstance(code, int) and (end := outcomes.decide_end(code, float(line.get("cpu_s", 0.0)), policy)):
        return end
    return "ok" if line.get("claim") is not None else "error"


def _explain(claims: list[_Claim], module: _Claim) -> list[_Claim]:
    """A name that is missing because the program stopped early is explained by what stopped it."""
    if module.raised is None:
        return claims
    return [
        replace(claim, raised=module.raised) if claim.raised is not None and claim.raised.type == "NameError" else claim
        for claim in claims
    ]


# --- the verdicts ----------------------------------------------------------------------------------------------------


def _judge(test: Test, expected: Any, claim: _Claim) -> TestResult:
    """A `call` or `stdin` test."""
    if test.mode == "stdin":
        right = claim.status == "ok" and verdict.same_words(test.expect, claim.stdout, test.tolerance)
        return _result(test, right, claim, test.stdin, claim.stdout)
    found, value = _value(claim.said.get("value"), "value" in claim.said)
    right = claim.status == "ok" and found and verdict.same(expected, value, test.tolerance)
    return _result(test, right, claim, test.call, _shown(value) if found else "")


@dataclass(slots=True)
class _Case:
    """One input of a property with the value that the student's function gave for it."""

    given: tuple[Any, ...]
    value: Any
    held: bool = False


async def _judge_properties(
    backend: Backend, tests: Sequence[Test], inputs: Mapping[str, list[tuple[Any, ...]]], claims: list[_Claim],
    policy: Policy,
) -> dict[int, TestResult]:  # fmt: skip
    """Every `check` of every property in one clean process, over plain data only."""
    cases = {i: _cases(claims[i], inputs[test.inputs]) for i, test in enumerate(tests) if test.mode == "property"}
    asked = [(tests[i].check, case) for i, some in cases.items() for case in some if _is_plain(case.value)]
    items = [
        {"expression": check, "names": {"args": values.encode(case.given), "result": values.encode(case.value)}}
        for check, case in asked
    ]
    answers = await _evaluate(backend, items, policy) if items else []
    for (_, case), answer in zip(asked, answers, strict=True):
        case.held = "value" in answer and bool(values.decode(answer["value"]))
    return {
        i: _judge_property(tests[i], inputs[tests[i].inputs], some, claims[i], _entry(tests[i], tests))
        for i, some in cases.items()
    }


def _cases(claim: _Claim, given: Sequence[tuple[Any, ...]]) -> list[_Case]:
    said = claim.said.get("values")
    found = [_value(item, True) for item in said] if isinstance(said, list) else []
    return [_Case(inputs, value) for inputs, (ok, value) in zip(given, found, strict=False) if ok]


def _judge_property(
    test: Test, given: Sequence[tuple[Any, ...]], cases: list[_Case], claim: _Claim, entry: str
) -> TestResult:
    """Shows the smallest input for which it does not hold."""
    right = claim.status == "ok" and len(cases) == len(given) and all(case.held for case in cases)
    failed = sorted((case for case in cases if not case.held), key=lambda case: len(repr(case.given)))
    if failed:
        return _result(test, right, claim, _call(entry, failed[0].given), _shown(failed[0].value))
    shown = given[min(len(cases), len(given) - 1)]
    return _result(test, right, claim, _call(entry, shown), "")


def _result(test: Test, passed: bool, claim: _Claim, shown_input: str, got: str) -> TestResult:
    return TestResult(
        name=test.name, group=test.group, passed=passed, status=claim.status,
        shown_input=shown_input[:_SHOWN_MAX], got=got[:_SHOWN_MAX], raised=claim.raised,
    )  # fmt: skip


def _value(encoded: Any, present: bool) -> tuple[bool, Any]:
    """Whether a value was given in the agreed form, and the value."""
    if not present:
        return False, None
    try:
        return True, values.decode(encoded)
    except values.NotPlain:
        return False, None


def _is_plain(value: Any) -> bool:
    """A check sees plain data only: what is not could answer its questions in its own way."""
    match value:
        case values.Thing():
            return False
        case list() | tuple() | set() | frozenset():
            return all(_is_plain(item) for item in value)
        case dict():
            return all(_is_plain(key) and _is_plain(item) for key, item in value.items())
        case _:
            return True


def _call(entry: str, given: tuple[Any, ...]) -> str:
    return f"{entry or 'f'}({', '.join(map(_shown, given))})"


def _shown(value: Any) -> str:
    """A bounded repr of plain data; an integer may be too long for decimal digits."""
    try:
        text = repr(value)
    except ValueError:
        text = hex(value) if isinstance(value, int) else "a value too long to show"
    return text[:_SHOWN_MAX].encode("utf-8", "backslashreplace").decode()
