"""Tells students where they stand and what to do next, from the school's records, kindly and in figures."""

import re
from collections.abc import Sequence

from langgraph.runtime import Runtime

from agents._evidence import adding, desk_of, evidence, focus_of, intent_of, plural, prose, question, stem, step
from agents.spec import Spec
from agents.turn import Block, Context, Desk, PlannedStep, Turn
from core.errors import CourseUnavailable, DatabaseUnavailable
from core.ports import Mastery, Progress, SkillId, Topic

NAME = "progress_report"
STRONG, WEAK = 0.75, 0.5
NAMED_MAX = 3


async def node(state: Turn, runtime: Runtime[Context]) -> Turn:
    context = runtime.context
    intent, focus = intent_of(state, NAME, "progress"), focus_of(state, NAME)
    missing: list[str] = []
    topics: Sequence[Topic] = []
    try:
        topics = context.course.list_topics()
    except CourseUnavailable as error:
        missing.append(f"I could not open the course: {error}")
    try:
        progress = await context.records.progress(context.student)
    except DatabaseUnavailable:
        missing.append("I could not open your records just now.")
        return adding(
            state,
            evidence(
                NAME,
                intent,
                [prose("I cannot tell you your figures at the moment; nothing of them is lost.")],
                missing=missing,
            ),
        )
    desk = desk_of(state)
    blocks, offer = _course(topics, progress, focus, state, desk) if intent == "course" else _report(progress, topics)
    found = evidence(NAME, intent, blocks, facts=_facts(progress), missing=missing)
    if offer is not None:
        found["offer"] = offer
    return adding(state, found, desk)


SPEC = Spec(name=NAME, doing="Looking at how far you have come", node=node, intents=("progress", "course"), order=70)


def _facts(progress: Progress) -> dict[str, object]:
    return {
        "attempts": progress.attempts, "solved": progress.solved, "streak_days": progress.streak_days,
        "skills": [{"skill": m.skill, "level": round(m.level, 2), "attempts": m.attempts, "enough": m.enough} for m in progress.skills],
    }  # fmt: skip


Said = tuple[list[Block], PlannedStep | None]
"""What is told, and the step that its closing question offers."""


def _report(progress: Progress, topics: Sequence[Topic]) -> Said:
    if progress.attempts == 0:
        return [
            prose("You have not handed in anything yet, so there is nothing to measure: a clean page.", "record"),
            question("Shall I give you a first exercise?", ""),
        ], step("exercise", "exercise", "a first exercise")
    streak = (
        f" You have practised {progress.streak_days} days in a row: keep it going." if progress.streak_days > 1 else ""
    )
    blocks = [
        prose(
            f"You have made {plural(progress.attempts, 'attempt')} and solved {plural(progress.solved, 'exercise')}.{streak}",
            "record",
        )
    ]
    sure = [m for m in progress.skills if m.enough]
    strong = sorted((m for m in sure if m.level >= STRONG), key=lambda m: -m.level)[:NAMED_MAX]
    weak = sorted((m for m in sure if m.level < WEAK), key=lambda m: m.level)[:NAMED_MAX]
    if strong:
        blocks.append(prose(f"Going well: {_named(strong)}.", "record"))
    if weak:
        blocks.append(
            prose(f"Worth more practice: {_named(weak)}. That is where an exercise helps you most.", "record")
        )
    thin = len(progress.skills) - len(sure)
    if thin:
        blocks.append(prose(f"For {plural(thin, 'skill')} I have seen too little of you to say.", "record"))
    if weak:
        name = _skill(weak[0].skill)
        offered = step("exercise", "exercise", f"an exercise on {name}")
        return [*blocks, question(f"Shall I give you one on {name}?", "")], offered
    if following := _next_topic(topics, progress):
        ask = question(f"Next in the course comes {following.title}. Shall we begin with it?", "")
        return [*blocks, ask], step("explanation", "concept", following.title)
    ask = question("Shall I give you something that asks a little more?", "")
    return [*blocks, ask], step("exercise", "exercise", "something harder")


def _named(skills: Sequence[Mastery]) -> str:
    words = [f"{_skill(m.skill)} ({round(100 * m.level)} %)" for m in skills]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _skill(skill: SkillId) -> str:
    return re.split(r"[./:]", str(skill))[-1].replace("-", " ").replace("_", " ")


def _level(topic: Topic, progress: Progress) -> float:
    known = [m.level for m in progress.skills if m.skill in topic.skills]
    return sum(known) / len(known) if known else 0.0


def _next_topic(topics: Sequence[Topic], progress: Progress, subject: str | None = None) -> Topic | None:
    """The first topic in order that is not mastered and whose prerequisites, as far as they were practised, are."""
    by_id = {topic.id: topic for topic in topics}
    practised = {m.skill for m in progress.skills}
    for topic in sorted(topics, key=lambda t: t.order):
        if subject not in (None, topic.subject) or _level(topic, progress) >= STRONG:
            continue
        before = [by_id[name] for name in topic.prerequisites if name in by_id]
        if all(_level(t, progress) >= WEAK or not practised & set(t.skills) for t in before):
            return topic
    return None


def _course(topics: Sequence[Topic], progress: Progress, focus: str, state: Turn, desk: Desk) -> Said:
    """What to do next, or how two topics hang together. The topic it speaks of is laid on the desk."""
    named = _mentioned(topics, focus)
    if len(named) >= 2 and re.search(r"\b(?:before|first|need|prerequisite|order|after)\b", focus.casefold()):
        return _order(named[0], named[1], topics), None
    topic = named[0] if named else _beside(topics, state, focus)
    if topic is not None:
        desk["topic"] = topic.id
        before = [t.title for t in topics if t.id in topic.prerequisites]
        start = (
            f" It builds on {' and '.join(before)}, so have a look there first if anything feels shaky."
            if before
            else ""
        )
        return [
            prose(f"For that the course has “{topic.title}” (in {topic.module_title}). {topic.summary}{start}", "authored"),
            question("Shall I explain it, or give you an exercise on it?", ""),
        ], step("explanation", "concept", topic.title)  # fmt: skip
    following = _next_topic(topics, progress)
    if following is None:
        return [
            prose("You have worked through everything that the course has at the moment.", "record"),
            question("Shall I pick something to repeat?", ""),
        ], step("exercise", "exercise", "something to repeat")
    desk["topic"] = following.id
    reason = (
        "it is where the course begins"
        if progress.attempts == 0
        else "you have what it builds on, and it is not yet secure"
    )
    return [
        prose(f"I would take “{following.title}” next: {reason}. {following.summary}", "record"),
        question("Shall I explain it, or give you an exercise on it?", ""),
    ], step("explanation", "concept", following.title)  # fmt: skip


def _mentioned(topics: Sequence[Topic], focus: str) -> list[Topic]:
    """For each word of the message that titles of topics hold, the topic whose title it fills most; in their order."""
    found: list[Topic] = []
    for word in dict.fromkeys(_stems(focus)):
        holding = [topic for topic in topics if word in _stems(topic.title)]
        if holding:
            best = max(
                holding,
                key=lambda topic: (
                    len(set(_stems(focus)) & set(_stems(topic.title))) / len(_stems(topic.title)),
                    -topic.order,
                ),
            )
            found.append(best)
    return list(dict.fromkeys(found))


_PASSING = (
    "what does should could would with from using about need know learn before after first next read something recommend topic lesson module "
    "course python maths have here where when which start begin then this that calling defining doing work into over they them your some more best"
)
_IDLE = frozenset(_PASSING.split())


def _stems(text: str) -> list[str]:
    words = [word for word in re.findall(r"[a-z]{3,}", text.casefold()) if word not in _IDLE]
    return [stem(word) for word in words]


def _beside(topics: Sequence[Topic], state: Turn, focus: str) -> Topic | None:
    """The topic of the nearest passage when it shares a word with the message: the course may speak of it elsewhere."""
    for passage in state.get("passages", []):
        if set(_stems(focus)) & set(_stems(f"{passage['heading']} {passage['title']}")):
            return next((topic for topic in topics if topic.id == passage["topic"]), None)
    return None


def _order(first: Topic, second: Topic, topics: Sequence[Topic]) -> list[Block]:
    if first.id in _ancestors(second, topics):
        words = f"Yes: “{second.title}” builds on “{first.title}”, so that comes first."
    elif second.id in _ancestors(first, topics):
        words = f"It is the other way round: “{first.title}” builds on “{second.title}”."
    else:
        words = (
            f"“{first.title}” and “{second.title}” do not build on each other in the course, so you are free to choose."
        )
    return [prose(words, "authored"), question("Shall we begin with one of them?", "")]


def _ancestors(topic: Topic, topics: Sequence[Topic]) -> set[str]:
    by_id = {t.id: t for t in topics}
    found: set[str] = set()
    waiting = list(topic.prerequisites)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += by_id[name].prerequisites if name in by_id else ()
    return found
