"""Grades a submission: the student's process is told the questions only; the answers are compared here."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.errors import Invalid
from core.ports import Grade, Policy, Program, Raised, RunResult, RunStatus, Test, TestResult
from sandbox import outcome as outcomes
from sandbox import verdict
from sandbox.backend import Backend, Job, Outcome
from sandbox.jail import values
from sandbox.jail.wire import GAVE_UP

_SHARE = 4  # one test may take this part of the whole time
_SHOWN_MAX = 400
_INPUTS_MAX = 1_000
_ANSWERS_BYTES_MAX = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Claim:
    """What became of one test: a status from facts where there are any, and what the student's process said."""

    status: RunStatus
    said: Mapping[str, Any]
    raised: Raised | None = None
    stdout: str = ""


async def grade(backend: Backend, program: Program, tests: Sequence[Test], policy: Policy) -> Grade:
    """The verdict on `program`. Raises Invalid when a test itself is broken."""
    if not tests:
        raise Invalid("an exercise without tests cannot be graded")
    expected = [verdict.read_expected(test.expect) if test.mode == "call" else None for test in tests]
    inputs = await _inputs(backend, tests, policy)
    items = [_question(test, tests, inputs) for test in tests]
    claims, run = await _ask(backend, program, items, policy)
    judged = await _judge_properties(backend, tests, inputs, claims, policy)
    results = [judged[i] if i in judged else _judge(test, expected[i], claims[i]) for i, test in enumerate(tests)]
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
    """One answer an expression: `value`, or `error` in words."""
    outcome = await backend.execute(Job(kind="evaluate", policy=policy, items=items))
    answers = [outcomes.read_report(line) for line in outcome.report.splitlines() if line]
    return [*answers, *[{"error": "it did not finish in time"}] * len(items)][: len(items)]


# --- what it answered ------------------------------------------------------------------------------------------------


async def _ask(
    backend: Backend, program: Program, items: Sequence[Mapping[str, Any]], policy: Policy
) -> tuple[list[_Claim], RunResult]:
    """One claim an item, and the run of the program itself. A test that brings its process down is left behind, and
    the next process goes on after it, while there is time."""
    claims: list[_Claim] = []
    first: RunResult | None = None
    left_s = policy.wall_s
    while len(claims) < len(items) and left_s > 0:
        rest = items[len(claims) :]
        outcome = await backend.execute(_job(program, rest, policy, left_s))
        left_s -= outcome.wall_s
        module, new = _read(outcome, len(rest))
        first = first or _whole_run(outcome, module, new, policy, backend.level)
        if len(new) < len(rest) and not _gave_up(outcome, new):
            fate = module if module is not None and module.status == "timeout" else None
            new.append(fate or await _blame(backend, program, rest[len(new)], outcome, policy))
        claims += _explain(new, module)
        if _never_started(rest, module):
            claims += [claims[-1]] * (len(items) - len(claims))
    assert first is not None
    return claims + [_Claim("timeout", {})] * (len(items) - len(claims)), first


def _job(program: Program, items: Sequence[Mapping[str, Any]], policy: Policy, left_s: float) -> Job:
    item_s = min(policy.wall_s / _SHARE, left_s)
    return Job(kind="grade", policy=replace(policy, wall_s=left_s), program=program, items=items, item_s=item_s)


def _never_started(items: Sequence[Mapping[str, Any]], module: _Claim | None) -> bool:
    """Whether the program itself did not get as far as its tests: then no later test will fare better."""
    called = any(item["mode"] != "stdin" for item in items)
    return called and (module is None or module.status == "timeout")


def _read(outcome: Outcome, count: int) -> tuple[_Claim | None, list[_Claim]]:
    """What was said of the program itself, if anything, and of its items, in their order: the first word counts."""
    module: _Claim | None = None
    claims: list[_Claim] = []
    for line in outcome.report[:_ANSWERS_BYTES_MAX].split(b"\n"):
        said = outcomes.read_report(line)
        if not said:
            continue
        raised = outcomes.read_raised(said.get("raised"))
        status: RunStatus = "timeout" if said.get("timeout") is True else outcomes.status_of(raised) if raised else "ok"
        stdout = outcomes.read_bytes(said.get("stdout")).decode("utf-8", "replace")
        claim = _Claim(status, said, raised, stdout)
        if said.get("module") is True:
            module = module or claim
        elif len(claims) < count:
            claims.append(claim)
    return module, claims


def _gave_up(outcome: Outcome, claims: Sequence[_Claim]) -> bool:
    """Whether the process ended because the last test that it claimed took too long."""
    return outcome.exit == GAVE_UP and bool(claims) and claims[-1].status == "timeout"


async def _blame(
    backend: Backend, program: Program, item: Mapping[str, Any], outcome: Outcome, policy: Policy
) -> _Claim:
    """The test during which the process ended. One on standard input that ended by itself is run alone, so that what
    it printed counts however it left."""
    status = outcomes.decide(outcome, None, policy)
    if item["mode"] != "stdin" or outcome.exit < 0 or outcome.killed is not None:
        return _Claim("error" if status == "ok" else status, {})
    alone = Job(kind="run", policy=policy, program=replace(program, stdin=item["stdin"]))
    run = outcomes.read_run(await backend.execute(alone), policy, backend.level)
    return _Claim("ok" if run.raised is None and run.status == "error" else run.status, {}, run.raised, run.stdout)


def _whole_run(
    outcome: Outcome, module: _Claim | None, claims: Sequence[_Claim], policy: Policy, level: str
) -> RunResult:
    """The run of the program itself: what it printed and raised outside the tests."""
    run = outcomes.read_run(replace(outcome, report=b""), policy, level)
    shown = module or (claims[0] if claims else None)
    if shown is None:
        return run
    return replace(run, status=shown.status, raised=shown.raised, stdout=run.stdout or shown.stdout)


def _explain(claims: list[_Claim], module: _Claim | None) -> list[_Claim]:
    """A name that is missing because the program stopped early is explained by what stopped it."""
    if module is None or module.raised is None:
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
