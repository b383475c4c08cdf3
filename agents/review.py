"""Reviews a program as a friendly colleague: does it run, what is good, and the three points that matter most."""

from langgraph.runtime import Runtime

from agents._evidence import (
    SANDBOX_TROUBLE,
    adding,
    ask_of,
    belongs,
    cannot_run,
    desk_of,
    evidence,
    intent_of,
    open_exercise,
    output,
    plural,
    prose,
    question,
    run_facts,
    runner_of,
)
from agents.spec import Spec
from agents.turn import Block, Context, Evidence, Turn
from core.errors import CourseUnavailable
from core.ports import Exercise, Grade, RunResult
from tools.explain_error import explain_error, explain_syntax
from tools.review_code import Finding, Review, review_code
from tools.spot_slips import spot_slips

NAME = "review"
POINTS = 3


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
    desk["program"] = program
    if wrong := explain_syntax(program):
        words = f"Before a review it has to start: on line {wrong.line} Python stumbles. {wrong.what}"
        return adding(
            state,
            evidence(NAME, intent, [prose(words, "ran"), question(wrong.look, "ran")], facts={"line": wrong.line}),
            desk,
        )
    return adding(state, await _reviewed(program, intent, state, context), desk)


SPEC = Spec(name=NAME, doing="Reading your program", node=node, intents=("review",), order=40)


async def _reviewed(program: str, intent: str, state: Turn, context: Context) -> Evidence:
    review = review_code(program)
    missing: list[str] = []
    blocks, facts = await _correctness(program, state, context, missing)
    blocks += _opinion(review)
    facts |= {
        "findings": [{"line": f.line, "rule": f.rule, "why": f.why, "better": f.better} for f in review.findings[:POINTS]],
        "praise": list(review.praise[:2]), "measures": review.measures,
    }  # fmt: skip
    return evidence(NAME, intent, blocks, facts=facts, missing=missing)


async def _correctness(
    program: str, state: Turn, context: Context, missing: list[str]
) -> tuple[list[Block], dict[str, object]]:
    """First whether it works: style comes after that."""
    runner = runner_of(context)
    try:
        exercise = open_exercise(state, context)
        if exercise is not None and belongs(program, exercise, bool(ask_of(state)["exercise"])):
            grade = await runner.grade(program, exercise.tests)
            return [prose(_verdict(grade, exercise), "ran")], {"passed": grade.passed, "score": grade.score}
        result = await runner.run(program)
        return _ran(program, result), {"runs": [run_facts(program, result)]}
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


def _ran(program: str, result: RunResult) -> list[Block]:
    if result.raised is not None and result.raised.type != "EOFError":
        wrong = explain_error(result.raised, program)
        return [
            prose(
                f"First of all, when I run it, it stops on line {wrong.line} with `{wrong.type}`. {wrong.what}", "ran"
            )
        ]
    if result.status not in ("ok", "error"):
        return [prose("First of all, when I run it, it does not come to an end by itself.", "ran")]
    slips = [prose(f"Line {slip.line}: {slip.what}") for slip in spot_slips(program)[:1]]
    if not result.stdout.strip():
        return [prose("I ran it: no errors.", "ran"), *slips]
    return [prose("I ran it: no errors. It prints:", "ran"), output(result.stdout[:400]), *slips]


def _opinion(review: Review) -> list[Block]:
    blocks: list[Block] = []
    if review.praise:
        blocks.append(prose(f"What is good: {' and '.join(review.praise[:2])}."))
    if not review.findings:
        return [
            *blocks,
            prose(
                "I found nothing that I would change. Next, you could write two or three tests for it: a usual input, an empty one and an odd one."
            ),
        ]
    points = "\n".join(f"{n}. {_point(finding)}" for n, finding in enumerate(review.findings[:POINTS], 1))
    lead = (
        "One thing I would look at:"
        if len(review.findings) == 1
        else f"The {'two' if len(review.findings) == 2 else 'three'} points that matter most:"
    )
    blocks.append(prose(f"{lead}\n\n{points}"))
    more = len(review.findings) - POINTS
    if more > 0:
        blocks.append(
            prose(
                f"There {'is one smaller point' if more == 1 else f'are {more} smaller points'} as well: ask for a second look when these are done."
            )
        )
    return blocks


def _point(finding: Finding) -> str:
    return f"**Line {finding.line}.** {finding.why} {finding.better}"
