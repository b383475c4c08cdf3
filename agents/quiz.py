"""Asks a question from the course, and marks the answer to it: says why, and gives nothing away too early."""

import re
from collections.abc import Sequence

from langgraph.runtime import Runtime

from agents._evidence import (
    LETTERS,
    adding,
    asked_text,
    asking,
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
from agents._follow_up import given_answer
from agents.spec import Spec
from agents.turn import Asked, Block, Context, Desk, Evidence, Turn
from core.errors import CourseUnavailable, Invalid
from core.ports import Question, Topic, TopicId
from tools.mark_quiz import Given, Marked, mark_quiz, right_answer, shown_options

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
    given = given_answer(words, asked) if asked else None
    if asked is None or found is None or given is None:
        blocks = [prose("I no longer have a question open that this answers.")]
        return adding(state, evidence(NAME, intent, blocks, missing=missing), desk)
    topic, one = found
    try:
        marked = mark_quiz(one, given)
    except Invalid as error:
        again = evidence(NAME, intent, [prose(error.message)], missing=missing)
        again["asked"] = asked
        return adding(state, again, desk)
    return adding(state, _marked(topic, one, asked, given, marked, intent), desk)


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
    found["asked"] = asking(one, topic.id)
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
    if topic is None or one is None or shown_options(one) != asked["options"]:
        return None
    return topic, one


def _marked(topic: Topic, one: Question, asked: Asked, given: Given, marked: Marked, intent: str) -> Evidence:
    tries = asked["tries"]
    facts = {
        "question": one.prompt,
        "answer": marked.answer,
        "correct": marked.correct,
        "score": marked.score,
        "why": marked.why,
    }
    few = one.kind == "single" and len(one.options) <= TRIES_MAX
    again = not marked.correct and tries + 1 < TRIES_MAX and not few
    if one.kind == "single":
        blocks = _single_words(one, given, again)
    else:
        blocks = [prose(_words(one, given, marked), "authored"), *_next(one, again, marked)]
    if marked.correct:
        blocks.append(question(f"Shall I give you an exercise on {topic.title}?", ""))
    found = evidence(NAME, intent, blocks, facts=facts)
    if again:
        found["asked"] = {**asked, "tries": tries + 1}
    elif marked.correct:
        found["offer"] = step("exercise", "exercise", f"an exercise on {topic.title}")
    else:
        found["offer"] = step("explanation", "concept", topic.title, "simpler")
    found["attempts"] = [
        {"kind": "quiz", "item": one.id, "skills": [one.skill], "correct": marked.correct, "score": marked.score,
         "hints": tries, "answer": marked.answer}
    ]  # fmt: skip
    return found


def _words(one: Question, given: Given, marked: Marked) -> str:
    """How much of the answer holds, without telling which part."""
    why = _reason(marked.why)
    if marked.correct:
        right = (
            "that is the order"
            if one.kind == "ordering"
            else "exactly those"
            if one.kind == "multiple"
            else f"`{marked.answer}` is right"
        )
        return f"Yes, {right}. {why}"
    if one.kind == "ordering":
        leading = _leading(one, given)
        return f"Not in that order. {f'The first {leading} of them stand right.' if leading > 1 else 'The first stands right.' if leading else 'Another one comes first.'}"
    if one.kind == "multiple":
        all_right = sum(option.correct for option in one.options)
        return f"Not quite: {all_right} are right, and you sent {len(set(given))}. {why}"
    return f"`{marked.answer}` is not it. {why}"


def _leading(one: Question, given: Given) -> int:
    """How many from the first on stand in their places."""
    shown, right = shown_options(one), [option.label for option in one.options]
    order = [shown[int(n)] for n in given]
    return next((n for n, (a, b) in enumerate(zip(order, right, strict=True)) if a != b), len(right))


def _next(one: Question, again: bool, marked: Marked) -> list[Block]:
    if marked.correct:
        return []
    if again:
        return [question("Look once more: what would you say now?", "")]
    right = next((option for option in one.options if option.correct), None)
    why = _reason(one.why or (right.why if right else ""))
    return [
        prose(f"The right answer is: {right_answer(one)}. {why}", "authored"),
        question("Shall I explain it in another way?", ""),
    ]


def _reason(why: str) -> str:
    """Without a "Right:" of its own: that it is right was just said."""
    bare = re.sub(r"^(?:right|correct|yes)\b[:,.!]?\s*", "", why, flags=re.IGNORECASE)
    return bare[:1].upper() + bare[1:]


def _single_words(one: Question, given: Given, again: bool) -> list[Block]:
    chosen = int(given[0])
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
