"""The words of the hint ladder: by kind of fault, what to ask first, and how to describe the change without writing it."""

import hashlib
import re
from collections.abc import Sequence

from agents._evidence import shorten
from agents.turn import Desk
from core.ports import Exercise, Test, TestResult, Trace
from tools.locate_fault import Fault
from tools.parse_program import names_in

LEVELS = 3

ASK_FIRST = {
    "comparison": "Look at your comparisons. What should happen right at the border, when both sides are equal?",
    "off-by-one": "Check the first and the last round by hand. Does the counting start and stop where it should?",
    "operator": "Follow the arithmetic with small numbers on paper. Which step gives another number than you meant?",
    "logic": "Read each condition aloud with this input. Should both parts hold, or is one enough?",
    "condition": "Read each condition aloud with this input. Is it true in just the cases you want?",
    "indentation": "For each line, ask: should it happen in every round of the loop, or once, after it?",
    "none-result": "Some methods change a list and give nothing back. Which of your lines use the result of such a call?",
    "number": "Look at the values things start with. Do they also fit this input?",
    "missing-return": "Follow this input to the end of the function. What does the caller get back?",
    "missing-statement": "Follow this input line by line. Is there a step you do in your head that the program never does?",
    "missing-part": "Is there a kind of input, empty for instance, that the program does not think of?",
    "extra": "Is there a line that does more than the task asks for?",
    "variable": "For each name on each line, say aloud what it holds. Does one hold something else than you thought?",
    "argument": "For each call, say what goes in and what comes out. Does it get what it needs?",
    "order": "In which order do your lines run? Is one of them a step too early?",
    "flow": "Where does the loop stop, and where does it go on? Is that what you want for this input?",
    "loop": "How many rounds does the loop make for this input, and how many should it make?",
    "result": "What exactly is given back for this input, and what does the task ask for?",
    "text": "Compare what comes out with what is asked for, sign by sign: capitals, spaces, commas. Where do they first differ?",
}

THE_CHANGE = {
    "comparison": "The comparison there needs another sign: think about which side may be larger, and whether equal counts.",
    "off-by-one": "The count there is off by one: it starts or stops one place away from where it should.",
    "operator": "The values there are right, but they are put together by the wrong operation.",
    "logic": "The conditions there are joined, or turned round, the wrong way.",
    "condition": "The condition there lets through, or shuts out, the wrong cases: say in words when it should hold.",
    "indentation": "The line there is at the wrong depth: decide to which block it belongs, and move it in or out.",
    "none-result": "The call there changes the list by itself and gives back `None`: do not keep or return what it gives.",
    "number": "The fixed value there is not right for every input: think about which value it should be.",
    "missing-return": "On the way through there, the function ends without giving back the result it has worked out.",
    "missing-statement": "A step is missing there: one more line that keeps the variables up to date.",
    "missing-part": "A case of its own is missing there: say what should come out for it, and ask for it first.",
    "extra": "The line there should not run at all, or not there: see what happens without it.",
    "variable": "The wrong variable is used there: another one of yours holds what is needed.",
    "argument": "What is handed over there is not what the function needs.",
    "order": "Two steps stand in the wrong order there.",
    "flow": "The loop goes on, or stops, the wrong way there.",
    "loop": "The loop there goes through the wrong things, or the wrong number of times.",
    "result": "What is given back there is not what the task asks for: compare it with the statement.",
    "text": "The text there is put together a little differently from what the task asks for: look at its letters, spaces and marks, and at which parts should be values of variables.",
    "line": "What the line works out there is not what the next lines count on: say in words what it should hold.",
    "several": "More than one line is involved there: settle the first one, run again, then look at the next.",
    "part": "The lines there work together: say in words what they should do, one sentence a line, and compare.",
}


def first_question(fault: Fault | None, got: str = "") -> str:
    """`got` is what the program gave back where it was wrong: `None` tells of a return that is missing."""
    kind = fault.kind if fault else "missing-return" if got == "None" else ""
    return ASK_FIRST.get(
        kind,
        "Take this input and a sheet of paper: follow your program line by line. Where does it first do something you did not expect?",
    )


def the_change(fault: Fault) -> str:
    return THE_CHANGE.get(fault.kind, THE_CHANGE["line"])


def place(fault: Fault, code: str) -> str:
    lines = code.split("\n")
    first = fault.lines[0]
    source = lines[first - 1].strip() if first <= len(lines) else ""
    more = f" (and {', '.join(str(line) for line in fault.lines[1:4])})" if len(fault.lines) > 1 else ""
    sole = "" if not fault.elsewhere else ", one of the places where a small change makes every test pass"
    return f"line {first}{more}" + (f", `{source}`" if source and "`" not in source else "") + sole


def counter_example(result: TestResult, test: Test | None) -> str:
    """What the program does for the smallest input that goes wrong. The right value is told for example tests only:
    they stand in the statement; for the others the student works it out."""
    shown = shorten(result.shown_input, 160)
    readable = shown and "`" not in shown and "lambda" not in shown
    lead = f"For `{shown}`" if readable else "For one of the inputs"
    if result.smallest and shown:
        lead += ", as simple an input as goes wrong,"
    if result.status == "timeout":
        return f"{lead} your program does not come to an end."
    if result.raised is not None:
        return f"{lead} your program stops with a `{result.raised.type}`."
    got = shorten(result.got, 120) or "nothing"
    told = f"{lead} your program gives `{got}`"
    if test is not None and test.group.startswith("example") and test.expect:
        return f"{told}, where the task asks for `{shorten(test.expect, 120)}`."
    return f"{told}, and that is not what the task asks for."


def moments(trace: Trace, lines: Sequence[int], code: str, most: int = 3) -> str:
    """Which values the names on a line had when it ran, first times first; empty when it never ran."""
    texts = code.split("\n")
    held: dict[tuple[str, int], dict[str, str]] = {}
    seen: list[str] = []
    for step in trace.steps:
        frame = held.setdefault((step.function, step.depth), {})
        frame.update(step.changed)
        if step.line in lines and step.line <= len(texts):
            names = names_in(texts[step.line - 1])
            values = [
                f"`{name}` = {shorten(value, 40)}"
                for name, value in frame.items()
                if name in names and not re.match(r"<(?:function|class|module)", value)
            ]
            if values:
                seen.append(", ".join(values[:4]))
    told = list(dict.fromkeys(seen))[:most]
    return "; then ".join(told)


def since_last(desk: Desk, exercise: Exercise, program: str, passed: int) -> str:
    """How this program does beside the last one for the exercise; the desk then holds this one. The same program may
    pass more or fewer tests when it rolls a die: then nothing was broken."""
    same = hashlib.sha256(program.encode("utf-8", "replace")).hexdigest()[:12]
    before, which = desk.get("passing", {}).get(exercise.id, (passed, same))
    desk["passing"] = {**desk.get("passing", {}), exercise.id: (passed, same)}
    if before == passed or which == same:
        return ""
    if passed < before:
        return f" Last time it was {before}, so your latest change broke something that worked: hold the two versions side by side."
    return f" Last time it was {before}: you are getting nearer."


SMALL_STEPS = (
    "Take one minute with paper: follow this input through your program line by line and write down what each name holds. On which line are you surprised first?",
    "Change just the one line that you trust least, even if you are not sure, and send me the program. I will run it and tell you what has changed.",
    "Tell me in one sentence what should happen with this input, as you would tell a friend. If you would rather have a person help you, say “ask my teacher”.",
)
"""For who presses for the answer: something to do at once, another each time."""

WHY = {
    "comparison": "A comparison decides case by case, and the case right at its border is the one that is easily left on the wrong side.",
    "off-by-one": "A count that starts or stops one step too early or too late does everything right but the first or the last round.",
    "operator": "Each step of a calculation hands its value on, so one wrong sign makes every value after it wrong.",
    "logic": "With “and” both parts must hold, with “or” one is enough: a mix-up lets through cases that you never meant.",
    "condition": "What stands under a condition runs only when it is true for exactly this value. A value for which it is false is passed over in silence.",
    "indentation": "How far a line is moved in decides whether it runs in every round, only in one case, or once at the end.",
    "missing-return": "Whoever calls a function sees nothing but what comes back with `return`. Without it they get `None`.",
    "number": "All that follows is built on the value something starts with.",
    "missing-statement": "Python does only what stands there: a step that is done in your head does not happen.",
    "variable": "Python does not know what you mean, only which name you wrote and what that name holds now.",
    "order": "Lines run from top to bottom: what is used must have its value by then.",
    "loop": "How often a loop runs, and over what, is settled by its first line alone.",
    "flow": "A loop that is left too early never sees the rest; one that is not left goes on over what was found.",
}
"""What is true of each kind of fault in any program, for who asks why."""


def why(fault: Fault | None) -> str:
    kind = fault.kind if fault else ""
    return WHY.get(
        kind,
        "A test is just a call with a known answer: where the two differ, one of your lines did something else than you had in mind.",
    )
