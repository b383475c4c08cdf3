"""Properties of a submission: on which inputs it is tried, whether they hold, and the smallest input where one fails.

The student's process is given inputs and gives values. Inputs are drawn here; a reference solution and an author's
expressions run in processes that hold no student code; what is right is decided here or there.
"""

import ast
import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from core import strategies
from core.errors import Invalid
from core.ports import Policy, Program, Raised, RunStatus, Test
from core.strategies import Strategy
from sandbox import outcome as outcomes
from sandbox import verdict
from sandbox.backend import Backend, Job
from sandbox.jail import values

Arguments = tuple[Any, ...]

_INPUTS_MAX = 1_000
_CASES = 60  # drawn for a property with strategies
_DRAWN = 4 * _CASES  # of which `where` may refuse some
_KNOWN_MAX = 500  # properties whose inputs and right answers are kept
_SHRINK_S = 4.0  # for all properties of one grading: native takes a tenth of a second, a container for each try more
_SHRINK_ROUNDS_MAX = 40
_NEXT, _AFTER = 32, 5  # steps tried together, and steps after each
_TRY_S = 1.0


@dataclass(frozen=True, slots=True)
class Claim:
    """What became of one test: a status from facts where there are any, and what the student's process said."""

    status: RunStatus
    said: Mapping[str, Any]
    raised: Raised | None = None
    stdout: str = ""


AskStudent = Callable[[Sequence[Mapping[str, Any]], Policy], Awaitable[list[Claim]]]
AskProgram = Callable[[Program, Sequence[Mapping[str, Any]], Policy], Awaitable[list[Claim]]]


@dataclass(slots=True)
class Case:
    """One input with the value that the student's function gave for it, if it gave one, and the right one, if known."""

    given: Arguments
    value: Any = None
    answered: bool = False
    expected: Any = None
    held: bool = False
    raised: Raised | None = None


@dataclass(frozen=True, slots=True)
class Property:
    """A test with its inputs; `expected` are the reference's values for them, if the test has one."""

    test: Test
    entry: str
    given: list[Arguments]
    expected: list[Any] | None = None
    drawn_from: tuple[Strategy, ...] = ()

    def question(self) -> dict[str, Any]:
        """What the student's process is told."""
        return self.question_of(self.given)

    def question_of(self, given: Sequence[Arguments]) -> dict[str, Any]:
        if self.test.stdin:
            return {"mode": "typed", "inputs": [self.typed(one) for one in given]}
        return {"mode": "property", "call": self.entry, "inputs": [values.encode(list(one)) for one in given]}

    def typed(self, given: Arguments) -> str:
        """What is typed into a program that reads: the test's form with the arguments in their places."""
        return self.test.stdin.format(*given)

    def cases(self, claim: Claim) -> list[Case]:
        """Those that were answered, and the one at which it went wrong instead."""
        said = claim.said.get("values")
        found = [read_value(item) for item in said] if isinstance(said, list) else []
        cases = [self._case(i, *answer) for i, answer in enumerate(found[: len(self.given)])]
        if len(cases) < len(self.given):
            cases.append(self._case(len(cases), False, None, claim.raised))
        return cases

    def _case(self, i: int, answered: bool, value: Any, raised: Raised | None = None) -> Case:
        return Case(self.given[i], value, answered, None if self.expected is None else self.expected[i], raised=raised)


@dataclass(slots=True)
class Known:
    """What never changes about a property: its inputs and the right answers."""

    found: dict[tuple[Any, ...], Property] = field(default_factory=dict)

    def keep(self, key: tuple[Any, ...], value: Property) -> Property:
        if len(self.found) >= _KNOWN_MAX:
            del self.found[next(iter(self.found))]
        self.found[key] = value
        return value


@dataclass(frozen=True, slots=True)
class Properties:
    """The properties of one grading. `ask` runs another program on questions, as the student's is."""

    backend: Backend
    policy: Policy
    known: Known
    ask: AskProgram

    async def prepare(self, tests: Sequence[Test]) -> dict[int, Property]:
        """By the test's place. Raises Invalid when a test itself is broken."""
        wanted = {i: (test, _entry(test, tests)) for i, test in enumerate(tests) if test.mode == "property"}
        return {i: await self._prepared(test, entry) for i, (test, entry) in wanted.items()}

    async def judge(self, asked: Sequence[tuple[Property, Case]]) -> None:
        """Say of each case whether it held. A check sees plain data only, in a clean process."""
        checked = [(one, case) for one, case in asked if one.test.check and case.answered and _is_plain(case.value)]
        for one, case in asked:
            if not one.test.check:
                case.held = case.answered and _same(one.test, case)
        items = [{"expression": one.test.check, "names": _names(case)} for one, case in checked]
        for (_, case), answer in zip(checked, await self._evaluate(items), strict=True):
            case.held = _is_true(answer)

    async def smallest(self, one: Property, failing: Case, ask_student: AskStudent, until: float) -> tuple[Case, bool]:
        """A failing case from which no single step leads to a simpler failing one, and whether that was proved in
        time (`time.monotonic`). One step after the other as if each were tried alone, so that it ends at the same case
        each time; but they are tried many together, and those that may come after them too."""
        tried: dict[str, Case] = {}
        for _ in range(_SHRINK_ROUNDS_MAX):
            failing, candidates = _go_on(one, failing, tried)
            if not candidates:
                return failing, True
            if time.monotonic() > until:
                break
            tried |= {repr(case.given): case for case in await self._try(one, candidates, ask_student)}
        return failing, False

    async def _try(self, one: Property, given: list[Arguments], ask_student: AskStudent) -> list[Case]:
        """Each with whether it failed: `held` is true too of what is no input, and of what was not decided in time."""
        allowed = await self._allowed(one.test, given)
        policy = replace(self.policy, wall_s=min(_TRY_S, self.policy.wall_s))
        items = [one.question_of([arguments]) for arguments in allowed]
        asked = []
        right, claims = await self._both(one, items, policy, ask_student) if items else ([], [])
        for arguments, claim, reference in zip(allowed, claims, right, strict=True):
            answered, value = _first_value(claim)
            case = Case(
                arguments, value, answered and claim.status == "ok", _first_value(reference)[1], raised=claim.raised
            )
            if claim.status in ("ok", "error") and reference.status == "ok":
                asked.append((one, case))
        await self.judge(asked)
        failed = {repr(case.given): case for _, case in asked if not case.held}
        return [failed.get(repr(arguments)) or Case(arguments, held=True) for arguments in given]

    async def _both(
        self, one: Property, items: Sequence[Mapping[str, Any]], policy: Policy, ask_student: AskStudent
    ) -> tuple[list[Claim], list[Claim]]:
        """What the reference says and what the student's program says, each in its own process, at the same time."""
        student = asyncio.ensure_future(ask_student(items, policy))
        try:
            return await self._tried_right(one, items, policy), await student
        finally:
            student.cancel()
            await asyncio.gather(student, return_exceptions=True)

    async def _tried_right(self, one: Property, items: Sequence[Mapping[str, Any]], policy: Policy) -> list[Claim]:
        if not one.test.reference:
            return [Claim("ok", {})] * len(items)
        return await self.ask(Program(code=one.test.reference), items, policy)

    async def _prepared(self, test: Test, entry: str) -> Property:
        key = (test.given, test.where, test.inputs, test.stdin, test.reference, test.name, entry)
        if (found := self.known.found.get(key)) is not None:
            return replace(found, test=test)
        drawn_from = tuple(strategies.read(source) for source in test.given)
        given = await self._drawn(test, drawn_from) if drawn_from else await self._listed(test)
        one = Property(test, entry, given, drawn_from=drawn_from)
        if test.reference:
            one = replace(one, expected=await self._right_answers(one))
        elif not test.check:
            raise Invalid("a property needs a check or a reference", test=test.name)
        return self.known.keep(key, one)

    async def _drawn(self, test: Test, drawn_from: Sequence[Strategy]) -> list[Arguments]:
        seed = "\0".join((test.name, *test.given, test.where))
        drawn = strategies.draw_cases(drawn_from, _DRAWN if test.where else _CASES, seed)
        allowed = (await self._allowed(test, drawn))[:_CASES]
        if not allowed:
            raise Invalid("a property's condition allows no input", where=test.where)
        return allowed

    async def _allowed(self, test: Test, given: list[Arguments]) -> list[Arguments]:
        if not test.where:
            return given
        items = [{"expression": test.where, "names": {"args": values.encode(one)}} for one in given]
        answers = await self._evaluate(items)
        return [one for one, answer in zip(given, answers, strict=True) if _is_true(answer)]

    async def _listed(self, test: Test) -> list[Arguments]:
        (answer,) = await self._evaluate([{"expression": test.inputs, "names": {}}])
        return _as_arguments(test.inputs, answer)

    async def _right_answers(self, one: Property) -> list[Any]:
        (claim,) = await self.ask(Program(code=one.test.reference), [one.question()], self.policy)
        cases = one.cases(claim)
        if claim.status != "ok" or not all(case.answered and _is_plain(case.value) for case in cases):
            where = _shown_arguments(cases[-1].given)
            raise Invalid("the reference has no answer to a property's input", test=one.test.name, input=where)
        return [case.value for case in cases]

    async def _evaluate(self, items: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """One answer an expression: `value`, or `error` in words."""
        if not items:
            return []
        outcome = await self.backend.execute(Job(kind="evaluate", policy=self.policy, items=items))
        answers = [outcomes.read_report(line) for line in outcome.report.splitlines() if line]
        return [*answers, *[{"error": "it did not finish in time"}] * len(items)][: len(items)]


def _same(test: Test, case: Case) -> bool:
    if test.stdin:
        return verdict.same_words(str(case.expected), str(case.value), test.tolerance)
    return verdict.same(case.expected, case.value, test.tolerance)


def _entry(test: Test, tests: Sequence[Test]) -> str:
    """What a property is about: the function that the test names, its expression of the arguments (a lambda), else the
    function that the other tests call."""
    for call in (test.call, *(other.call for other in tests if other.mode == "call")):
        try:
            tree = ast.parse(call, mode="eval").body if call else None
        except SyntaxError:
            continue
        match tree:
            case ast.Name(id=name) | ast.Call(func=ast.Name(id=name)):
                return name
            case ast.Lambda():
                return call.strip()
    return ""


def _as_arguments(text: str, answer: Mapping[str, Any]) -> list[Arguments]:
    if "value" not in answer:
        raise Invalid("a property's inputs cannot be computed", inputs=text[:200], why=answer.get("error"))
    given = values.decode(answer["value"])
    if not isinstance(given, (list, tuple)) or not 0 < len(given) <= _INPUTS_MAX:
        raise Invalid("a property needs a list of inputs", inputs=text[:200])
    return [item if isinstance(item, tuple) else (item,) for item in given]


def _go_on(one: Property, failing: Case, tried: Mapping[str, Case]) -> tuple[Case, list[Arguments]]:
    """As far as is known, and what to try to know more; nothing when it is at the end."""
    moved = True
    while moved:
        moved = False
        for given in strategies.simpler_cases(one.drawn_from, failing.given):
            case = tried.get(repr(given))
            if case is None:
                return failing, _worth_trying(one, failing, tried)
            if not case.held:
                failing, moved = case, True
                break
    return failing, []


def _worth_trying(one: Property, failing: Case, tried: Mapping[str, Case]) -> list[Arguments]:
    """The next steps, and the first steps after each."""
    found: dict[str, Arguments] = {}
    steps = islice(strategies.simpler_cases(one.drawn_from, failing.given), _NEXT + len(tried))
    next_steps = [given for given in steps if repr(given) not in tried][:_NEXT]
    for given in next_steps:
        found.setdefault(repr(given), given)
    for given in next_steps:
        for after in islice(strategies.simpler_cases(one.drawn_from, given), _AFTER):
            if repr(after) not in tried:
                found.setdefault(repr(after), after)
    return list(found.values())


def _first_value(claim: Claim) -> tuple[bool, Any]:
    said = claim.said.get("values")
    return read_value(said[0]) if isinstance(said, list) and said else (False, None)


def read_value(encoded: Any) -> tuple[bool, Any]:
    """Whether a value was given in the agreed form, and the value."""
    try:
        return True, values.decode(encoded)
    except values.NotPlain:
        return False, None


def _names(case: Case) -> dict[str, Any]:
    return {
        "args": values.encode(case.given), "result": values.encode(case.value), "expected": values.encode(case.expected),
    }  # fmt: skip


def _is_true(answer: Mapping[str, Any]) -> bool:
    return "value" in answer and bool(values.decode(answer["value"]))


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


def _shown_arguments(given: Arguments) -> str:
    return repr(given)[:200]


def deadline(policy: Policy) -> float:
    """When making failing inputs smaller must end."""
    return time.monotonic() + min(_SHRINK_S, policy.wall_s)
