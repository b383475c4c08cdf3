"""Asks a question from the course, and marks the answer to it: says why, and gives nothing away too early."""

import re
from collections.abc import Sequence

from langgraph.runtime import Runtime

from agents._evidence import (
    LETTERS,
    adding,
    asked_text,
    desk_of,
    evidence,
    focus_of,
    how_of,
    intent_of,
    prose,
    question,
    stem,
    step,
    tell,
)
from agents._follow_up import chosen_option
from agents.spec import Spec
from agents.turn import Asked, Block, Context, Desk, Evidence, Turn
from core.errors import CourseUnavailable
from core.ports import Question, Topic, TopicId

NAME = "quiz"
TRIES_MAX = 2
"""After so many wrong answers the right one is told: guessing on teaches nothing."""


async def node(state: Turn, runtime: Runtime[Context]) -> Turn:
    context, desk = runtime.context, desk_of(state)
    intent, words, asked = intent_of(state, NAME, "submission"), focus_of(state, NAME), desk.get("asked")
    missing: list[str] = []
    if how_of(state, NAME) == "ask":
        return adding(state, _ask(context, desk, words, intent), desk)
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


def _ask(context: Context, desk: Desk, words: str, intent: str) -> Evidence:
    """A question that was not asked yet, on the topic that is named or lies on the desk."""
    try:
        topics = context.course.list_topics()
    except CourseUnavailable as error:
        return evidence(
            NAME,
            intent,
            [prose("I cannot ask you anything just now.")],
            missing=[f"I could not open the questions: {error}"],
        )
    topic = _topic(topics, words, desk)
    told = desk.get("told", [])
    fresh = [one for one in topic.quiz if one.id not in told] if topic else []
    if topic is None or not fresh:
        about = f" on {topic.title}" if topic else ""
        found = evidence(
            NAME,
            intent,
            [prose(f"I have no further question{about}."), question("Shall I give you an exercise on it?", "")],
        )
        found["offer"] = step("exercise", "exercise", "another one on it", "another")
        return found
    one = fresh[0]
    desk["topic"] = topic.id
    tell(desk, [one.id])
    found = evidence(
        NAME,
        intent,
        [prose(f"A question on {topic.title}."), question(asked_text(one))],
        facts={"question": one.prompt},
    )
    found["asked"] = Asked(topic=topic.id, question=one.id, options=[option.label for option in one.options], tries=0)
    return found


def _topic(topics: Sequence[Topic], words: str, desk: Desk) -> Topic | None:
    """The one whose title fills most of the words; else the desk's; else where the course begins."""
    named = {stem(word) for word in re.findall(r"[a-z]{3,}", words.casefold())}
    asking = [topic for topic in topics if topic.quiz]

    def said(topic: Topic) -> float:
        title = {stem(word) for word in re.findall(r"[a-z]{3,}", topic.title.casefold())}
        return len(named & title) + len(named & title) / (len(title) or 1)

    best = max(asking, key=lambda topic: (said(topic), -topic.order), default=None)
    if best is not None and said(best):
        return best
    return next((topic for topic in asking if topic.id == desk.get("topic")), best)


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
