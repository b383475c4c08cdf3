"""Works on mathematics with the algebra system: checks a claim, finds the first wrong line, solves with steps."""

import re

from langgraph.runtime import Runtime

from agents._evidence import (
    adding,
    ask_of,
    desk_of,
    evidence,
    focus_of,
    handed_on,
    how_of,
    intent_of,
    is_formula,
    kindly,
    maths,
    open_exercise,
    picture,
    prose,
    question,
    sentence,
    step,
)
from agents._follow_up import holds_value, on_result
from agents.spec import Spec
from agents.turn import Block, Context, Desk, Evidence, PassageState, Turn
from core.errors import CourseUnavailable, Invalid, MathematicsUnavailable
from core.ports import Exercise, Solution, WorkingVerdict
from tools.check_maths import check_maths, check_working
from tools.draw_graph import draw_graph
from tools.read_message import working_lines
from tools.search_course import NEAR_ENOUGH

NAME = "maths"
_SAME = re.compile(
    r"\bis\s+(?P<a>.+?)\s+(?:the\s+same\s+as|equal\s+to|equivalent\s+to|identical\s+to)\s+(?P<b>.+?)(?:\s+or\s+(?P<c>.+?))?\s*\??\s*$",
    re.IGNORECASE,
)
_IDENTITY = re.compile(
    r"\b(?:is|does)\s+(?P<a>[^=<>]+?)\s*(?:=|\bequals?\b)\s*(?P<b>[^=<>]+?)(?:[\s,]+(?:right|correct|true|ok))*\W*$",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"\b(?:the )?(?P<a>(?:derivative|gradient|integral|antiderivative|expansion|factori[sz]ation|sum)\s+of\s+[^?]+?)"
    r"\s+(?:is|are|equals?|=|comes to|would be)\s+(?P<b>[^?]+?)(?:[\s,]+(?:right|correct|true|yes|yeah|no|isn'?t it|is that|is it))+\W*$",
    re.IGNORECASE,
)
_CLAIM = re.compile(
    r"(?:is|got|get|have|think|it'?s)\s+(?P<answer>[^?]+?)\s+(?:(?:right|correct|the (?:right )?answer|a solution)\s+)?(?:for|to|of|as the answer to|when solving)\s+(?P<question>[^?]+)",
    re.IGNORECASE,
)


_IN_WORDS = re.compile(
    r"\b(?:derivative|differential|gradient|integral|antiderivative|expansion|factori[sz]ation|sum|solution)\b",
    re.IGNORECASE,
)


async def node(state: Turn, runtime: Runtime[Context]) -> Turn:
    context, desk = runtime.context, desk_of(state)
    intent, words = intent_of(state, NAME, "maths"), focus_of(state, NAME)
    missing: list[str] = []
    try:
        exercise = open_exercise(state, context)
    except CourseUnavailable as error:
        exercise, missing = None, [f"I could not open the exercise: {error}"]
    try:
        found = await _on_the_desk(words, intent, context, state, desk) or await _worked_on(
            words, exercise if exercise and exercise.answer else None, intent, context, state, desk
        )
    except (MathematicsUnavailable, Invalid) as error:
        trouble = f"I could not check the mathematics just now: {sentence(str(error))}"
        found = evidence(
            NAME, intent, [prose("I do not want to guess at mathematics that I cannot check.")], missing=[trouble]
        )
    if found is None:
        return handed_on(state, NAME, step("explanation", intent, words))
    found["missing"] = [*missing, *found["missing"]]
    return adding(state, found, desk)


SPEC = Spec(name=NAME, doing="Checking the mathematics", node=node, intents=("maths",), order=45)


async def _on_the_desk(words: str, intent: str, context: Context, state: Turn, desk: Desk) -> Evidence | None:
    """A claim about the task that was worked on last ("is it 2x then?"), or more to do with what came out of it; None when
    the message is something else."""
    if how_of(state, NAME) == "instead":
        return await _worked_on(words, None, intent, context, state, desk)
    if how_of(state, NAME) == "result":
        wanted = on_result(words, desk)
        # a value at one point is an aside: what is worked on stays what it was
        return await _worked_on(wanted, None, intent, context, state, Desk(**desk) if holds_value(words) else desk)
    asked = desk.get("task")
    if how_of(state, NAME) != "claim" or not asked:
        return None
    return await _check_claim(words, asked, intent, context)


async def _worked_on(
    words: str, exercise: Exercise | None, intent: str, context: Context, state: Turn, desk: Desk
) -> Evidence | None:
    """None for a question about an idea: there is nothing to work out."""
    lines = working_lines(words) or _in_one_line(words)
    if len(lines) >= 2:
        if re.search(r"=|<|>", lines[0]):
            _lay_task(desk, f"solve {lines[0]}", state, context)
        return await _check_lines(lines, exercise, intent, context)
    if found := _SAME.search(words):
        if (done := await _check_named(found, intent, context)) is not None:
            return done
        return await _compare([g for g in found.groups() if g], intent, context)
    if (found := _NAMED.search(words)) and (done := await _check_named(found, intent, context)) is not None:
        return done
    if (found := _IDENTITY.search(words)) and _same_letters(found["a"], found["b"]):
        return await _compare([found["a"], found["b"]], intent, context)
    claim = _CLAIM.search(words)
    if (
        claim
        and (done := await _check_claim(claim.group("answer"), claim.group("question"), intent, context)) is not None
    ):
        _lay_task(desk, claim.group("question"), state, context)
        return done
    solution = await context.mathematics.solve(task(words))
    if solution is None and (back := await _looked_back(words, intent, context, desk)) is not None:
        return back
    if solution is None and _ASKS.search(words) and not is_formula(words):
        return None
    if solution is None:
        return _from_course(intent, ask_of(state)["message"], state)
    if exercise is not None and await _is_the_answer(solution, exercise, context):
        return _first_step_only(solution, exercise, intent, desk)
    rules = " ".join(what for what, _ in _telling(solution) if _RULE.search(what))
    _lay_task(desk, words, state, context, rules)
    desk["result"] = re.sub(r"\s*\+ c$", "", solution.answer)[:TASK_CHARS_MAX]
    solved = evidence(NAME, intent, _steps(solution), facts=_solution_facts(solution))
    solved["offer"] = step("exercise", "exercise", "a similar one", "another")
    solved["said"] = f"{words} {rules}"
    return solved


_ASKS = re.compile(r"^\W*(?:what|how|why|when|which|explain|help|i need help)\b", re.IGNORECASE)
_LOOKS_BACK = re.compile(
    r"\b(?:where|how|why)\b.*\b(?:come|comes|came|from|get|got|did you|do you|turn(?:s|ed)? into|become|became)\b|\bwhat did you do\b",
    re.IGNORECASE,
)


async def _looked_back(words: str, intent: str, context: Context, desk: Desk) -> Evidence | None:
    """Where something in the last solution comes from: the step in which it first stands, and the one before."""
    if desk.get("last") != NAME or not desk.get("task") or not _LOOKS_BACK.search(words):
        return None
    solution = await context.mathematics.solve(desk["task"])
    named = re.findall(r"\d+(?:\.\d+)?", words)
    if solution is None:
        return None
    before = solution.question_latex
    for n, (what, latex) in enumerate(_telling(solution), 1):
        if not named or any(_stands_in(one, latex) and not _stands_in(one, before) for one in named):
            blocks = [
                prose("It comes from this line:", "cas"),
                maths(before),
                prose(f"Step {n}: {what}", "cas"),
                maths(latex),
            ]
            return evidence(
                NAME, intent, [*blocks, question("Which part of this step shall we look at more closely?", "")]
            )
        before = latex
    return None


def _stands_in(number: str, latex: str) -> bool:
    return bool(re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.])", latex))


_CHECKS = re.compile(r"\b(?:check|working|steps?|right|correct|mistakes?|wrong)\b", re.IGNORECASE)


def _in_one_line(words: str) -> list[str]:
    """Lines of working that were written one behind the other, with a wish to have them checked."""
    if "\n" in words or not _CHECKS.search(words):
        return []
    working = re.sub(r"^[^:]*:\s*", "", words) if ":" in words else _CHECKS.sub(" ", words)
    lines = re.split(r"\s*(?:[,;]|=>|⇒|→|\b(?:so|then|therefore|hence)\b)\s*", working)
    return working_lines("\n".join(_ASIDE.sub("", line) for line in lines))


_ASIDE = re.compile(r"^\s*(?:is|are|does)\s+|[\s?!.]+$", re.IGNORECASE)


def _same_letters(a: str, b: str) -> bool:
    """Two forms of one thing, and no equation to solve: `2(x+3) = 2x+3`, but neither `x = 4` nor `2x + 1 = 9`."""
    letters = [set(re.findall(r"[a-z]+", side.casefold())) for side in (a, b)]
    return is_formula(a) and is_formula(b) and letters[0] == letters[1] and len(a.strip()) > 1


TASK_CHARS_MAX = 500
_RULE = re.compile(
    r"\b(?:rule|theorem|law|formula|identity|by parts|substitut\w*|factori\w*|complet\w*|expand\w*|divid\w*|squar\w*|logarithm\w*|partial)\b",
    re.IGNORECASE,
)
"""Steps that name a method, which the course explains."""


def _lay_task(desk: Desk, words: str, state: Turn, context: Context, rules: str = "") -> None:
    """What is worked on, and its topic: the next message may speak of both without naming them."""
    desk["task"] = task(words)[:TASK_CHARS_MAX]
    if (topic := _topic_of(rules, context)) is not None:
        desk["topic"] = topic
        return
    nearest = next((p for p in state.get("passages", []) if p["subject"] == "maths"), None)
    if nearest is not None and nearest["score"] >= NEAR_ENOUGH:
        desk["topic"] = nearest["topic"]


_POLITE = re.compile(
    r"^\W*(?:(?:hi|hello|hey|please|pls|ok|so|and|also|now)\b[,!.]?\s*|(?:(?:how|where) (?:do|does|can|could|would|should|to)|can|could|would|will) (?:i|you|u|ya|we|one)\b(?: even| please| help me(?: to)?| show me how to| start to)?\s*"
    r"|(?:i need|i want|i have|help me|show me how|i'?m trying|teach me how)(?: help)?(?: to| with)?\s+|how to\s+|i don'?t (?:know|understand|get) how to\s+)",
    re.IGNORECASE,
)


_FOR_ME = re.compile(r"[\s,]*\b(?:for me|please|pls|plz|thanks|thx)\W*$", re.IGNORECASE)


def task(words: str) -> str:
    """The words without the courtesy around them: an `i` in "how do i" is no number."""
    before = None
    while before != words:
        before, words = words, _POLITE.sub("", words, count=1)
    words = _FOR_ME.sub("", words)
    return words.strip() or (before or "")


# --- working line by line ------------------------------------------------------------------------------------------


async def _check_lines(lines: list[str], exercise: Exercise | None, intent: str, context: Context) -> Evidence:
    verdict = await check_working(context.mathematics, lines)
    blocks = _working_words(lines, verdict)
    facts: dict[str, object] = {
        "lines": lines,
        "first_wrong": verdict.first_wrong,
        "why": verdict.why,
        "slip": verdict.slip,
    }
    found = evidence(NAME, intent, blocks, facts=facts)
    if verdict.first_wrong is None and exercise is not None and exercise.answer is not None:
        last = await check_maths(context.mathematics, lines[-1], exercise.answer.reference, exercise.answer.rule)
        if last.verdict == "equal":
            blocks.append(
                prose(f"And your last line is the answer to “{exercise.title}”. Send it in to have it counted.", "cas")
            )
        elif last.verdict in ("different", "wrong_form"):
            blocks.append(
                prose(f"Your last line is not yet the answer to “{exercise.title}”: {sentence(last.why)}", "cas")
            )
        found["draft"] = blocks
    return found


def _working_words(lines: list[str], verdict: WorkingVerdict) -> list[Block]:
    if verdict.first_wrong is None:
        checked = f"I checked all {len(lines)} lines, each against the one before: every step follows."
        lead = checked if verdict.sure else f"I went through your {len(lines)} lines, as far as I could."
        return [prose(f"{lead} {verdict.why}", "cas")]
    at = verdict.first_wrong
    shown: list[Block] = (
        [maths(verdict.latex[at])]
        if at < len(verdict.latex) and verdict.latex[at]
        else [prose(f"> {lines[at]}", "cas")]
    )
    fine = f"Lines 1 to {at} are fine. " if at > 1 else "Your first line is fine. " if at == 1 else ""
    slip = f" It looks like this slip: {verdict.slip.replace('_', ' ').replace('-', ' ')}." if verdict.slip else ""
    return [
        prose(f"{fine}Line {at + 1} is the first that does not follow:", "cas"), *shown,
        prose(f"{verdict.why}{slip}", "cas"), question(f"What exactly did you do from line {at} to line {at + 1}?" if at else "How did you come to that first line?", ""),
    ]  # fmt: skip


# --- claims --------------------------------------------------------------------------------------------------------


async def _compare(expressions: list[str], intent: str, context: Context) -> Evidence:
    first, *others = [text.strip(" ?.,") for text in expressions]
    blocks: list[Block] = []
    facts = []
    for other in others:
        verdict = await check_maths(context.mathematics, first, other)
        facts.append(
            {"a": first, "b": other, "verdict": verdict.verdict, "why": verdict.why, "witness": verdict.witness}
        )
        word = {"equal": "is the same as", "wrong_form": "is the same as", "different": "is not the same as"}.get(
            verdict.verdict
        )
        why = f" {verdict.why}" if verdict.why else ""
        blocks.append(
            prose(
                f"`{first}` {word} `{other}`.{why}"
                if word
                else f"I could not settle whether `{first}` is the same as `{other}`.{why}",
                "cas",
            )
        )
    blocks.append(
        prose(
            "I read it by the usual order: powers first, then products and quotients from left to right, then sums. Brackets make it plain what is meant."
        )
    )
    return evidence(NAME, intent, blocks, facts={"compared": facts})


async def _check_named(found: re.Match[str], intent: str, context: Context) -> Evidence | None:
    """One side in words ("the derivative of x^2"): the other is a claim about what it comes to."""
    for asked, answer in ((found["a"], found["b"]), (found["b"], found["a"])):
        if _IN_WORDS.search(asked):
            return await _check_claim(answer, asked, intent, context)
    return None


async def _check_claim(answer: str, asked: str, intent: str, context: Context) -> Evidence | None:
    """None when the question holds no task that the algebra system knows: then nothing is claimed either way."""
    solution = await context.mathematics.solve(task(asked))
    if solution is None:
        return None
    verdict = await check_maths(context.mathematics, _as_solution(answer, solution.answer), solution.answer)
    facts = {"task": solution.task, "answer": answer, "verdict": verdict.verdict, "why": verdict.why}
    if verdict.verdict in ("equal", "wrong_form"):
        return evidence(
            NAME,
            intent,
            [
                prose(f"Yes, that is right. I worked it out ({solution.task}) and it agrees with yours.", "cas"),
                maths(solution.answer_latex),
            ],
            facts=facts,
        )
    if verdict.verdict == "different":
        told = _telling(solution)
        first = told[0] if len(told) > 1 else None
        why = kindly(verdict.why)
        words = why if why.startswith("Not") else f"No, not quite. {why}"
        blocks = [prose(words, "cas")]
        if first:
            blocks += [prose(f"One way to begin: {first[0]}", "cas"), maths(first[1])]
        return evidence(
            NAME,
            intent,
            [*blocks, question("Can you go on from there? Send me your lines and I will check each.", "")],
            facts=facts,
        )
    return evidence(NAME, intent, [prose(f"I could not settle that. {verdict.why}", "cas")], facts=facts)


def _as_solution(answer: str, reference: str) -> str:
    """The values alone ("3", "2 and 3") as values of the unknown, when that is what the question asks for."""
    unknown = re.match(r"([a-z]) = ", reference)
    if unknown is None or re.search(r"[=<>]", answer):
        return answer
    values = [value for value in re.split(r"\s+(?:and|or)\s+|,", answer) if value.strip()]
    return " or ".join(f"{unknown[1]} = {value.strip()}" for value in values)


# --- solving -------------------------------------------------------------------------------------------------------


SKETCH = "sketch the graph"


def _steps(solution: Solution) -> list[Block]:
    blocks: list[Block] = [
        prose("Let us do it step by step; the algebra system checked every step against the one before.", "cas"),
        maths(solution.question_latex),
    ]
    for n, (what, latex) in enumerate(_telling(solution), 1):
        blocks += [prose(f"**{n}.** {what}", "cas"), maths(latex)]
    if solution.task != SKETCH:
        blocks += [prose("So the answer is:", "cas"), maths(solution.answer_latex)]
    elif solution.answer.startswith("("):
        blocks += [prose("These are the points to mark before you draw:", "cas"), maths(solution.answer_latex)]
    if solution.picture is not None:
        drawn = draw_graph(solution.picture)
        blocks.append(picture(drawn.svg, drawn.alt, "cas"))
    return [
        *blocks,
        question("Which step was new to you? I can say more about it, or give you a similar one to try.", ""),
    ]


def _topic_of(rules: str, context: Context) -> str | None:
    """The topic whose title shares most with the methods that the steps name; None when none does."""
    named = {word.rstrip("s") for word in re.findall(r"[a-z]{4,}", rules.casefold())} - {"rule"}
    try:
        topics = [topic for topic in context.course.list_topics() if topic.subject == "maths"]
    except CourseUnavailable:
        return None
    shared = {t.id: len(named & {w.rstrip("s") for w in re.findall(r"[a-z]{4,}", t.title.casefold())}) for t in topics}
    best = max(shared, key=lambda name: shared[name], default=None)
    return best if best is not None and shared[best] else None


def _telling(solution: Solution) -> list[tuple[str, str]]:
    """The steps that change something; the first one often only says the question again."""
    told: list[tuple[str, str]] = []
    before = solution.question_latex
    for what, latex in solution.steps:
        if latex != before and not (not told and what == "start with"):
            told.append((what, latex))
        before = latex
    return told or list(solution.steps)


def _solution_facts(solution: Solution) -> dict[str, object]:
    return {"task": solution.task, "answer": solution.answer, "steps": [list(step) for step in solution.steps]}


async def _is_the_answer(solution: Solution, exercise: Exercise, context: Context) -> bool:
    assert exercise.answer is not None
    verdict = await check_maths(context.mathematics, solution.answer, exercise.answer.reference, exercise.answer.rule)
    return verdict.verdict in ("equal", "wrong_form")


def _first_step_only(solution: Solution, exercise: Exercise, intent: str, desk: Desk) -> Evidence:
    """The question is the open exercise: no solution, one step to begin with."""
    level = min(3, desk.get("hints", {}).get(exercise.id, 0) + 1)
    desk["hints"] = {**desk.get("hints", {}), exercise.id: level}
    # The last step is the answer itself, so it is never among those shown.
    shown = solution.steps[:-1][: max(0, level - 1)]
    hint = (
        exercise.hints[min(level, len(exercise.hints)) - 1]
        if exercise.hints
        else "Say first which kind of task it is, and which rule belongs to it."
    )
    blocks: list[Block] = [
        prose("That is the exercise you have open, so I will not do it for you, but here is a start."),
        prose(f"**Hint {level} of 3.** {hint}", "authored"),
    ]
    for what, latex in shown:
        blocks += [prose(what, "cas"), maths(latex)]
    found = evidence(
        NAME,
        intent,
        [*blocks, question("What is your next line?", "")],
        facts={"exercise": exercise.id, "task": solution.task},
    )
    found["hint_level"], found["exercise"] = level, exercise.id
    return found


# --- when there is nothing to compute -----------------------------------------------------------------------------


def _from_course(intent: str, message: str, state: Turn) -> Evidence:
    """No task that the algebra system knows: point into the course rather than guess."""
    passages: list[PassageState] = [
        p for p in state.get("passages", []) if p["subject"] == "maths" and p["score"] >= NEAR_ENOUGH
    ]
    words = "I could not turn that into something the algebra system can work out, so I will not guess an answer."
    ask = question("Which method would you try first? Write one line, even an unsure one, and I will check it.", "")
    if not passages:
        return evidence(NAME, intent, [prose(words), ask])
    nearest = passages[0]
    title = f"{nearest['title']}: {nearest['heading']}" if nearest["heading"] else nearest["title"]
    found = evidence(
        NAME,
        intent,
        [prose(words), prose(f"Your course treats this kind of task under “{title}” [1].", "cited", cites=[1]), ask],
    )
    found["citations"] = [
        {
            "n": 1,
            "passage": nearest["id"],
            "topic": nearest["topic"],
            "title": title,
            "quote": nearest["body"][:200],
            "version": nearest.get("version", ""),
        }
    ]
    return found
