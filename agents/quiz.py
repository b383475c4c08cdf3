"""Marks the answer to the check question that an explanation ended with; says why, and gives nothing away too early."""

import re

from langgraph.runtime import Runtime

from agents._evidence import adding, desk_of, evidence, focus_of, intent_of, prose, question, step
from agents._follow_up import LETTERS, chosen_option
from agents.spec import Spec
from agents.turn import Asked, Block, Context, Evidence, Turn
from core.errors import CourseUnavailable
from core.ports import Question, Topic, TopicId

NAME = "quiz"
TRIES_MAX = 2
"""After so many wrong answers the right one is told: guessing on teaches nothing."""


async def node(state: Turn, runtime: Runtime[Context]) -> Turn:
    context, desk = runtime.context, desk_of(state)
    intent, words, asked = intent_of(state, NAME, "submission"), focus_of(state, NAME), desk.get("asked")
    missing: list[str] = []
    try:
        found = _waiting(context, asked)
    except CourseUnavailable as error:
        found, missing = None, [f"I could not open the question: {error}"]
    chosen = chosen_option(words, asked["options"]) if asked else None
    if asked is None or found is None or chosen is None:
        blocks = [prose("I no longer have a question open that this answers.")]
        return adding(state, evidence(NAME, intent, blocks, missing=missing), desk)
    topic, one = found
    return adding(state, _marked(topic, one, asked, chosen, intent), desk)


SPEC = Spec(name=NAME, doing="Looking at your answer", node=node, order=25)


def _waiting(context: Context, asked: Asked | None) -> tuple[Topic, Question] | None:
    """The question on the desk as the course has it now; None when it is gone or reads differently. Raises
    CourseUnavailable."""
    if asked is None:
        return None
    topic = next((t for t in context.course.list_topics() if t.id == TopicId(asked["topic"])), None)
    one = next((q for q in topic.quiz if q.id == asked["question"]), None) if topic else None
    if topic is None or one is None or [option.label for option in one.options] != asked["options"]:
        return None
    return topic, one


def _marked(topic: Topic, one: Question, asked: Asked, chosen: int, intent: str) -> Evidence:
    option, tries = one.options[chosen], asked["tries"]
    facts = {"question": one.prompt, "answer": option.label, "correct": option.correct, "why": option.why}
    again = not option.correct and tries + 1 < TRIES_MAX and len(one.options) > TRIES_MAX
    blocks = _words(one, chosen, again)
    if option.correct:
        blocks.append(question(f"Shall I give you an exercise on {topic.title}?", ""))
    found = evidence(NAME, intent, blocks, facts=facts)
    if again:
        found["asked"] = {**asked, "tries": tries + 1}
    elif option.correct:
        found["offer"] = step("exercise", "exercise", f"an exercise on {topic.title}")
    else:
        found["offer"] = step("explanation", "concept", topic.title, "simpler")
    found["attempts"] = [
        {"kind": "quiz", "item": one.id, "skills": [one.skill], "correct": option.correct, "score": float(option.correct),
         "hints": tries, "answer": option.label}
    ]  # fmt: skip
    return found


def _reason(why: str) -> str:
    """Without a "Right:" of its own: that it is right was just said."""
    bare = re.sub(r"^(?:right|correct|yes)\b[:,.!]?\s*", "", why, flags=re.IGNORECASE)
    return bare[:1].upper() + bare[1:]


def _words(one: Question, chosen: int, again: bool) -> list[Block]:
    option, letter = one.options[chosen], LETTERS[chosen]
    if option.correct:
        return [prose(f"Yes, **{letter}** is right. {_reason(option.why)}", "authored")]
    blocks = [prose(f"**{letter}** is not it. {option.why}", "authored")]
    if again:
        left = [LETTERS[n] for n in range(len(one.options)) if n != chosen]
        return [*blocks, question(f"Which of {', '.join(left[:-1])} and {left[-1]} would you choose now?", "")]
    right = next((n for n, other in enumerate(one.options) if other.correct), None)
    if right is not None:
        why = _reason(one.options[right].why)
        blocks.append(prose(f"The right one is **{LETTERS[right]}**: {one.options[right].label}. {why}", "authored"))
    return [*blocks, question("Shall I explain it in another way?", "")]
