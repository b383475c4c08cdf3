"""How agents write down what they found: blocks of a draft, and the evidence around them."""

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from agents._intents import PATTERNS
from agents.turn import Asked, AskState, Block, Citation, Context, Desk, Evidence, PlannedStep, Turn
from core.errors import BudgetSpent, Invalid, NotFound, SandboxUnavailable
from core.ports import MADE, Course, Exercise, ExerciseId, Passage, Question, Raised, RunResult, TopicId
from tools.mark_quiz import shown_options
from tools.parse_program import parameters
from tools.run_code import Runner

SANDBOX_TROUBLE = (SandboxUnavailable, BudgetSpent, Invalid)


def prose(body: str, checked: str = "", cites: Sequence[int] = ()) -> Block:
    block: Block = {"kind": "prose", "body": body.strip(), "checked": checked}
    if cites:
        block["cites"] = list(cites)
    return block


def code(body: str, checked: str = "ran", lang: str = "python") -> Block:
    return {"kind": "code", "body": body.strip("\n"), "checked": checked, "lang": lang}


def output(body: str) -> Block:
    return {"kind": "output", "body": body.rstrip("\n"), "checked": "ran", "lang": "text"}


def picture(svg: str, alt: str, checked: str = "ran") -> Block:
    return {"kind": "picture", "body": svg, "alt": alt, "checked": checked}


def maths(latex: str) -> Block:
    return {"kind": "maths", "body": latex, "checked": "cas"}


def question(body: str, checked: str = "authored") -> Block:
    return {"kind": "question", "body": body.strip(), "checked": checked}


LETTERS = "ABCDEFGHIJ"
"""What the options of a question are called."""


def asked_text(one: Question) -> str:
    """A question of the course with its options by letter, and how to answer it where that is not plain."""
    options = "\n".join(f"- **{letter}** {label}" for letter, label in zip(LETTERS, shown_options(one), strict=False))
    how = _HOW.get(one.kind, "")
    return "\n\n".join(part for part in (one.prompt, options, how) if part)


_HOW = {
    "multiple": "More than one may be right: send all their letters, such as A, C.",
    "ordering": "Send the letters in the right order, such as B, A, C.",
    "numeric": "Send the number.",
    "text": "A word or two is enough.",
}


def asking(one: Question, topic: TopicId) -> Asked:
    """What goes on the desk when a question is put."""
    return {"topic": topic, "question": one.id, "options": shown_options(one), "tries": 0, "kind": one.kind}


def evidence(
    agent: str, intent: str, draft: Sequence[Block], *, facts: Mapping[str, Any] | None = None,
    citations: Sequence[Citation] = (), missing: Sequence[str] = (),
) -> Evidence:  # fmt: skip
    return {
        "agent": agent, "intent": intent, "facts": dict(facts or {}), "draft": list(draft),
        "citations": list(citations), "missing": list(missing),
    }  # fmt: skip


SAID_CHARS_MAX = 400


def adding(state: Turn, new: Evidence, desk: Desk | None = None) -> Turn:
    """What a node in the plan returns: its evidence behind what is there, and the desk when it changed. The desk then
    also remembers who spoke, about which words, and what was asked and offered."""
    update: Turn = {"evidence": [*state.get("evidence", []), new]}
    if desk is not None:
        desk["last"], desk["asked"], desk["offer"] = new["agent"], new.get("asked"), new.get("offer")
        if not how_of(state, new["agent"]):
            desk["said"] = (new.get("said") or focus_of(state, new["agent"]))[:SAID_CHARS_MAX]
        update["desk"] = desk
    return update


def desk_of(state: Turn) -> Desk:
    """A copy to change: nodes never write into the state they were given."""
    return Desk(**state.get("desk", {}))


def ask_of(state: Turn) -> AskState:
    return state["ask"]


def intent_of(state: Turn, agent: str, default: str) -> str:
    """For which intent this agent is called now."""
    step = _step_of(state, agent)
    return step["intent"] if step else default


def focus_of(state: Turn, agent: str) -> str:
    """The words of the message that this agent should look at."""
    step = _step_of(state, agent)
    return (step["focus"] if step else "") or state["ask"]["message"]


TOLD_MAX = 40


def tell(desk: Desk, names: Sequence[str]) -> None:
    """Remember what was shown on the topic, so that it is not shown again."""
    desk["told"] = [*desk.get("told", []), *names][-TOLD_MAX:]


def stem(word: str) -> str:
    """Near enough to tell whether two words, of a title and of a message, are one."""
    return re.sub(r"(?:ies|es|s|ing)$", "", word) if len(word) > 4 else word


def how_of(state: Turn, agent: str) -> str:
    """What a message that leans on the conversation asks of this agent; empty for one that stands alone."""
    step = _step_of(state, agent)
    return step.get("how", "") if step else ""


def step(agent: str, intent: str, focus: str, how: str = "") -> PlannedStep:
    return {"agent": agent, "intent": intent, "focus": focus, "how": how}


def _step_of(state: Turn, agent: str) -> PlannedStep | None:
    """The step of the plan that is being taken: the first without evidence."""
    plan, done = state.get("plan", []), len(state.get("evidence", []))
    return plan[done] if done < len(plan) and plan[done]["agent"] == agent else None


def handed_on(state: Turn, agent: str, instead: PlannedStep) -> Turn:
    """What a node returns that leaves its step of the plan to another agent."""
    plan, at = list(state.get("plan", [])), len(state.get("evidence", []))
    assert plan[at]["agent"] == agent
    return {"plan": [*plan[:at], instead, *plan[at + 1 :]]}


def is_formula(words: str) -> bool:
    """Whether the words hold something to calculate with, not only numbers among words."""
    return any(PATTERNS[name].search(words) for name in ("formula", "equation")) or bool(_SUM.search(words))


_SUM = re.compile(r"\d\s*[-+*/^]\s*\d")


def runner_of(context: Context) -> Runner:
    return Runner(
        sandbox=context.sandbox, entitlements=context.entitlements, student=context.student, turn=context.turn
    )


def run_facts(program: str, result: RunResult) -> dict[str, Any]:
    """What a `code_result` event shows of a run."""
    return {
        "code": program, "stdout": result.stdout, "status": result.status, "level": result.level,
        "error": f"{result.raised.type}: {result.raised.message}" if result.raised else "",
        "line": result.raised.line if result.raised else None,
    }  # fmt: skip


def cannot_run(error: Exception) -> str:
    return f"I could not run your program just now: {sentence(str(error))}"


def sentence(text: str) -> str:
    """Starts small, ends with a full stop, so that it reads on behind a colon."""
    text = text.strip()
    if len(text) > 1 and text[1].islower():
        text = text[0].lower() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."


def open_exercise(state: Turn, context: Context) -> Exercise | None:
    """The exercise that the message names, or that lies open on the desk. None when there is none, or it is gone from
    the course. Raises CourseUnavailable."""
    name = state["ask"].get("exercise") or state.get("desk", {}).get("exercise")
    return find_exercise(context.course, name) if name else None


def belongs(program: str, exercise: Exercise, named: bool) -> bool:
    """Whether the program is an attempt at the exercise, not something else the student is busy with."""
    if not exercise.tests:
        return False
    return named or not exercise.entry or bool(re.search(rf"\b(?:def|class)\s+{re.escape(exercise.entry)}\b", program))


def strays(program: str, exercise: Exercise) -> bool:
    """Whether the program defines functions, none of which could be the one that the exercise asks for: neither by its
    name nor by what it is given. An exercise in mathematics asks for no program at all."""
    if exercise.subject == "maths":
        return bool(_PROGRAM.search(program))
    if not exercise.entry or belongs(program, exercise, False):
        return False
    defined, wanted = parameters(program), parameters(exercise.starter or exercise.reference)
    given = set(wanted.get(exercise.entry, ()))
    return bool(defined) and not any(
        SequenceMatcher(None, name, exercise.entry).ratio() >= ALIKE or given & set(names)
        for name, names in defined.items()
    )


_PROGRAM = re.compile(
    r"\b(?:def|class|print|input|import|for|while|if|return)\b|\w\(.*\)\s*$|^\s*\w+ = .*['\"\[{]", re.MULTILINE
)
ALIKE = 0.6
"""Share of letters in common from which on one name may be a slip for the other."""


def undefined_entry(raised: Raised | None, exercise: Exercise) -> str:
    """When the tests call a function that the program does not have: words that say so, else nothing."""
    if (
        raised is None
        or raised.type != "NameError"
        or not exercise.entry
        or f"'{exercise.entry}'" not in raised.message
    ):
        return ""
    return f"The tests call `{exercise.entry}`, and your program does not define it. Compare the name in your `def` line with the task."


def find_exercise(course: Course, name: str) -> Exercise | None:
    try:
        return course.get_exercise(ExerciseId(name))
    except NotFound:
        return None


def authorship(exercise: Exercise) -> str:
    """How the words of an exercise are known to be fit for students: those that a model wrote are checked again where
    they are said."""
    return "" if exercise.id.startswith(MADE) else "authored"


def topic_title(context: Context, topic: TopicId) -> str:
    return next((found.title for found in context.course.list_topics() if found.id == topic), str(topic))


def cite(passages: Sequence[Passage], quotes: Sequence[str]) -> list[Citation]:
    return [
        {
            "n": n,
            "passage": passage.id,
            "topic": passage.topic,
            "title": f"{passage.title}: {passage.heading}" if passage.heading else passage.title,
            "quote": quote,
            "version": passage.version,
            "section": passage.heading,
            "anchor": passage.anchor,
        }
        for n, (passage, quote) in enumerate(zip(passages, quotes, strict=True), 1)
    ]


def shorten(text: str, chars_max: int) -> str:
    text = re.sub(r"\s+", " ", text).strip()
    return text if len(text) <= chars_max else text[: chars_max - 1].rsplit(" ", 1)[0] + "…"


def kindly(why: str) -> str:
    """The algebra system's reason in words for a student."""
    return why.replace("Not the same: at ", "At ").replace("the reference", "the right answer")


def plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
