"""Picks the next exercise for this student from the bank: what they are ready for and have not had."""

import re
from collections.abc import Collection, Mapping, Sequence
from zlib import crc32

from langgraph.runtime import Runtime

from agents._evidence import (
    adding,
    authorship,
    code,
    desk_of,
    evidence,
    find_exercise,
    focus_of,
    how_of,
    intent_of,
    prose,
    question,
    topic_title,
)
from agents._follow_up import LITTLE
from agents.spec import Spec
from agents.turn import Block, Context, Desk, Evidence, Turn
from core.errors import CourseUnavailable, DatabaseUnavailable
from core.ports import VARIANT, Attempt, Course, Exercise, Mastery, SkillId, Topic, TopicId

NAME = "exercise"
READY = 0.5
"""Mastery of what comes before, from which on a topic can be practised."""
OFFERED_MAX = 50
ATTEMPTS_READ = 200
MAKING_WAIT_S = 7.0
"""Below the limit of a node; one that takes longer is there the next time."""
SECONDS_KEPT = 6.0
NEW = "It is a new one, written by a language model; I ran its solutions and its tests before giving it to you."


async def node(state: Turn, runtime: Runtime[Context]) -> Turn:
    context, desk = runtime.context, desk_of(state)
    intent, focus = intent_of(state, NAME, "exercise"), focus_of(state, NAME)
    missing: list[str] = []
    try:
        bank, topics = context.course.list_exercises(), {str(topic.id): topic for topic in context.course.list_topics()}
    except CourseUnavailable as error:
        return adding(
            state,
            evidence(
                NAME,
                intent,
                [prose("I cannot pick an exercise just now.")],
                missing=[f"I could not open the exercises: {error}"],
            ),
        )
    mastery, attempts = await _known(context, missing)
    if how_of(state, NAME) == "another":  # it names no topic: the one on the desk is meant
        similar = "similar " if _SIMILAR.search(focus) else ""
        focus = f"{similar}{'' if _wish(focus) == 0 else 'easier' if _wish(focus) < 0 else 'harder'} another"
    choice = choose(bank, topics, mastery, attempts, desk, focus, _subject(state))
    if choice is None:
        return adding(
            state,
            evidence(
                NAME,
                intent,
                [prose("I have no exercise for that. Tell me a topic, and I will look again.")],
                missing=missing,
            ),
        )
    wanted = wish(bank, topics, attempts, desk, focus, choice)
    made = None
    if wanted is not None:
        level = _target(wanted, mastery, focus)
        made = await _made(context, wanted, level, {*desk.get("offered", []), *(one.item for one in attempts)})
    choice = made or _fresh(choice, attempts, context, desk, focus)
    desk["exercise"], desk["topic"] = choice.id, choice.topic
    desk["program"] = ""
    desk["offered"] = [*desk.get("offered", []), choice.id][-OFFERED_MAX:]
    found = _shown(choice, context, NEW if made else _why(choice, mastery, attempts), intent)
    found["missing"] = missing
    return adding(state, found, desk)


def wish(
    bank: Sequence[Exercise], topics: Mapping[str, Topic], attempts: Sequence[Attempt], desk: Desk, focus: str,
    choice: Exercise,
) -> Topic | None:  # fmt: skip
    """The topic for which the course has nothing new left that fits, or for which the student wants one that is not in
    the course; None while the course has one."""
    asked = _asked_for([one for one in bank if one.subject == choice.subject], topics, focus)
    if _SIMILAR.search(focus) or any(_titled(one, _plain(focus)) for one in asked):
        return None  # that very one is wanted, or the same with other numbers
    names = {one.topic for one in asked}
    if not names:
        stays = desk.get("topic") if _MORE.search(focus) else None
        names = {TopicId(stays or choice.topic)}
    met = {name.partition(VARIANT)[0] for name in (*desk.get("offered", []), *(one.item for one in attempts))}
    if not _NEW.search(focus) and any(one.id not in met for one in bank if one.topic in names):
        return None
    return topics.get(choice.topic if choice.topic in names else min(names))


_ELSEWHERE = re.compile(
    r"\b(?:else|any(?:thing)?|random|whatever|surprise|recommend\w*|suggest\w*|should i|weak\w*|next topic|(?:different|new|other) (?:topic|subject|idea)s?|mixed|start|begin)\b",
    re.IGNORECASE,
)
"""Where no topic is named, what the conversation is about is meant, unless one of these says otherwise."""
_MORE = re.compile(r"\b(?:another|more|next)\b", re.IGNORECASE)
_NEW = re.compile(
    r"\b(?:make|invent|write|think) (?:me )?(?:up )?(?:an?|one|some)\b|\b(?:brand[- ]?new|never seen|not in the course)\b",
    re.IGNORECASE,
)


async def _made(context: Context, topic: Topic, level: int, met: Collection[str]) -> Exercise | None:
    """One that a model made and the sandbox accepted: kept from before, the nearest in level first, or made now if that
    is done in time."""
    if context.maker is None:
        return None
    kept = [one for one in context.maker.list_given(topic.id) if one.id not in met]
    if kept:
        return min(kept, key=lambda one: abs(one.difficulty - level))
    wait_s = min(MAKING_WAIT_S, context.budget.seconds_left() - SECONDS_KEPT)
    return await context.maker.make(topic, level, context.student, wait_s=wait_s)


def _target(topic: Topic, mastery: Mapping[SkillId, Mastery], focus: str) -> int:
    return min(3, max(1, round(1 + 2 * _level(topic.skills, mastery)) + _wish(focus)))


def _fresh(choice: Exercise, attempts: Sequence[Attempt], context: Context, desk: Desk, focus: str) -> Exercise:
    """What was met before comes back with other numbers, where it has any: the same ones if the turn is taken again."""
    last = desk.get("offered", [])[-1:]
    if last and _SIMILAR.search(focus) and (again := _varied(last[0].partition(VARIANT)[0], context.course)):
        choice = again
    met = [*desk.get("offered", []), *(attempt.item for attempt in attempts)]
    times = sum(name.partition(VARIANT)[0] == choice.id for name in met)
    if not times:
        return choice
    seed = times + crc32(context.student.id.encode()) % SEEDS
    return find_exercise(context.course, f"{choice.id}{VARIANT}{seed}") or choice


def _varied(name: str, course: Course) -> Exercise | None:
    """The exercise, if there are other numbers for it."""
    return find_exercise(course, name) if find_exercise(course, f"{name}{VARIANT}1") else None


_SIMILAR = re.compile(
    r"\b(?:similar|same kind|like (?:it|that|this|the last)|(?:other|different|new) numbers)\b", re.IGNORECASE
)
SEEDS = 1_000
"""Neighbours in a classroom begin with different numbers."""

SPEC = Spec(name=NAME, doing="Choosing an exercise for you", node=node, intents=("exercise",), order=60)


async def _known(context: Context, missing: list[str]) -> tuple[Mapping[SkillId, Mastery], list[Attempt]]:
    try:
        return await context.records.mastery(context.student), await context.records.list_attempts(
            context.student, limit=ATTEMPTS_READ
        )
    except DatabaseUnavailable:
        missing.append("I could not look up what you have done so far, so this is picked by topic alone.")
        return {}, []


def _subject(state: Turn) -> str | None:
    return state["triage"]["subject"] if "triage" in state else None


def choose(
    bank: Sequence[Exercise], topics: Mapping[str, Topic], mastery: Mapping[SkillId, Mastery], attempts: Sequence[Attempt],
    desk: Desk, focus: str, subject: str | None,
) -> Exercise | None:  # fmt: skip
    """The best exercise for the words in `focus`; if they name no topic, for where the student stands."""
    solved = {attempt.item for attempt in attempts if attempt.correct}
    seen = {*(name.partition(VARIANT)[0] for name in desk.get("offered", [])), *(attempt.item for attempt in attempts)}
    open_one = (desk.get("exercise") or "").partition(VARIANT)[0]
    pool = (
        [e for e in bank if e.id not in solved and e.id != open_one]
        or [e for e in bank if e.id != open_one]
        or list(bank)
    )
    if subject in ("python", "maths") and any(e.subject == subject for e in pool):
        pool = [e for e in pool if e.subject == subject]
    asked = _asked_for(pool, topics, focus)
    if asked:
        pool = asked
    elif not _ELSEWHERE.search(focus) and (stays := [e for e in pool if e.topic == desk.get("topic")]):
        pool = stays
    shift = _wish(focus)
    return min(pool, key=lambda e: _cost(e, topics, mastery, seen, bool(asked), shift), default=None)


def _asked_for(pool: Sequence[Exercise], topics: Mapping[str, Topic], focus: str) -> list[Exercise]:
    focus = _REQUEST.sub(" ", focus)
    wanted, said = _words(focus), _plain(focus)
    scores = {
        e.id: _match(e, topics.get(e.topic), wanted) + _named(topics.get(e.topic), said) + _titled(e, said)
        for e in pool
    }
    best = max(scores.values(), default=0.0)
    return [e for e in pool if scores[e.id] >= best] if best >= 2 else []


_REQUEST = re.compile(r"\b(?:set|give|make|show|get|find|write|send|pick)\s+(?:me|us)\b", re.IGNORECASE)
"""No word of what is wanted: "set me" asks for nothing about sets."""


def _match(exercise: Exercise, topic: Topic | None, wanted: set[str]) -> float:
    title = _words(f"{topic.title} {topic.id} {topic.module_title}") if topic else set()
    skills = _words(" ".join(exercise.skills))
    named = 3 * len(wanted & title) + 2 * len(wanted & skills)
    # what the topic already says again in the title makes an exercise no nearer than its neighbours
    return named + 2 * len(wanted & (_words(exercise.title) - title - skills))


def _titled(exercise: Exercise, said: str) -> float:
    """The exercise itself was named."""
    title = _plain(exercise.title)
    return 6.0 if len(title.split()) > 1 and f" {title} " in f" {said} " else 0.0


def _named(topic: Topic | None, said: str) -> float:
    """The topic's whole title was said: it beats a topic that shares a word with it ("for loops", "while loops")."""
    return 4.0 if topic is not None and f" {_plain(topic.title)} " in f" {said} " else 0.0


def _plain(text: str) -> str:
    return " ".join(re.sub(r"s$", "", word) for word in re.findall(r"[a-z]+", text.casefold()))


_IDLE = LITTLE | frozenset(
    [
        "exercise",
        "question",
        "questions",
        "practice",
        "practise",
        "please",
        "want",
        "test",
        "problem",
        "hard",
        "easy",
        "easier",
        "harder",
        "task",
        "python",
        "maths",
        "next",
        "another",
    ]
)


def _words(text: str) -> set[str]:
    return {
        re.sub(r"(?:ies|es|s|ing)$", "", word)
        for word in re.findall(r"[a-z]{3,}", text.casefold().replace("-", " ").replace("_", " "))
    } - _IDLE


def _wish(focus: str) -> int:
    words = focus.casefold()
    if re.search(r"\b(?:easy|easier|simple|simpler|basic)\b", words):
        return -1
    return 1 if re.search(r"\b(?:hard|harder|challeng\w*|difficult|tough\w*|tricky)\b", words) else 0


def _cost(
    exercise: Exercise,
    topics: Mapping[str, Topic],
    mastery: Mapping[SkillId, Mastery],
    seen: set[str],
    asked: bool,
    shift: int,
) -> tuple[float, int, int, str]:
    topic = topics.get(exercise.topic)
    level = _level(exercise.skills, mastery)
    fit = abs(exercise.difficulty - (1 + 2 * level) - shift)
    unready = 0.0 if asked or topic is None else _unready(topic, topics, mastery)
    done = 1.5 if level > 0.9 else 0.0
    return (
        fit + 3 * unready + done + (2.0 if exercise.id in seen else 0.0),
        topic.order if topic else 0,
        exercise.difficulty,
        exercise.id,
    )


def _level(skills: Sequence[SkillId], mastery: Mapping[SkillId, Mastery]) -> float:
    known = [mastery[skill].level for skill in skills if skill in mastery]
    return sum(known) / len(known) if known else 0.2


def _unready(topic: Topic, topics: Mapping[str, Topic], mastery: Mapping[SkillId, Mastery]) -> float:
    """The share of what the topic builds on that is known to be missing, or never was practised."""
    before = [topics[name] for name in topic.prerequisites if name in topics]
    return sum(_level(t.skills, mastery) < READY for t in before) / len(before) if before else 0.0


def _why(exercise: Exercise, mastery: Mapping[SkillId, Mastery], attempts: Sequence[Attempt]) -> str:
    level = _level(exercise.skills, mastery)
    if not attempts:
        return "It is a good one to begin with."
    if any(attempt.item == exercise.id.partition(VARIANT)[0] for attempt in attempts):
        return "You have met it before: a good moment for a second go."
    if level < 0.4:
        return "It practises something that is still new to you."
    return (
        "You are ready for something that asks a little more."
        if exercise.difficulty > 1
        else "It keeps fresh what you know."
    )


def _shown(exercise: Exercise, context: Context, why: str, intent: str) -> Evidence:
    level = {1: "first steps", 2: "in the middle", 3: "a stretch"}.get(exercise.difficulty, "in the middle")
    blocks: list[Block] = [
        prose(f"Here is one on {topic_title(context, exercise.topic)}. {why}"),
        question(f"**{exercise.title}** ({level})\n\n{exercise.statement.strip()}"),
    ]
    if exercise.starter.strip():
        blocks += [prose("You can start from this:"), code(exercise.starter, authorship(exercise))]
    ask = (
        "Send me your program when you want it checked. A hint is there whenever you ask."
        if exercise.subject == "python"
        else "Send me your answer, or your working line by line, and I will check it."
    )
    blocks.append(prose(ask))
    facts = {
        "exercise": exercise.id,
        "title": exercise.title,
        "topic": exercise.topic,
        "difficulty": exercise.difficulty,
        "why": why,
    }
    found = evidence(NAME, intent, blocks, facts=facts)
    found["exercise"] = exercise.id
    return found
