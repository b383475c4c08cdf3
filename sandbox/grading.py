"""Grades a submission: the student's process is told the questions only; the answers are compared here."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.errors import Invalid
from core.ports import Grade, Policy, Program, RunResult, RunStatus, Test, TestResult
from sandbox import outcome as outcomes
from sandbox import properties as props
from sandbox import verdict
from sandbox.backend import Backend, Job, Outcome
from sandbox.jail.wire import GAVE_UP
from sandbox.properties import Case, Claim, Known, Properties, Property

_SHARE = 4  # one test may take this part of the whole time
_SHOWN_MAX = 400
_SHRUNK_MAX = 2  # properties of one grading whose failing input is made smaller
_ANSWERS_BYTES_MAX = 4 * 1024 * 1024


async def grade(
    backend: Backend, program: Program, tests: Sequence[Test], policy: Policy, known: Known | None = None
) -> Grade:
    """The verdict on `program`. Raises Invalid when a test itself is broken."""
    if not tests:
        raise Invalid("an exercise without tests cannot be graded")
    expected = [verdict.read_expected(test.expect) if test.mode == "call" else None for test in tests]
    properties = Properties(backend, policy, known or Known(), _asking(backend))
    prepared = await properties.prepare(tests)
    items = [prepared[i].question() if i in prepared else _question(test) for i, test in enumerate(tests)]
    claims, run = await _ask(backend, program, items, policy)
    judged = await _judge_properties(properties, prepared, claims, program)
    results = [judged[i] if i in judged else _judge(test, expected[i], claims[i]) for i, test in enumerate(tests)]
    passed = sum(result.passed for result in results)
    return Grade(passed=passed == len(tests), score=passed / len(tests), results=tuple(results), run=run)


# --- what the student's process is asked -----------------------------------------------------------------------------


def _question(test: Test) -> dict[str, Any]:
    """A test without its answer."""
    return {"mode": "call", "call": test.call} if test.mode == "call" else {"mode": "stdin", "stdin": test.stdin}


def _asking(backend: Backend) -> props.AskProgram:
    async def ask(program: Program, items: Sequence[Mapping[str, Any]], policy: Policy) -> list[Claim]:
        return (await _ask(backend, program, items, policy))[0]

    return ask


# --- what it answered ------------------------------------------------------------------------------------------------


async def _ask(
    backend: Backend, program: Program, items: Sequence[Mapping[str, Any]], policy: Policy
) -> tuple[list[Claim], RunResult]:
    """One claim an item, and the run of the program itself. A test that brings its process down is left behind, and
    the next process goes on after it, while there is time."""
    claims: list[Claim] = []
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
    return claims + [Claim("timeout", {})] * (len(items) - len(claims)), first


def _job(program: Program, items: Sequence[Mapping[str, Any]], policy: Policy, left_s: float) -> Job:
    item_s = min(policy.wall_s / _SHARE, left_s)
    return Job(kind="grade", policy=replace(policy, wall_s=left_s), program=program, items=items, item_s=item_s)


def _never_started(items: Sequence[Mapping[str, Any]], module: Claim | None) -> bool:
    """Whether the program itself did not get as far as its tests: then no later test will fare better."""
    called = any(item["mode"] in ("call", "property") for item in items)
    return called and (module is None or module.status == "timeout")


def _read(outcome: Outcome, count: int) -> tuple[Claim | None, list[Claim]]:
    """What was said of the program itself, if anything, and of its items, in their order: the first word counts."""
    module: Claim | None = None
    claims: list[Claim] = []
    for line in outcome.report[:_ANSWERS_BYTES_MAX].split(b"\n"):
        said = outcomes.read_report(line)
        if not said:
            continue
        raised = outcomes.read_raised(said.get("raised"))
        status: RunStatus = "timeout" if said.get("timeout") is True else outcomes.status_of(raised) if raised else "ok"
        stdout = outcomes.read_bytes(said.get("stdout")).decode("utf-8", "replace")
        claim = Claim(status, said, raised, stdout)
        if said.get("module") is True:
            module = module or claim
        elif len(claims) < count:
            claims.append(claim)
    return module, claims


def _gave_up(outcome: Outcome, claims: Sequence[Claim]) -> bool:
    """Whether the process ended because the last test that it claimed took too long."""
    return outcome.exit == GAVE_UP and bool(claims) and claims[-1].status == "timeout"


async def _blame(
    backend: Backend, program: Program, item: Mapping[str, Any], outcome: Outcome, policy: Policy
) -> Claim:
    """The test during which the process ended. One on standard input that ended by itself is run alone, so that what
    it printed counts however it left."""
    status = outcomes.decide(outcome, None, policy)
    if item["mode"] != "stdin" or outcome.exit < 0 or outcome.killed is not None:
        return Claim("error" if status == "ok" else status, {})
    alone = Job(kind="run", policy=policy, program=replace(program, stdin=item["stdin"]))
    run = outcomes.read_run(await backend.execute(alone), policy, backend.level)
    return Claim("ok" if run.raised is None and run.status == "error" else run.status, {}, run.raised, run.stdout)


def _whole_run(
    outcome: Outcome, module: Claim | None, claims: Sequence[Claim], policy: Policy, level: str
) -> RunResult:
    """The run of the program itself: what it printed and raised outside the tests."""
    run = outcomes.read_run(replace(outcome, report=b""), policy, level)
    shown = module or (claims[0] if claims else None)
    if shown is None:
        return run
    return replace(run, status=shown.status, raised=shown.raised, stdout=run.stdout or shown.stdout)


def _explain(claims: list[Claim], module: Claim | None) -> list[Claim]:
    """A name that is missing because the program stopped early is explained by what stopped it."""
    if module is None or module.raised is None:
        return claims
    return [
        replace(claim, raised=module.raised) if claim.raised is not None and claim.raised.type == "NameError" else claim
        for claim in claims
    ]


# --- the verdicts ----------------------------------------------------------------------------------------------------


def _judge(test: Test, expected: Any, claim: Claim) -> TestResult:
    """A `call` or `stdin` test."""
    if test.mode == "stdin":
        right = claim.status == "ok" and verdict.same_words(test.expect, claim.stdout, test.tolerance)
        return _result(test, right, claim, test.stdin, claim.stdout)
    found, value = props.read_value(claim.said["value"]) if "value" in claim.said else (False, None)
    right = claim.status == "ok" and found and verdict.same(expected, value, test.tolerance)
    return _result(test, right, claim, test.call, _shown(value) if found else "")


async def _judge_properties(
    properties: Properties, prepared: Mapping[int, Property], claims: Sequence[Claim], program: Program
) -> dict[int, TestResult]:
    """Every case of every property, then the smallest input of those that fail: it changes what is shown of a failure,
    never the verdict."""
    cases = {i: one.cases(claims[i]) for i, one in prepared.items()}
    await properties.judge([(one, case) for i, one in prepared.items() for case in cases[i]])
    results: dict[int, TestResult] = {}
    until, shrunk = props.deadline(properties.policy), 0
    for i, one in prepared.items():
        failing = _simplest_failing(cases[i])
        proved = False
        if failing is not None and one.drawn_from and claims[i].status in ("ok", "error") and shrunk < _SHRUNK_MAX:
            shrunk += 1

            async def ask_student(items: Sequence[Mapping[str, Any]], policy: Policy) -> list[Claim]:
                return await properties.ask(program, items, policy)

            failing, proved = await properties.smallest(one, failing, ask_student, until)
        results[i] = _judge_property(one, claims[i], failing, proved)
    return results


def _simplest_failing(cases: Sequence[Case]) -> Case | None:
    """A wrong value says more than an exception, and a short input more than a long one."""
    failing = [case for case in cases if not case.held]
    return min(failing, key=lambda case: (not case.answered, len(repr(case.given))), default=None)


def _judge_property(one: Property, claim: Claim, failing: Case | None, proved: bool) -> TestResult:
    right = claim.status == "ok" and failing is None
    shown = failing or Case(one.given[-1])
    got = (str(shown.value) if one.test.stdin else _shown(shown.value)) if shown.answered else ""
    said = replace(claim, status=_status_of(shown, claim), raised=shown.raised)
    asked = one.typed(shown.given) if one.test.stdin else _call(one.entry, shown.given)
    result = _result(one.test, right, said, asked, got)
    return replace(result, smallest=proved)


def _status_of(case: Case, claim: Claim) -> RunStatus:
    """What the program did with this one input, where that is known."""
    if claim.status not in ("ok", "error"):
        return claim.status
    if case.answered:
        return "ok"
    return outcomes.status_of(case.raised) if case.raised is not None else claim.status


def _result(test: Test, passed: bool, claim: Claim, shown_input: str, got: str) -> TestResult:
    return TestResult(
        name=test.name, group=test.group, passed=passed, status=claim.status,
        shown_input=shown_input[:_SHOWN_MAX], got=got[:_SHOWN_MAX], raised=claim.raised,
    )  # fmt: skip


def _call(entry: str, given: tuple[Any, ...]) -> str:
    """As a student would write it; an expression of its arguments with these in their places."""
    if entry.startswith("lambda"):
        written = ast.parse(entry, mode="eval").body
        assert isinstance(written, ast.Lambda)
        names = [one.arg for one in written.args.args]
        return ast.unparse(_Filled(dict(zip(names, given, strict=False))).visit(written.body))
    return f"{entry or 'f'}({', '.join(map(_shown, given))})"


class _Filled(ast.NodeTransformer):
    """Names replaced by the values that stand for them."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(_shown(self._values[node.id])) if node.id in self._values else node


def _shown(value: Any) -> str:
    """A bounded repr of plain data; an integer may be too long for decimal digits."""
    try:
        text = repr(value)
    except ValueError:
        text = hex(value) if isinstance(value, int) else "a value too long to show"
    return text[:_SHOWN_MAX].encode("utf-8", "backslashreplace").decode()
