"""Finds out by running what is wrong with a program, and leads the student to it, one hint at a time."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from langgraph.runtime import Runtime

from agents import _hints, _stand_in
from agents._evidence import (
    SANDBOX_TROUBLE,
    adding,
    ask_of,
    authorship,
    belongs,
    cannot_run,
    desk_of,
    evidence,
    how_of,
    intent_of,
    open_exercise,
    output,
    picture,
    plural,
    prose,
    question,
    run_facts,
    runner_of,
    shorten,
    step,
    strays,
    undefined_entry,
)
from agents._symptoms import by_symptom, complained
from agents.spec import Spec
from agents.turn import AskState, Block, Context, Desk, Evidence, Turn
from core.errors import CourseUnavailable
from core.ports import Exercise, Grade, Policy, Raised, RunResult, Test, TestResult, Trace
from tools._slip import Slip
from tools.call_functions import Called, call_functions
from tools.draw_trace import draw_trace, worth_drawing
from tools.explain_error import Explained, explain_error, explain_syntax
from tools.follow_run import follow_run, tell_history
from tools.locate_fault import Fault, locate_fault
from tools.parse_program import awaited, compiles, names_in, never_called
from tools.read_message import read_error, read_message
from tools.run_code import Runner
from tools.search_course import NEAR_ENOUGH
from tools.spot_slips import spot_complained, spot_slips

NAME = "debugging"
OUTPUT_CHARS_MAX = 600
SEARCH_SECONDS = 4.0
GRADE_SECONDS = 4.0
TRACE_SECONDS = 1.5
RUN_SECONDS = 3.0
OWN = "own program"
"""Where the desk keeps how far the hints on a program without an exercise have come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """A run of a program of the student's own: what was typed into it, what is said of that, and whether a stand-in
    took the place of a module that opens windows."""

    result: RunResult
    stdin: str = ""
    said: tuple[Block, ...] = ()
    keeps_asking: bool = False
    stand_in: str = ""

    @property
    def raised(self) -> Raised | None:
        """The error to explain: one that the program itself is to blame for."""
        raised = self.result.raised if self.result.status == "error" and not self.keeps_asking else None
        return None if raised and self.stand_in and _stand_in.to_blame(raised) else raised


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What reading and following a run brought up: the likeliest suspects first, or how the printed value came about."""

    slips: Sequence[Slip] = ()
    history: str = ""
    lines: Sequence[int] = ()
    trace: Trace | None = None


async def node(state: Turn, runtime: Runtime[Context]) -> Turn:
    context, ask, desk = runtime.context, ask_of(state), desk_of(state)
    intent = intent_of(state, NAME, "debugging")
    missing: list[str] = []
    try:
        exercise = open_exercise(state, context)
    except CourseUnavailable as error:
        exercise, missing = None, [f"I could not open the exercise: {error}"]
    if exercise and not ask["exercise"] and not ask["code"] and _is_own(desk, exercise):
        exercise = None
    if how_of(state, NAME) == "try":
        return adding(state, evidence(NAME, intent, [_try_it()]), desk)
    program = ask["code"] or ("" if ask["error"] else _on_the_desk(desk, exercise))
    asks_on = bool(how_of(state, NAME)) or (not ask["code"] and (intent == "answer_seeking" or _again(desk, ask)))
    if program and exercise is None and asks_on and program.strip() == desk.get("program", "").strip():
        found = await _once_more(program, intent, state, context, desk)
    elif program:
        desk["hints"] = {**desk.get("hints", {}), OWN: 1}
        about = exercise if exercise and belongs(program, exercise, bool(ask["exercise"])) else None
        before = desk.get("program", "")
        found = await _look_at(program, about, intent, state, context, desk)
        if about is None:
            found["offer"] = step(NAME, NAME, "a hint", "hint")
            found["draft"] = [*_mended(before, program), *found["draft"]]
        desk["program"] = program
    elif ask["error"] and (raised := read_error(ask["error"])):
        found = evidence(NAME, intent, _told(explain_error(raised, "")), facts={"error": raised.type})
    elif exercise is not None:
        found = _authored_hint(exercise, intent, desk)
    else:
        found = _ask_for_program(intent)
    found["missing"] = [*missing, *found["missing"]]
    return adding(state, found, desk)


SPEC = Spec(
    name=NAME, doing="Running your program to see what happens", node=node, intents=("debugging", "answer_seeking"), order=30
)  # fmt: skip


def _again(desk: Desk, ask: AskState) -> bool:
    """Whether the program was looked at just now, and nothing else to try it with was named."""
    return desk.get("last") == NAME and not ("input(" in desk.get("program", "") and _named_input(ask["message"]))


def _mended(before: str, program: str) -> list[Block]:
    """What was pointed at in the last program and is gone from this one."""
    if not before or (compiles(before) and not compiles(program)):
        return []
    had, has = {slip.name for slip in spot_slips(before)}, {slip.name for slip in spot_slips(program)}
    if not compiles(before) and compiles(program):
        return [prose("Python can read it now: that is mended.")]
    return [prose("The place I pointed at is mended.")] if had - has else []


async def _once_more(program: str, intent: str, state: Turn, context: Context, desk: Desk) -> Evidence:
    """The student asks on about a program of their own that was looked at already: a step further, not the same again."""
    pressing = intent == "answer_seeking"
    if how_of(state, NAME) == "why" and desk.get("last") == "grading":
        return evidence(NAME, intent, _stands(), facts={"program": program})
    level = min(_hints.LEVELS, desk.get("hints", {}).get(OWN, 1) + (0 if pressing else 1))
    lead = [prose("I will not write it for you, because then the next one would be no easier. But here is a step.")]
    found = await _a_step_further(program, intent, level, state, context)
    found["said"] = desk.get("said", "")
    found["draft"] = [*(lead if pressing else []), *found["draft"]]
    found["offer"] = step(NAME, NAME, "a hint", "hint")
    desk["hints"] = {**desk.get("hints", {}), OWN: level}
    return found


def _stands() -> list[Block]:
    """Asked about a program that was marked and closed its exercise: it passed everything."""
    words = "I am: when you sent it in I ran it on every test of the exercise, also on ones that you cannot see, and each of them passed."
    return [prose(words, "record"), question("Is there an input you do not trust it with? Tell me which.", "")]


def _try_it() -> Block:
    return question(
        "That is worth a try. Put it into your program where you think it belongs, and send me the whole program: I will run it and tell you what has changed.",
        "",
    )


async def _a_step_further(program: str, intent: str, level: int, state: Turn, context: Context) -> Evidence:
    runner = runner_of(context)
    if wrong := explain_syntax(program):
        return evidence(NAME, intent, _further_on(wrong, level, program, state), facts=_error_facts(wrong))
    try:
        one = await _run(runner, program, read_message(ask_of(state)["message"]).words)
        facts = {"runs": [run_facts(program, one.result)]}
        if one.raised is not None:
            wrong = explain_error(one.raised, program)
            return evidence(NAME, intent, _further_on(wrong, level, program, state), facts=facts | _error_facts(wrong))
        seen = await _suspects(runner, program, one, state.get("desk", {}).get("said", ""))
    except SANDBOX_TROUBLE as error:
        return _without_running(program, intent, ask_error(state), cannot_run(error))
    if not seen.slips:
        return evidence(NAME, intent, _by_hand(seen, level, program, one), facts=facts)
    slip = seen.slips[0]
    if level >= _hints.LEVELS:
        return evidence(NAME, intent, _your_turn(slip.line, slip.change), facts=facts)
    blocks = [prose(f"Stay with line {slip.line}, `{_source_line(program, slip.line)}`. {slip.what}")]
    if one.result.status == "ok" and worth_drawing(program):
        trace = seen.trace or await _traced(runner, program, one.stdin)
        blocks += _picture(trace, program, [slip.line])
    blocks += [prose(slip.change), question("Try that, run it, and send me what you have then.", "")]
    return evidence(NAME, intent, blocks, facts=facts | {"slips": [slip.name]})


def _by_hand(seen: _Seen, level: int, program: str, one: _Run) -> list[Block]:
    """Nothing stands out: first how the printed value came about, then how to see it happen for oneself."""
    if level >= _hints.LEVELS and seen.lines and (names := sorted(names_in(_source_line(program, seen.lines[-1])))):
        see = f"Put `print({', '.join(names[:3])})` just below line {seen.lines[-1]}, as deep as that line, work out on paper what each row should be, and find the first that differs."
        return _your_turn(seen.lines[-1], see)
    shown = [prose(seen.history, "ran")] if seen.history else []
    drawn = _picture(seen.trace, program, seen.lines) if seen.trace and one.result.status == "ok" else []
    return [*shown, *drawn, _what_was_wanted()]


def _picture(trace: Trace, program: str, lines: Sequence[int]) -> list[Block]:
    drawn = draw_trace(trace, program, lines=lines)
    return [picture(drawn.svg, drawn.alt)] if drawn else []


def _your_turn(line: int | None, known: str) -> list[Block]:
    """All has been said but the change itself."""
    where = f"at line {line}" if line else "where the message points"
    return [
        prose(f"You have all you need: look {where}. {known}".strip()),
        question(
            "Write the change as well as you can, even unsure, and send it: I will run it and tell you what it does.",
            "",
        ),
    ]


def _further_on(wrong: Explained, level: int, program: str, state: Turn) -> list[Block]:
    """An error that was told once: where the course speaks of it, then what to print to see it happen."""
    if level >= _hints.LEVELS:
        names = [name for name in names_in(_source_line(program, wrong.line or 0)) if name in wrong.values]
        see = (
            f"Put `print({', '.join(names)})` on a line of its own just above line {wrong.line} and look at the last values."
            if names
            else wrong.look
        )
        return _your_turn(wrong.line, see)
    where = f"Go to line {wrong.line}" if wrong.line else "Go to the line that the message names"
    values = f" When Python stopped there, {_listed(wrong.values)}." if wrong.values else ""
    blocks = [prose(f"{where}.{values} {wrong.detail or wrong.what}".strip(), "ran"), question(wrong.look, "ran")]
    near = next((p for p in state.get("passages", []) if p["subject"] == "python" and p["score"] >= NEAR_ENOUGH), None)
    if near is not None:
        title = f"{near['title']}: {near['heading']}" if near["heading"] else near["title"]
        blocks.insert(1, prose(f"Your course speaks of this under “{title}”."))
    return blocks


def _source_line(program: str, line: int) -> str:
    lines = program.split("\n")
    return lines[line - 1].strip().replace("`", "'") if 0 < line <= len(lines) else ""


def _on_the_desk(desk: Desk, exercise: Exercise | None) -> str:
    """The last program, unless the open exercise is about something else."""
    program = desk.get("program", "")
    return program if exercise is None or belongs(program, exercise, False) else ""


def _is_own(desk: Desk, exercise: Exercise) -> bool:
    """Whether what was looked at last is the student's own program and not their way to the open exercise."""
    return desk.get("last") in (NAME, "review") and strays(desk.get("program", ""), exercise)


async def _look_at(
    program: str, exercise: Exercise | None, intent: str, state: Turn, context: Context, desk: Desk
) -> Evidence:
    if wrong := explain_syntax(program):
        attempt = _run_attempt(program, wrong.type, wrong.concept, exercise)
        return _with_attempt(evidence(NAME, intent, _told(wrong), facts=_error_facts(wrong)), attempt)
    runner = runner_of(context)
    try:
        if exercise is not None:
            return await _against_tests(runner, program, exercise, intent, state, desk)
        return await _alone(runner, program, intent, ask_error(state), read_message(ask_of(state)["message"]).words)
    except SANDBOX_TROUBLE as error:
        return _without_running(program, intent, ask_error(state), cannot_run(error))


def ask_error(state: Turn) -> Raised | None:
    told = state["ask"]["error"]
    return read_error(told) if told else None


# --- a program of the student's own -------------------------------------------------------------------------------


async def _run(runner: Runner, program: str, words: str) -> _Run:
    limits = Policy(wall_s=RUN_SECONDS, cpu_s=RUN_SECONDS)
    result = await runner.run(program, policy=limits)
    if (module := _stand_in.module_missed(result.raised, program)) and module not in words:
        replaced = _stand_in.replaced(program, module)
        result = await runner.run(replaced, policy=limits) if replaced else result
        if replaced:
            return _Run(result=result, said=(prose(_stand_in.told(module), "ran"),), stand_in=module)
    return await _typed(runner, program, words, result) if _wants_input(result) else _Run(result=result)


async def _traced(runner: Runner, program: str, stdin: str) -> Trace:
    return await runner.trace(program, stdin=stdin, policy=Policy(wall_s=TRACE_SECONDS, cpu_s=TRACE_SECONDS))


async def _suspects(runner: Runner, program: str, one: _Run, words: str) -> _Seen:
    """From reading alone where that shows something, else from following the run."""
    if slips := [*complained(spot_complained(program), words), *spot_slips(program)]:
        return _Seen(slips=by_symptom(slips, words))
    shown = _stand_in.replaced(program, one.stand_in) if one.stand_in else program
    if one.stand_in and one.result.status != "ok":
        return _Seen()
    trace = await _traced(runner, shown, one.stdin)
    slips = by_symptom(follow_run(trace, program), words)
    told = tell_history(trace, program)
    return _Seen(slips=slips, history=told.told if told else "", lines=told.lines if told else (), trace=trace)


async def _alone(runner: Runner, program: str, intent: str, told: Raised | None, words: str) -> Evidence:
    one = await _run(runner, program, words)
    facts: dict[str, object] = {"runs": [run_facts(program, one.result)]}
    if one.raised is not None and not (one.raised.type == "EOFError" and told):
        wrong = explain_error(one.raised, program)
        found = evidence(NAME, intent, [*one.said, *_told(wrong)], facts=facts | _error_facts(wrong))
        found["said"] = f"{wrong.type} {wrong.concept} {wrong.message}"
        return _with_attempt(found, _run_attempt(program, wrong.type, wrong.concept, None))
    if told is not None and one.result.status in ("ok", "error"):
        wrong = explain_error(told, program)
        here = prose(
            "I ran the program here and that error did not appear, so this is from the message you pasted.", "ran"
        )
        return evidence(NAME, intent, [*_told(wrong), here], facts=facts | _error_facts(wrong))
    if one.result.status not in ("ok", "error") and not one.stand_in:
        return evidence(NAME, intent, [*one.said, *await _stopped(runner, program, one.result)], facts=facts)
    seen = await _suspects(runner, program, one, words)
    facts["slips"] = [slip.name for slip in seen.slips]
    if one.keeps_asking or one.stand_in:
        return evidence(NAME, intent, [*one.said, *_pointed_at(seen, one)], facts=facts)
    called = [] if one.result.stdout.strip() else await call_functions(runner, program)
    if called and (raised := called[0].raised):
        wrong = explain_error(raised, program)
        lead = prose(f"Your program only defines its functions, so I called one: `{called[0].call}`.", "ran")
        return evidence(NAME, intent, [lead, *_told(wrong)], facts=facts | _error_facts(wrong))
    drawn = _picture(seen.trace, program, seen.lines) if seen.trace and not seen.slips else []
    return evidence(NAME, intent, [*one.said, *_runs_fine(program, one.result, seen, called, drawn)], facts=facts)


def _pointed_at(seen: _Seen, one: _Run) -> list[Block]:
    """Where the run itself has nothing to show."""
    if seen.slips:
        return [prose(f"Look at line {slip.line}. {slip.what} {slip.look}") for slip in _two_kinds(seen.slips)]
    if one.keeps_asking:
        return [question("Which input should end it, and on which line is that asked?", "")]
    shown = [prose(seen.history, "ran")] if seen.history else []
    return [*shown, question("What do you see on your screen, and what did you want to see?", "")]


_TRIED = ("7", "hello", "0", "-2.5", "")
"""What is typed for the student, one after another, until the program fails, where they say that it does."""
_TYPES = re.compile(
    r"\b(?:type|types|typed|typing|enter|enters|entered|put|puts|input|inputs|write|give)\s+(?:in\s+)?[`'\"“]?(?P<typed>[^\s`'\"”,;?!]{1,40})",
    re.IGNORECASE,
)
_FAILS = re.compile(r"\b(?:crash\w*|errors?|fails?|breaks?|broken|stops|exception|\w+Error)\b", re.IGNORECASE)
_LINES_TYPED = 20


def _wants_input(result: RunResult) -> bool:
    return result.raised is not None and result.raised.type == "EOFError"


async def _typed(runner: Runner, program: str, words: str, before: RunResult) -> _Run:
    """Run again with something typed in: what the student names, what the program waits for, else a likely number;
    where they say that it fails, the first input with which it does."""
    told = _named_input(words)
    waited = [text for text in awaited(program) if "\n" not in text]
    tries = [told] if told else [*waited[:2], *_TRIED] if _FAILS.search(words) else [*waited[:2], "7", "hello"]
    first: _Run | None = None
    for text in dict.fromkeys(tries):
        stdin = (text + "\n") * _LINES_TYPED
        result = await runner.run(program, stdin, Policy(wall_s=RUN_SECONDS, cpu_s=RUN_SECONDS))
        one = _Run(result=result, stdin=stdin, said=(_said_typed(program, text, text in waited),))
        fails = result.status == "error" and not _wants_input(result)
        if fails and not _FAILS.search(words) and text == "7":
            first = first or one
            continue  # it may be for words: the next try tells
        if fails or told or (not _FAILS.search(words) and result.status == "ok"):
            first = one
            break
        first = first or one
    if first is None:
        return _Run(result=before)
    if not _wants_input(first.result):
        return first
    lines = len(first.stdin.split("\n")) - 1
    asked = prose(f"After {lines} lines it still asked for more, so I stopped there.", "ran")
    return replace(first, said=(*first.said, asked), keeps_asking=True)


def _named_input(words: str) -> str:
    """What the student says was typed, a line each, or the numbers they speak of."""
    named = _TYPES.search(words)
    return named["typed"] if named else "\n".join(re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])", words))


def _said_typed(program: str, text: str, waited_for: bool = False) -> Block:
    shown = "`, `".join(text.split("\n"))
    shown = f"`{shown}`" if text and "`" not in text else "an empty line"
    again = " again and again" if "\n" in text else " each time"
    often = again if program.count("input(") > 1 or re.search(r"\b(?:while|for)\b", program) else ""
    why = ": what it compares its input with" if waited_for else ""
    return prose(f"Your program asks for input, so I typed {shown}{often}{why}.", "ran")


async def _stopped(runner: Runner, program: str, result: RunResult) -> list[Block]:
    """The program ran into a limit: the loop it was in, with how its values moved."""
    slips = [slip for slip in spot_slips(program) if slip.name == "endless-loop"]
    words = {
        "timeout": "I ran your program and had to stop it: it did not come to an end.",
        "memory": "I ran your program and had to stop it: it used up its memory, so something grows without end.",
        "output_limit": "I ran your program and had to stop it: it prints without end.",
    }.get(
        result.status,
        "I ran your program and the sandbox stopped it: it tried something that programs may not do here.",
    )
    blocks = [prose(words, "ran")]
    trace = None
    if not slips and result.status in ("timeout", "output_limit"):
        trace = await runner.trace(program, policy=Policy(wall_s=TRACE_SECONDS, cpu_s=TRACE_SECONDS, steps_max=200))
        slips = [slip for slip in follow_run(trace, program) if slip.name in ("gone-past", "nearly-equal")]
    if slips:
        return [*blocks, prose(f"Look at line {slips[0].line}. {slips[0].what}"), question(slips[0].look, "")]
    if trace is not None and (seen := _last_lines(trace, program)):
        blocks.append(prose(seen, "ran"))
    return [*blocks, question("Which line should bring the loop to its end, and does it run in every round?", "")]


def _last_lines(trace: Trace, program: str) -> str:
    lines = sorted({step.line for step in trace.steps[-40:]})
    if not lines:
        return ""
    values = _hints.moments(trace, lines[:1], program)
    where = f"line {lines[0]}" if len(lines) == 1 else f"lines {lines[0]} to {lines[-1]}"
    return f"It goes round and round in {where}." + (
        f" The first rounds on line {lines[0]}: {values}." if values else ""
    )


def _runs_fine(
    program: str, result: RunResult, seen: _Seen, called: Sequence[Called] = (), drawn: Sequence[Block] = ()
) -> list[Block]:
    if called:
        return _calls_shown(seen, called)
    blocks = [
        prose(
            "I ran your program. It ends without an error"
            + (" and prints:" if result.stdout.strip() else " and prints nothing."),
            "ran",
        )
    ]
    if result.stdout.strip():
        blocks.append(output(result.stdout[:OUTPUT_CHARS_MAX]))
    elif (idle := _idle(program)) and not seen.slips:
        return [*blocks, prose(idle, "ran"), question("Which line should make it run?", "")]
    blocks += [prose(f"Look at line {slip.line}. {slip.what} {slip.look}") for slip in _two_kinds(seen.slips)]
    if not seen.slips:
        blocks += [*([prose(seen.history, "ran")] if seen.history else []), *drawn]
        blocks.append(_what_was_wanted(bool(seen.history)))
    return blocks


def _idle(program: str) -> str:
    """Words for a program that defines functions and calls none."""
    if not (name := never_called(program)):
        return ""
    return f"It tells Python what `{name}` is, but no line calls `{name}`, so the lines inside it never run."


_PRINTS_ONLY = "It shows its result with `print` and gives nothing back: whoever calls it gets `None` and cannot go on with the result."


def _two_kinds(slips: Sequence[Slip]) -> list[Slip]:
    """The first two of different kinds: the same one again teaches nothing."""
    return list({slip.name: slip for slip in reversed(slips)}.values())[::-1][:2]


def _calls_shown(seen: _Seen, called: Sequence[Called]) -> list[Block]:
    """A program that only defines functions, seen at work."""
    lines = [
        f"{one.call} gives back {one.got}" + (f" and prints {one.printed!r}" if one.printed else "") for one in called
    ]
    blocks = [
        prose("I ran your program. It only defines what it can do, so I called it with a few inputs of my own:", "ran"),
        output("\n".join(lines)),
        *([prose(_PRINTS_ONLY, "ran")] if all(one.got == "None" and one.printed for one in called) else []),
        *(prose(f"Look at line {slip.line}. {slip.what} {slip.look}") for slip in _two_kinds(seen.slips)),
    ]
    return [*blocks, question("Which of these is not what you expect, and what should come instead?", "")]


def _what_was_wanted(shown: bool = False) -> Block:
    if shown:
        return question("Which of these values is the first that is not what you expect?", "")
    return question(
        "What did you expect instead, and for which input? With that I can find the line where it first goes another way.",
        "",
    )


def _without_running(program: str, intent: str, told: Raised | None, trouble: str) -> Evidence:
    blocks = _told(explain_error(told, program)) if told is not None else []
    for slip in _two_kinds(spot_slips(program)):
        blocks.append(prose(f"From reading it: look at line {slip.line}. {slip.what} {slip.look}"))
    if not blocks:
        blocks = [
            prose(
                "I have read your program and its grammar is fine, but without running it I do not want to guess what goes wrong."
            )
        ]
    return evidence(NAME, intent, blocks, missing=[trouble])


# --- errors --------------------------------------------------------------------------------------------------------


def _told(wrong: Explained) -> list[Block]:
    where = f"On line {wrong.line}" if wrong.line else "In your program"
    shown = f", `{wrong.source}`," if wrong.source and "`" not in wrong.source else ""
    message = (
        f"`{wrong.type}: {shorten(wrong.message, 160)}`"
        if wrong.message and "`" not in wrong.message
        else f"`{wrong.type}`"
    )
    values = "".join(f" At that moment {_listed(wrong.values)}." if wrong.values else "")
    detail = f" {wrong.detail}" if wrong.detail else ""
    return [
        prose(f"{where}{shown} Python stopped with {message}.", "ran"),
        prose(f"{wrong.what}{values}{detail}", "ran"),
        question(wrong.look, "ran"),
    ]


def _listed(values: object) -> str:
    pairs = [f"`{name}` is `{value}`" for name, value in dict(values).items() if "`" not in value]  # type: ignore[call-overload]
    return (
        pairs[0]
        if len(pairs) == 1
        else ", ".join(pairs[:-1]) + f" and {pairs[-1]}"
        if pairs
        else "its values cannot be shown"
    )


def _error_facts(wrong: Explained) -> dict[str, object]:
    return {
        "error": wrong.type, "message": wrong.message, "line": wrong.line, "concept": wrong.concept, "what": wrong.what,
        "values": dict(wrong.values), "detail": wrong.detail,
    }  # fmt: skip


def _run_attempt(program: str, error: str, concept: str, exercise: Exercise | None) -> dict[str, object]:
    return {
        "kind": "run", "item": exercise.id if exercise else "own-program", "skills": [], "correct": False,
        "score": 0.0, "answer": program, "error": error, "detail": {"concept": concept},
    }  # fmt: skip


def _with_attempt(found: Evidence, attempt: dict[str, object]) -> Evidence:
    found["attempts"] = [attempt]
    return found


# --- a program for an exercise ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """What grading and searching brought to light."""

    grade: Grade
    failing: TestResult
    test: Test | None
    fault: Fault | None
    moments: str
    picture: list[Block]


async def _against_tests(
    runner: Runner, program: str, exercise: Exercise, intent: str, state: Turn, desk: Desk
) -> Evidence:
    grade = await runner.grade(program, exercise.tests, Policy(wall_s=GRADE_SECONDS, cpu_s=GRADE_SECONDS))
    if grade.passed:
        done = prose(
            f"I ran your program on all {plural(len(grade.results), 'test')} of “{exercise.title}” and it passes. Send it in as your answer.",
            "ran",
        )
        return evidence(NAME, intent, [done], facts={"passed": True, "exercise": exercise.id})
    asks_why = how_of(state, NAME) == "why" and program == desk.get("program")
    level = next_level(desk, exercise, program, "answer_seeking" if asks_why else intent)
    same = program.strip() == desk.get("program", "").strip()
    told_before = desk.get("hints", {}).get(exercise.id, 0)
    pressed = desk.get("hints", {}).get(PRESSED, 0) + 1 if same and told_before and intent == "answer_seeking" else 0
    desk["hints"] = {**desk.get("hints", {}), PRESSED: pressed}
    all_told = told_before >= _hints.LEVELS and same and not pressed and not asks_why
    desk["hints"] = {**desk.get("hints", {}), exercise.id: level}
    case = await _examine(runner, program, exercise, grade)
    since = _hints.since_last(desk, exercise, program, sum(result.passed for result in grade.results))
    found = evidence(NAME, intent, _ladder(case, level, program, exercise, since), facts=_case_facts(case, exercise))
    if pressed or asks_why:
        found["draft"] = _pressed(case, pressed) if pressed else _because(case, level, program)
    if all_told:
        desk["topic"] = exercise.topic
        lead = prose("You have had all three hints on this program. Here is the last one again:")
        ask = question(
            "Change one line, even unsure, and send it. Or shall I explain the idea behind it first? If you would rather have a person look at it, say “ask my teacher”.",
            "",
        )
        found["draft"] = [lead, *found["draft"][:-1], ask]
        found["offer"] = step("explanation", "concept", exercise.title, "topic")
    found["hint_level"], found["exercise"] = level, exercise.id
    found["attempts"] = [
        {"kind": "hint", "item": exercise.id, "skills": list(exercise.skills), "correct": False, "score": grade.score, "hints": level,
         "answer": program, "error": case.failing.raised.type if case.failing.raised else "", "detail": {"fault": case.fault.kind if case.fault else ""}}
    ]  # fmt: skip
    return found


PRESSED = "pressed"
"""Where the desk counts how often in a row the answer was asked for without a new try."""


def _pressed(case: _Case, times: int) -> list[Block]:
    return [
        prose(
            "I will not write it for you, because then the next one would be no easier. But here is something to do."
        ),
        prose(_hints.counter_example(case.failing, case.test), "ran"),
        question(_hints.SMALL_STEPS[(times - 1) % len(_hints.SMALL_STEPS)], ""),
    ]


def _because(case: _Case, level: int, program: str) -> list[Block]:
    """What stands behind the hint that was given, and no further hint."""
    blocks = [prose(_hints.counter_example(case.failing, case.test), "ran"), prose(_hints.why(case.fault), "authored")]
    if level > 1 and case.fault is not None:
        seen = f" When it runs for this input: {case.moments}." if case.moments else ""
        blocks.insert(1, prose(f"It comes from {_hints.place(case.fault, program)}.{seen}", "ran"))
    return [
        *blocks,
        question("Does that fit what you had in mind? Try a change and send it, or ask for the next hint.", ""),
    ]


def next_level(desk: Desk, exercise: Exercise, program: str, intent: str) -> int:
    """A level more than last time; who presses for the answer without having changed anything stays where they are."""
    before = desk.get("hints", {}).get(exercise.id, 0)
    pressing = intent == "answer_seeking" and program.strip() == desk.get("program", "").strip()
    return min(_hints.LEVELS, max(1, before if pressing else before + 1))


async def _examine(runner: Runner, program: str, exercise: Exercise, grade: Grade) -> _Case:
    failed = sorted((r for r in grade.results if not r.passed), key=lambda r: (r.raised is None, len(r.shown_input)))
    failing = failed[0]
    test = next((t for t in exercise.tests if t.name == failing.name), None)
    accepted = [text for text in (*exercise.correct, exercise.reference) if text]
    fault = await locate_fault(
        runner, program, exercise.tests, accepted=accepted, entry=exercise.entry, failing=[r.name for r in failed], seconds=SEARCH_SECONDS
    )  # fmt: skip
    moments, drawn = "", list[Block]()
    call = _call_of(test, failing, exercise)
    if fault is not None and test is not None and (call or test.mode == "stdin"):
        traced = program + (f"\n\n{call}\n" if call else "")
        trace = await runner.trace(traced, stdin=test.stdin, policy=Policy(wall_s=TRACE_SECONDS, cpu_s=TRACE_SECONDS))
        moments = _hints.moments(trace, fault.lines[:1], program)
        drawn = _picture(trace, traced, fault.lines) if trace.complete else []
    return _Case(grade=grade, failing=failing, test=test, fault=fault, moments=moments, picture=drawn)


def _call_of(test: Test | None, failing: TestResult, exercise: Exercise) -> str:
    """The call that went wrong, to be watched: the test's own, or the input that was found for a property."""
    if test is None or test.mode != "property":
        return test.call if test is not None and test.mode == "call" else ""
    shown = failing.shown_input
    return shown if exercise.entry and shown.startswith(f"{exercise.entry}(") and compiles(shown) else ""


def _ladder(case: _Case, level: int, program: str, exercise: Exercise, since: str) -> list[Block]:
    passed = sum(result.passed for result in case.grade.results)
    blocks = [
        prose(
            f"**Hint {level} of {_hints.LEVELS}.** I ran your program on the {plural(len(case.grade.results), 'test')} of “{exercise.title}”: {passed} of them pass.{since}",
            "ran",
        )
    ]
    blocks.append(prose(_hints.counter_example(case.failing, case.test), "ran"))
    if absent := undefined_entry(case.failing.raised, exercise):
        return [*blocks, prose(absent, "ran")]
    if case.failing.raised is not None and case.failing.status == "error":
        wrong = explain_error(case.failing.raised, program)
        where = f"On line {wrong.line}: " if wrong.line and level > 1 else ""
        blocks.append(prose(f"{where}{wrong.what}" + (f" {wrong.detail}" if level > 1 else ""), "ran"))
    if level == 1:
        return [*blocks, question(_hints.first_question(case.fault, case.failing.got), "")]
    if case.fault is None:
        return [*blocks, *_unlocated(exercise, level)]
    blocks.append(
        prose(
            f"Look at {_hints.place(case.fault, program)}."
            + (f" When it runs for this input: {case.moments}." if case.moments else ""),
            "ran",
        )
    )
    blocks += case.picture
    if level == 2:
        return [*blocks, question("Is that what you want to happen there?", "")]
    return [
        *blocks,
        prose(_hints.the_change(case.fault), "ran"),
        question("Try it, run it again, and tell me what happens.", ""),
    ]


def _unlocated(exercise: Exercise, level: int) -> list[Block]:
    """No single place was proved to be the fault: the author's own hints for the exercise, which name no line."""
    if exercise.hints:
        return [
            prose(exercise.hints[min(level, len(exercise.hints)) - 1], authorship(exercise)),
            question("Where in your program does that happen?", ""),
        ]
    return [question(_hints.first_question(None), "")]


def _case_facts(case: _Case, exercise: Exercise) -> dict[str, object]:
    """For the model's eyes: never the reference, nor the change that mends it."""
    fault = case.fault
    return {
        "exercise": exercise.id, "title": exercise.title, "passing": sum(r.passed for r in case.grade.results), "tests": len(case.grade.results),
        "input": case.failing.shown_input, "got": case.failing.got, "located": bool(fault), "lines": list(fault.lines) if fault else [],
        "kind": fault.kind if fault else "", "values": case.moments,
    }  # fmt: skip


def _authored_hint(exercise: Exercise, intent: str, desk: Desk) -> Evidence:
    """No program yet: the author's hints, one at a time, and the wish to see a try."""
    level = min(_hints.LEVELS, max(1, len(exercise.hints)), desk.get("hints", {}).get(exercise.id, 0) + 1)
    tried = desk.get("tries", {}).get(exercise.id, 0) > 0
    if intent == "answer_seeking" and not tried:
        level = 1
    desk["hints"] = {**desk.get("hints", {}), exercise.id: level}
    lead = (
        "I will not hand you the solution: the part that makes you better is finding it. But I will help you get there."
        if intent == "answer_seeking"
        else f"Let us look at “{exercise.title}” together."
    )
    hint = (
        exercise.hints[level - 1]
        if exercise.hints
        else "Say in your own words what goes in and what should come out. Then do one small case by hand."
    )
    ask = (
        "Send me what you have so far, even one line, and I will run it."
        if exercise.tests
        else "Send me your first line of working and I will check it."
    )
    found = evidence(
        NAME,
        intent,
        [prose(lead), prose(f"**Hint {level} of {_hints.LEVELS}.** {hint}", authorship(exercise)), question(ask, "")],
        facts={"exercise": exercise.id, "title": exercise.title},
    )
    found["hint_level"], found["exercise"] = level, exercise.id
    return found


def _ask_for_program(intent: str) -> Evidence:
    if intent == "answer_seeking":
        words = "I do not hand out finished solutions, because then the next one would be no easier. I will gladly work on it with you, step by step."
        return evidence(
            NAME,
            intent,
            [
                prose(words),
                question("Which exercise is it, and what have you tried so far? Paste even a single line.", ""),
            ],
        )
    words = "I can run your program and look at what happens, but I need to see it first."
    return evidence(
        NAME,
        intent,
        [
            prose(words),
            question("Paste the program, and the error message if there is one. What did you expect it to do?", ""),
        ],
    )
