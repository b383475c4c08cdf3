"""Reviews a program as a friendly colleague: does it run, what is good, and the three points that matter most."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langgraph.runtime import Runtime

from agents._evidence import (
    SANDBOX_TROUBLE,
    adding,
    ask_of,
    belongs,
    cannot_run,
    code,
    desk_of,
    evidence,
    focus_of,
    how_of,
    intent_of,
    open_exercise,
    output,
    plural,
    prose,
    question,
    run_facts,
    runner_of,
    tell,
)
from agents._follow_up import which_point
from agents.spec import Spec
from agents.turn import Block, Context, Desk, Evidence, Turn
from core.errors import CourseUnavailable
from core.ports import Exercise, Grade, RunResult
from tools._ruff_rules import RULES
from tools.explain_error import explain_error, explain_syntax
from tools.lint_code import Linted, lint_code
from tools.measure_structure import structure_words
from tools.prove_rewrite import prove_rewrites
from tools.review_code import Finding, Review, review_code
from tools.rewrite_code import Rewrite, rewrite_code
from tools.run_code import Runner
from tools.spot_slips import spot_slips
from tools.weigh_tests import Weight, weigh_tests

NAME = "review"
POINTS = 3
LINES_MAX = 6
PROOF_SECONDS = 4.0
SHAPES = {
    "bare-except": "try:\n    age = int(text)\nexcept ValueError:\n    age = 0",
    "silent-except": "try:\n    price = prices[name]\nexcept KeyError:\n    print(f'no price for {name}')",
    "mutable-default": "def greet(name, seen=None):\n    if seen is None:\n        seen = []\n    seen.append(name)\n    return seen",
    "global": "def raise_level(level):\n    return level + 1\n\nlevel = raise_level(level)",
    "deep-nesting": "def fee(age):\n    if age is None:\n        return 0\n    if age < 6:\n        return 0\n    return 8",
    "many-branches": "FEES = {'child': 0, 'student': 4, 'adult': 8}\n\ndef fee(kind):\n    return FEES[kind]",
    "if-chain": "FEES = {'child': 0, 'student': 4, 'adult': 8}\n\ndef fee(kind):\n    return FEES[kind]",
    "repeated": "def show(title, names):\n    print(title)\n    print(', '.join(names))\n\nshow('Team A', team_a)\nshow('Team B', team_b)",
    "slow-search": "seen = set()\nfor name in names:\n    if name in seen:\n        print(name)\n    seen.add(name)",
    "all-pairs": "seen = set()\nfor name in names:\n    if name in seen:\n        print('twice:', name)\n    seen.add(name)",
    "string-building": "pieces = []\nfor name in names:\n    pieces.append(name.title())\ntext = ', '.join(pieces)",
    "magic-number": "TAX = 1.19\n\ndef gross(price):\n    return price * TAX",
    "shared-attribute": "class Team:\n    def __init__(self):\n        self.players = []",
    "no-docstring": 'def fee(age):\n    """What a ticket costs, in euros."""\n    return 0 if age < 6 else 8',
    "short-name": "total = 0\nfor price in prices:\n    total += price",
    "range-len": "for name in names:\n    print(name)",
    "manual-sum": "total = sum(prices)",
    "append-loop": "long_names = [name for name in names if len(name) > 8]",
    "return-condition": "def is_child(age):\n    return age < 6",
}
"""How a rule is followed, on something that is not the student's."""


async def node(state: Turn, runtime: Runtime[Context]) -> Turn:
    context, desk = runtime.context, desk_of(state)
    intent = intent_of(state, NAME, "review")
    program = ask_of(state)["code"] or desk.get("program", "")
    if not program:
        ask = question("Which program shall I read? Paste it here.", "")
        return adding(
            state,
            evidence(
                NAME,
                intent,
                [prose("Gladly: I will run it, say what is good, and name the three points that matter most."), ask],
            ),
        )
    if desk.get("last") == NAME and not ask_of(state)["code"] and not how_of(state, NAME):
        return adding(state, evidence(NAME, intent, _which_point()), desk)
    desk["program"] = program
    how = how_of(state, NAME)
    if how in ("point", "why", "more", "simpler") and not ask_of(state)["code"] and not explain_syntax(program):
        found = await _continued(program, how, desk, focus_of(state, NAME), intent, context, state)
        return adding(state, found, desk)
    desk["told"] = []
    if wrong := explain_syntax(program):
        words = f"Before a review it has to start: on line {wrong.line} Python stumbles. {wrong.what}"
        return adding(
            state,
            evidence(NAME, intent, [prose(words, "ran"), question(wrong.look, "ran")], facts={"line": wrong.line}),
            desk,
        )
    return adding(state, await _reviewed(program, intent, desk, state, context), desk)


def _which_point() -> list[Block]:
    """The same program a second time brings the same points."""
    words = "I have told you what I see in it. These points are about how the program reads; whether it is right, running it shows."
    ask = "Which point shall we take up? Or change one of them and send me the program: I will look at it anew."
    return [prose(words), question(ask, "")]


SPEC = Spec(name=NAME, doing="Reading your program", node=node, intents=("review",), order=40)


async def _reviewed(program: str, intent: str, desk: Desk, state: Turn, context: Context) -> Evidence:
    missing: list[str] = []
    linted, (blocks, facts) = await asyncio.gather(lint_code(program), _correctness(program, state, context, missing))
    tell(desk, [f"{_STOPPED}{line}" for line in facts.get("stopped", [])])
    review = review_code(program, linted.findings)
    findings = _open(review, desk)
    works = facts.get("passed", True) is True
    ends = works and facts.get("ended", True) is True
    points = await _points(program, findings[:POINTS], works, state, context)
    blocks += [
        *_praised(review, linted),
        *_opinion(points, len(findings) - POINTS, ends, "assert" in program),
        *_numbers(review, linted),
    ]
    if ends and not missing:
        tests, weight = await _tests(program, context)
        blocks += tests
        facts |= {"tests": weight}
    facts |= {
        "findings": [_point_facts(point) for point in points], "praise": list(review.praise[:2]), "measures": review.structure.facts(),
        "linter": linted.trouble or "ruff",
    }  # fmt: skip
    return evidence(NAME, intent, blocks, facts=facts, missing=missing)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Point:
    """A finding; with its rewrite where `runs` of both programs showed that it does the same."""

    finding: Finding
    rewrite: Rewrite | None = None
    runs: int = 0


async def _points(
    program: str, findings: Sequence[Finding], works: bool, state: Turn, context: Context
) -> list[_Point]:
    """The findings, with their rewrites as far as these could be proved in the time there is. A program that does not do
    its task yet gets words alone: its repair comes first, and is the student's."""
    rewrites = [(f, rewrite) for f in findings if works and (rewrite := rewrite_code(program, f))]
    try:
        async with asyncio.timeout(PROOF_SECONDS):
            tried = [(finding.line, rewrite.program) for finding, rewrite in rewrites]
            proofs = await prove_rewrites(runner_of(context), program, tried, _calls(state, context))
    except (*SANDBOX_TROUBLE, TimeoutError, CourseUnavailable):
        return [_Point(finding=finding) for finding in findings]
    proved = {
        id(finding): _Point(finding=finding, rewrite=rewrite, runs=proof.runs)
        for (finding, rewrite), proof in zip(rewrites, proofs, strict=True)
        if proof.holds
    }
    return [proved.get(id(finding), _Point(finding=finding)) for finding in findings]


def _calls(state: Turn, context: Context) -> list[str]:
    """The inputs of the open exercise, which are right for its function."""
    exercise = open_exercise(state, context)
    return [test.call for test in exercise.tests if test.mode == "call"] if exercise else []


def _point_facts(point: _Point) -> dict[str, object]:
    finding = point.finding
    facts: dict[str, object] = {
        "line": finding.line, "rule": finding.rule, "criterion": finding.criterion, "why": finding.why,
        "better": finding.better,
    }  # fmt: skip
    if finding.source:
        facts["source"] = finding.source
    return facts | ({"rewrite": "proved", "runs": point.runs} if point.rewrite else {})


async def _tests(program: str, context: Context) -> tuple[list[Block], dict[str, object]]:
    """What the student's own tests are worth."""
    try:
        async with asyncio.timeout(PROOF_SECONDS):
            weight = await weigh_tests(runner_of(context), program)
    except (*SANDBOX_TROUBLE, TimeoutError):
        return [], {}
    facts: dict[str, object] = {
        "asserts": weight.asserts,
        "pass": weight.passes,
        "tried": weight.tried,
        "slipped": len(weight.slipped),
    }
    return ([prose(_tests_words(weight), "ran")] if weight.asserts else []), facts


def _tests_words(weight: Weight) -> str:
    if not weight.passes:
        place = f" The one on line {weight.failing_line} does not hold." if weight.failing_line else ""
        return f"You wrote tests, and not all of them pass.{place} Is the program wrong there, or the test?"
    if weight.slipped:
        slip = weight.slipped[0]
        return f"Your tests pass, and they leave a gap: with `{slip.now}` for `{slip.was}` on line {slip.line} they would still pass. A test with `{slip.given}` closes it."
    if weight.tried:
        return f"Your tests pass, and they are good ones: I made {plural(weight.tried, 'small mistake')} in the program, and they let none slip that matters."
    return "Your tests pass."


async def _correctness(
    program: str, state: Turn, context: Context, missing: list[str]
) -> tuple[list[Block], dict[str, Any]]:
    """First whether it works: style comes after that."""
    runner = runner_of(context)
    try:
        exercise = open_exercise(state, context)
        if exercise is not None and belongs(program, exercise, bool(ask_of(state)["exercise"])):
            grade = await runner.grade(program, exercise.tests)
            return [prose(_verdict(grade, exercise), "ran")], {"passed": grade.passed, "score": grade.score}
        result, typed = await _run(runner, program)
        asks = _asks(result)
        stopped = [result.raised.line] if result.status == "error" and result.raised is not None and not asks else []
        facts = {"runs": [run_facts(program, result)], "stopped": stopped, "ended": result.status == "ok" or asks}
        return _ran(program, result, typed), facts
    except CourseUnavailable as error:
        missing.append(f"I could not open the exercise: {error}")
    except SANDBOX_TROUBLE as error:
        missing.append(cannot_run(error))
    return [], {}


def _verdict(grade: Grade, exercise: Exercise) -> str:
    passed = sum(result.passed for result in grade.results)
    if grade.passed:
        return f"It works: all {plural(len(grade.results), 'test')} of “{exercise.title}” pass."
    return f"First of all, it does not do all of the task yet: {passed} of {plural(len(grade.results), 'test')} of “{exercise.title}” pass. Ask me for a hint on that; the points below can wait until it does."


_TYPED = ("7", "hello")
"""A likely number, else a word: what a program that asks for something is given, each time it asks."""
_LINES_TYPED = 20


async def _run(runner: Runner, program: str) -> tuple[RunResult, str]:
    """What it does, and what was typed for it: the first with which it comes to its end."""
    result = await runner.run(program)
    for text in _TYPED if _asks(result) else ():
        again = await runner.run(program, f"{text}\n" * _LINES_TYPED)
        if again.status == "ok":
            return again, text
    return result, ""


def _asks(result: RunResult) -> bool:
    return result.raised is not None and result.raised.type == "EOFError"


_LIMIT = {
    "timeout": "it does not come to an end by itself",
    "output_limit": "it prints without end",
    "memory": "it uses up its memory, so something grows without end",
}


def _ran(program: str, result: RunResult, typed: str) -> list[Block]:
    if _asks(result):
        words = f"It asks for input on line {result.raised.line if result.raised else 1}, and what I typed did not bring it to its end, so the rest I only read."
        return [prose(words, "ran")]
    if result.status not in ("ok", "error"):
        how = _LIMIT.get(result.status, "the sandbox stops it: it tries something that programs may not do here")
        return [prose(f"First of all, when I run it, {how}.", "ran"), *_slipped(program, frozenset())]
    if result.raised is not None:
        wrong = explain_error(result.raised, program)
        words = f"First of all, when I run it, it stops on line {wrong.line} with `{wrong.type}`. {wrong.what}"
        return [prose(words, "ran")]
    lead = f"It asks for input, so I typed `{typed}` each time: no errors." if typed else "I ran it: no errors."
    slips = _slipped(program, frozenset(finding.rule for finding in review_code(program).findings[:POINTS]))
    if not result.stdout.strip():
        return [prose(lead, "ran"), *slips]
    return [prose(f"{lead} It prints:", "ran"), output(result.stdout[:400]), *slips]


def _slipped(program: str, told: frozenset[str]) -> list[Block]:
    return [prose(f"Line {slip.line}: {slip.what}") for slip in spot_slips(program) if slip.name not in told][:1]


def _praised(review: Review, linted: Linted) -> list[Block]:
    good = [*review.praise[:2]]
    if not linted.trouble and not linted.findings:
        good.append(f"ruff, a linter that professionals use, finds none of the {len(RULES)} things it looks for")
    return [prose(f"What is good: {', and '.join(good)}.")] if good else []


def _opinion(points: Sequence[_Point], more: int, ends: bool, tested: bool) -> list[Block]:
    if not points:
        if not ends:
            return [prose("Apart from that I found nothing that I would change. First it has to do its work.")]
        tests = "" if tested else " Next, you could write two or three tests for it: a usual input, an empty one and an odd one."  # fmt: skip
        return [prose(f"I found nothing that I would change.{tests}")]
    lead = {1: "One thing I would look at:", 2: "The two points that matter most:"}.get(
        len(points), "The three points that matter most:"
    )
    blocks = [prose(lead)]
    for n, point in enumerate(points, 1):
        blocks += _told(n, point)
    if more > 0:
        blocks.append(
            prose(
                f"There {'is one smaller point' if more == 1 else f'are {more} smaller points'} as well: ask for more when these are done."
            )
        )
    return blocks


def _numbers(review: Review, linted: Linted) -> list[Block]:
    """The measures in words, and who did not look."""
    return [prose(" ".join(filter(None, [structure_words(review.structure), linted.trouble])))]


def _told(n: int, point: _Point) -> list[Block]:
    finding = point.finding
    words = f"{n}. **Line {finding.line}.** {finding.why} {finding.better}{_elsewhere(finding)}"
    if point.rewrite is None:
        return [prose(words)]
    return [prose(f"{words} {_proved(point)}", "ran"), code(point.rewrite.lines, "ran")]


def _elsewhere(finding: Finding) -> str:
    if not finding.also:
        return ""
    *before, last = map(str, finding.also[:LINES_MAX])
    return f" The same on line {last}." if not before else f" The same on lines {', '.join(before)} and {last}."


def _proved(point: _Point) -> str:
    tries = "and it did the same" if point.runs == 1 else f"on {point.runs} inputs, and they did the same each time"
    return f"I ran yours and this one {tries}:"


# --- going on from a review ------------------------------------------------------------------------------------------


async def _continued(
    program: str, how: str, desk: Desk, words: str, intent: str, context: Context, state: Turn
) -> Evidence:
    """One of the points again, with how to do it; or those that had no room the first time."""
    linted = await lint_code(program)
    findings = _open(review_code(program, linted.findings), desk)
    if how == "more":
        return await _rest(program, findings[POINTS : 2 * POINTS], intent, context, state)
    at = min(_meant(words, desk), len(findings) - 1)
    if at < 0:
        return evidence(NAME, intent, [prose("There was nothing in it that I would change.")])
    tell(desk, [f"{_TOLD}{at}"])
    point = (await _points(program, findings[at : at + 1], True, state, context))[0]
    finding = point.finding
    blocks = [prose(f"Point {at + 1} was about line {finding.line}. {finding.why} {finding.better}")]
    if point.rewrite is not None:
        blocks += [prose(_proved(point), "ran"), code(point.rewrite.lines, "ran")]
    elif shape := SHAPES.get(finding.rule):
        blocks += [prose("On something else than your program it looks like this:"), code(shape, "authored")]
    blocks.append(question("Try it on your line, and send me the program: I will run it.", ""))
    return evidence(NAME, intent, blocks, facts={"findings": [_point_facts(point)]})


def _open(review: Review, desk: Desk) -> list[Finding]:
    """What is still to be said: where the program stopped, that was told first of all."""
    stopped = {int(told.removeprefix(_STOPPED)) for told in desk.get("told", []) if told.startswith(_STOPPED)}
    return [one for one in review.findings if one.line not in stopped or one.criterion != "correctness"]


_TOLD, _STOPPED = "point of the review: ", "stopped on line: "


def _meant(words: str, desk: Desk) -> int:
    """The point that is named; else the one spoken of last, else the first."""
    spoken = [int(name.removeprefix(_TOLD)) for name in desk.get("told", []) if name.startswith(_TOLD)]
    named = which_point(words)
    return named if named is not None else spoken[-1] if spoken else 0


async def _rest(program: str, findings: Sequence[Finding], intent: str, context: Context, state: Turn) -> Evidence:
    if not findings:
        return evidence(NAME, intent, [prose("Those were all the points I have on this program. When you have worked on them, send it again.")])  # fmt: skip
    points = await _points(program, findings, True, state, context)
    blocks: list[Block] = [prose("These are smaller:")]
    for n, point in enumerate(points, POINTS + 1):
        blocks += _told(n, point)
    return evidence(NAME, intent, blocks, facts={"findings": [_point_facts(point) for point in points]})
