"""Marks what a student hands in: hidden tests for programs, the algebra system for mathematics; then says what to do."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from langgraph.runtime import Runtime

from agents._evidence import (
    SANDBOX_TROUBLE,
    adding,
    ask_of,
    cannot_run,
    desk_of,
    evidence,
    focus_of,
    how_of,
    intent_of,
    kindly,
    maths,
    open_exercise,
    picture,
    plural,
    prose,
    question,
    runner_of,
    sentence,
    step,
    undefined_entry,
)
from agents._hints import since_last
from agents.spec import Spec
from agents.turn import Block, Context, Desk, Evidence, Turn
from core.errors import CourseUnavailable, Invalid, MathematicsUnavailable
from core.ports import Exercise, Grade, MathsVerdict, TestResult
from tools.check_maths import check_maths
from tools.draw_task import draw_task
from tools.explain_error import explain_error, explain_syntax
from tools.measure_code import measure_code
from tools.rate_style import POINTS_MAX, Style, rate_style
from tools.read_message import read_message, working_lines

NAME = "grading"
_ANSWER_LEAD = (
    "the answer is",
    "my answer is",
    "answer is",
    "answer:",
    "answer =",
    "ans:",
    "i got",
    "i get",
    "submit:",
    "it is",
    "it's",
    "is it",
)


async def node(state: Turn, runtime: Runtime[Context]) -> Turn:
    context, ask, desk = runtime.context, ask_of(state), desk_of(state)
    intent = intent_of(state, NAME, "submission")
    try:
        exercise = open_exercise(state, context)
    except CourseUnavailable as error:
        return adding(
            state,
            evidence(
                NAME,
                intent,
                [prose("I cannot mark this just now. Nothing is lost: send it again in a moment.")],
                missing=[f"I could not open the exercise: {error}"],
            ),
        )
    said = state.get("evidence", [])
    if exercise is None and any(one["agent"] == "maths" for one in said):
        # "I got x = 4 for 2x + 1 = 9, is that right": it has been checked, and nothing is left to say
        return {"evidence": [*said, evidence(NAME, intent, [])], "desk": desk}
    if exercise is None:
        return adding(state, _which(intent), desk)
    if exercise.answer is not None:
        # of working in several lines the last is the answer
        lines = working_lines(ask["message"])
        words = focus_of(state, NAME) if how_of(state, NAME) == "claim" else _answer_in(ask["message"])
        found = await _mark_maths(context, exercise, lines[-1] if lines else words, intent, desk)
    else:
        program = ask["code"] or (
            desk.get("program", "") if not ask["submission"] else read_message(ask["message"]).code or ask["message"]
        )
        found = (
            await _mark_program(context, exercise, program, intent, desk) if program else _no_program(exercise, intent)
        )
    return adding(state, found, desk)


SPEC = Spec(name=NAME, doing="Marking your answer", node=node, intents=("submission",), order=50)


def _which(intent: str) -> Evidence:
    words = "I would like to mark it, but no exercise is open."
    return evidence(
        NAME, intent, [prose(words), question("Which exercise is it for? Ask me for one, or tell me its name.", "")]
    )


def _no_program(exercise: Exercise, intent: str) -> Evidence:
    return evidence(
        NAME,
        intent,
        [
            prose(f"I am ready to mark “{exercise.title}”."),
            question("Where is your program? Paste it here and I will run it on the tests.", ""),
        ],
    )


# --- programs ------------------------------------------------------------------------------------------------------


async def _mark_program(context: Context, exercise: Exercise, program: str, intent: str, desk: Desk) -> Evidence:
    desk["program"] = program
    if wrong := explain_syntax(program):
        _count_try(desk, exercise)
        words = f"Your program for “{exercise.title}” does not start yet: on line {wrong.line} Python stumbles. {wrong.what}"
        found = evidence(
            NAME, intent, [prose(words, "ran"), question(wrong.look, "ran")], facts={"score": 0.0, "line": wrong.line}
        )
        return _with_attempt(found, exercise, desk, False, 0.0, program, wrong.type, {"concept": wrong.concept})
    try:
        runner = runner_of(context)
        grade = await runner.grade(program, exercise.tests)
        metrics = await measure_code(runner, program, grade)
    except SANDBOX_TROUBLE as error:
        words = f"I could not mark “{exercise.title}” just now, so this does not count as a try. Your program is kept."
        return evidence(NAME, intent, [prose(words)], missing=[cannot_run(error)])
    _count_try(desk, exercise)
    groups, style = _groups(grade.results), rate_style(program)
    score = _score(groups)
    since = since_last(desk, exercise, program, sum(result.passed for result in grade.results))
    blocks = (
        [*_celebrate(exercise, grade), *_styled(style)]
        if grade.passed
        else _not_yet(exercise, grade, score, program, since)
    )
    raised = next((r.raised.type for r in grade.results if r.raised), "")
    noted = {
        "groups": groups,
        "style": style.points,
        "cpu_s": round(grade.run.cpu_s, 3),
        "memory_mb": _megabytes(grade),
    }
    facts = {"passed": grade.passed, "score": score, "exercise": exercise.id, "title": exercise.title, **noted}
    found = evidence(NAME, intent, blocks, facts=facts)
    found = _with_attempt(found, exercise, desk, grade.passed, score, program, raised, noted)
    found["attempts"][0]["metrics"] = metrics
    if grade.passed:
        _close(desk, exercise)
        found["draft"].append(_onward())
    return found


def _score(groups: dict[str, list[int]]) -> float:
    """Every group counts alike: many easy examples do not outweigh the one hard case."""
    return sum(passed / count for passed, count in groups.values()) / len(groups) if groups else 0.0


def _megabytes(grade: Grade) -> int:
    return round(grade.run.memory_bytes_peak / 1024**2)


def _groups(results: Sequence[TestResult]) -> dict[str, list[int]]:
    """Passed and all, by test group."""
    passed = Counter(result.group for result in results if result.passed)
    return {group: [passed[group], count] for group, count in Counter(r.group for r in results).items()}


def _celebrate(exercise: Exercise, grade: Grade) -> list[Block]:
    tests = f"all {plural(len(grade.results), 'test')}" if len(grade.results) > 1 else "its test"
    used = (
        f"They took {grade.run.cpu_s:.2f} s of computing"
        if len(grade.results) > 1
        else f"It took {grade.run.cpu_s:.2f} s of computing"
    )
    memory = f" and {_megabytes(grade)} MB of memory" if _megabytes(grade) else ""
    return [
        prose(f"Well done! “{exercise.title}” is solved: your program passes {tests}. {used}{memory}.", "ran"),
    ]


def _styled(style: Style) -> list[Block]:
    """The rubric; it is no part of the mark, which says whether the program does its task."""
    told = ", ".join(f"{name} {points} of {POINTS_MAX}" for name, points in style.points.items())
    words = f"How it is written ({style.total} of {style.most}, no part of the mark): {told}."
    if style.worst is not None:
        words += f" First of all, line {style.worst.line}: {style.worst.why} {style.worst.better}"
    return [prose(words)]


def _onward() -> Block:
    return question("Would you like another one, or shall I look at the style of this one with you?", "")


def _not_yet(exercise: Exercise, grade: Grade, score: float, program: str, since: str = "") -> list[Block]:
    passed = sum(result.passed for result in grade.results)
    lead = (
        f"Not there yet, but {passed} of {len(grade.results)} tests pass"
        if passed
        else f"None of the {plural(len(grade.results), 'test')} passes yet"
    )
    blocks = [prose(f"{lead} ({round(100 * score)} %) for “{exercise.title}”.{since}", "ran")]
    groups = _groups(grade.results)
    if len(groups) > 1:
        rows = "\n".join(f"- {_group_name(group)}: {ok} of {count}" for group, (ok, count) in groups.items())
        blocks.append(prose(rows, "ran"))
    failing = min((r for r in grade.results if not r.passed), key=lambda r: (r.raised is None, len(r.shown_input)))
    blocks.append(prose(_what_happens(failing, program, exercise), "ran"))
    return [*blocks, question("Want a hint? Ask, and I will give you one at a time.", "")]


def _group_name(group: str) -> str:
    return group.replace("_", " ").replace("-", " ").strip().capitalize() or "Tests"


def _what_happens(failing: TestResult, program: str, exercise: Exercise) -> str:
    """By group and kind, never the hidden input or what it should give."""
    where = f"In the group “{_group_name(failing.group).lower()}”"
    if absent := undefined_entry(failing.raised, exercise):
        return absent
    if failing.raised is not None and failing.status == "error":
        wrong = explain_error(failing.raised, program)
        place = f" on line {wrong.line}" if wrong.line else ""
        return f"{where} your program stops{place} with `{wrong.type}`. {wrong.what}"
    match failing.status:
        case "timeout":
            return f"{where} your program does not come to an end."
        case "ok" | "error":
            return f"{where} it gives back something other than the task asks for. Read the statement again with that kind of input in mind."
        case "memory":
            return f"{where} your program was stopped, because it took more memory than it may. What grows with every round?"
        case _:
            return f"{where} your program was stopped, because it used more than it may."


# --- mathematics ---------------------------------------------------------------------------------------------------


def _answer_in(message: str) -> str:
    """The answer itself, without the words that lead up to it and those that ask about it."""
    text = read_message(message).words.strip()
    low = text.casefold()
    for lead in _ANSWER_LEAD:
        if (at := low.find(lead)) >= 0:
            text = text[at + len(lead) :]
            break
    for end in (" is it right", " is that right", ", is it", " right?", " correct?", " mark it", ", mark", " is this"):
        if (at := text.casefold().find(end)) > 0:
            text = text[:at]
    return text.strip().strip("?.").strip().rstrip(",")


async def _mark_maths(context: Context, exercise: Exercise, answer: str, intent: str, desk: Desk) -> Evidence:
    assert exercise.answer is not None
    try:
        verdict = await check_maths(context.mathematics, answer, exercise.answer.reference, exercise.answer.rule)
    except (MathematicsUnavailable, Invalid) as error:
        words = f"I could not mark “{exercise.title}” just now, so this does not count as a try."
        return evidence(
            NAME, intent, [prose(words)], missing=[f"I could not check the mathematics: {sentence(str(error))}"]
        )
    if verdict.verdict == "equal" and not solves(answer, exercise.answer.reference):
        verdict = replace(verdict, verdict="wrong_form", why="It is true, but not solved yet: say what the unknown is.")
    facts = {
        "verdict": verdict.verdict,
        "why": verdict.why,
        "slip": verdict.slip,
        "exercise": exercise.id,
        "title": exercise.title,
    }
    found = evidence(NAME, intent, _maths_words(exercise, verdict), facts=facts)
    if verdict.verdict in ("unreadable", "unsure"):
        return found
    _count_try(desk, exercise)
    right = verdict.verdict == "equal"
    score = 1.0 if right else 0.5 if verdict.verdict == "wrong_form" else 0.0
    found = _with_attempt(found, exercise, desk, right, score, answer, verdict.slip, {"verdict": verdict.verdict})
    if right:
        _close(desk, exercise)
    return found


_SIGN = re.compile(r"<=|>=|\\le(?:q)?(?![a-z])|\\ge(?:q)?(?![a-z])|[=<>≤≥]")
_JOINED = re.compile(
    r"\b(?:or|and)\b|\\(?:text|mathrm)\s*\{\s*(?:or|and)\s*\}|[,;∨∧]|\\(?:lor|land|vee|wedge)\b", re.IGNORECASE
)
_UNKNOWN = re.compile(r"^[\s$({\\]*(?:[a-zA-Z]|theta|alpha|beta|θ)(?:_\{?\w\}?)?[\s$)}]*$")
_KNOWN = re.compile(
    r"^[^a-zA-Zθ]*(?:(?:sqrt|frac|dfrac|tfrac|pi|left|right|cdot|circ|e|ln|log|pm|text|or|and)[^a-zA-Zθ]*)*$"
)


def solves(answer: str, reference: str) -> bool:
    """Whether the answer says what the unknown is, where the reference does: an equation is equal to its own solution, and
    no answer to itself."""
    told = [_SIGN.split(part) for part in _JOINED.split(reference)]
    if not all(len(sides) > 1 and any(map(_UNKNOWN.match, sides)) and any(map(_KNOWN.match, sides)) for sides in told):
        return True
    return all(len(sides) == 1 or any(map(_UNKNOWN.match, sides)) for sides in map(_SIGN.split, _JOINED.split(answer)))


def _maths_words(exercise: Exercise, verdict: MathsVerdict) -> list[Block]:
    read_as: list[Block] = [maths(verdict.answer_latex)] if verdict.answer_latex else []
    match verdict.verdict:
        case "equal":
            return [
                prose(f"Right, well done! I checked your answer to “{exercise.title}” with the algebra system.", "cas"),
                *read_as,
                *_drawn(exercise),
                question("Another one?", ""),
            ]
        case "wrong_form":
            return [
                prose(f"The value is right, the form is not yet what the task asks for. {verdict.why}", "cas"),
                *read_as,
                question("Can you write it in that form?", ""),
            ]
        case "unreadable":
            return [
                prose(f"I could not read that as mathematics, so it does not count as a try. {verdict.why}", "cas"),
                question("Can you type it once more, such as 3*x^2 + 2 or (x+1)/2?", ""),
            ]
        case "unsure":
            return [
                prose(
                    f"I could neither prove nor refute that answer in the time I have, so I do not mark it. {verdict.why}",
                    "cas",
                ),
                *read_as,
            ]
    return [
        prose(f"Not yet. {kindly(verdict.why)}", "cas"),
        *read_as,
        question("Send me your working line by line, and I will find the first line that does not follow.", ""),
    ]


def _drawn(exercise: Exercise) -> list[Block]:
    """The task as a picture, now that it can give nothing away."""
    drawn = draw_task(exercise.statement, [exercise.answer.reference]) if exercise.answer else None
    return [picture(drawn.svg, drawn.alt, "cas")] if drawn else []


# --- what it leaves behind -----------------------------------------------------------------------------------------


def _count_try(desk: Desk, exercise: Exercise) -> None:
    tries = desk.get("tries", {})
    desk["tries"] = {**tries, exercise.id: tries.get(exercise.id, 0) + 1}


def _close(desk: Desk, exercise: Exercise) -> None:
    desk["exercise"] = None
    desk["hints"] = {name: level for name, level in desk.get("hints", {}).items() if name != exercise.id}
    desk["tries"] = {name: count for name, count in desk.get("tries", {}).items() if name != exercise.id}


def _with_attempt(
    found: Evidence,
    exercise: Exercise,
    desk: Desk,
    correct: bool,
    score: float,
    answer: str,
    error: str,
    detail: dict[str, object],
) -> Evidence:
    found["exercise"] = exercise.id
    found["offer"] = (
        step("exercise", "exercise", "another one") if correct else step("debugging", "debugging", "a hint", "hint")
    )
    found["attempts"] = [
        {"kind": "maths" if exercise.answer else "exercise", "item": exercise.id, "skills": list(exercise.skills), "correct": correct, "score": score,
         "hints": desk.get("hints", {}).get(exercise.id, 0), "answer": answer, "error": error, "detail": detail}
    ]  # fmt: skip
    return found
