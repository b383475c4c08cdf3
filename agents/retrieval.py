"""Fetches what the course says about the message, before anything else happens."""

import re

from langgraph.runtime import Runtime

from agents._disguise import plain_letters
from agents._evidence import ask_of, topic_title
from agents._follow_up import follow_up, named_topic, own_words
from agents._texting import in_plain_english
from agents.spec import Spec
from agents.turn import AskState, Context, Desk, PassageState, PlannedStep, Turn
from core.errors import CourseUnavailable, DatabaseUnavailable
from core.ports import Passage, TopicId
from tools.read_message import read_error, read_message
from tools.search_course import AS_NEAR, by_reach, rivals, search_course

PASSAGES = 5
SPARE = 3
"""Looked at beyond those, for passages that the student can rather follow."""
WORDS_ALONE = 4
"""A shorter message ("why?", "and in a loop?") is looked up together with the topic on the desk."""
_POINTS_BACK = re.compile(
    r"^(?=(?:\S+\s+){0,11}\S+\s*$).*\b(?:use|using|need|with|of|about|in|than|instead of|from|change|write|stop|end) (?:it|that|this|them|these|those|one)\b",
    re.IGNORECASE | re.DOTALL,
)
"""So does one that speaks of the topic as "it"."""
_FILLER = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|k|so|well|and|but|oh|ah|hm+|um+|er+|hey|hi|hello|please|pls|plz|now|right|wait|also|sorry|thanks|thank you|cool|great|yeah|yes)\b[\s,.!:]*)+"
    r"|[\s,.!]*\b(?:tho(?:ugh)?|then|please|pls|plz|lol|bro|mate|thanks|thx)\b(?=[\s?.!]*$)",
    re.IGNORECASE,
)
"""Says nothing of what is looked for."""
_ASKS_WHAT = re.compile(
    r"\W*(?:what(?:'?s| is| are)|explain|define|describe|meaning of|tell me about)\b", re.IGNORECASE
)
_SAYS_IT = re.compile(
    r"^(?=(?:\S+\s+){0,11}\S+\s*$).*\b(?:it|its|them|they|these|those|one)\b", re.IGNORECASE | re.DOTALL
)
"""Right after an explanation every "it" is what was explained."""


async def node(state: Turn, runtime: Runtime[Context]) -> Turn:
    context = runtime.context
    try:
        desk = state.get("desk", {})
        query, leaning = _query(ask_of(state), desk, context)
        k = int(context.settings.get("passages", PASSAGES)) * (2 if leaning else 1)
        found = await search_course(context.course, query, k=k + SPARE, topics=_topics(leaning, desk))
        found = await _within_reach(found, context, desk)
    except CourseUnavailable as error:
        return {"passages": [], "problems": [*state.get("problems", []), f"I could not look into the course: {error}"]}
    return {"passages": [_kept(passage) for passage in found[:k]]}


SPEC = Spec(name="retrieval", doing="Looking it up in your course", node=node, stage="before", order=10)


def _query(ask: AskState, desk: Desk, context: Context) -> tuple[str, PlannedStep | None]:
    """The student's words, with the error's name rather than the program; never empty. And how the message leans
    on what was told before, so that more is needed than that."""
    parts = read_message(plain_letters(ask["message"]))
    topic = desk.get("topic")
    leaning = follow_up(
        parts.words, {**ask, "code": ask["code"] or parts.code, "error": ask["error"] or parts.error}, desk
    )
    title = topic_title(context, TopicId(topic)) if topic else ""
    if leaning is not None and (wanted := _meant(leaning, desk, title)):
        return wanted, leaning
    if leaning is None and (named := named_topic(parts.words, context.course)) is not None:
        return named.title, None
    plain = in_plain_english(parts.words)
    words = [_FILLER.sub(" ", plain).strip() or plain]
    error = read_error(ask["error"] or parts.error or "")
    if error is not None:
        words.append(f"{error.type} {error.message}")
    points = _SAYS_IT if desk.get("last") in ("explanation", "quiz") else _POINTS_BACK
    short = len(" ".join(words).split()) < WORDS_ALONE and not (
        _ASKS_WHAT.match(words[0]) and bool(own_words(words[0]))
    )
    if topic and (short or points.search(parts.words)):
        words.append(_meant_by_it(desk, title))
    return " ".join(words).strip() or ask["message"].strip() or ask["code"] or "Python", None


def _meant_by_it(desk: Desk, title: str) -> str:
    """What was asked before, where that stands by itself: the answer may have come from another topic."""
    said = desk.get("said", "")
    return said if desk.get("last") in ("explanation", "quiz") and said and not _SAYS_IT.search(said) else title


async def _within_reach(found: list[Passage], context: Context, desk: Desk) -> list[Passage]:
    """Of passages about as near, those first that the student can follow; what is talked about before all."""
    spoken_of = [p for p in found if p.topic == desk.get("topic") and found[0].score - p.score <= AS_NEAR]
    if spoken_of and desk.get("last") in ("explanation", "quiz", "maths"):
        return [*spoken_of, *(p for p in found if p not in spoken_of)]
    if not found or not rivals(found):
        return found
    try:
        known = await context.records.mastery(context.student)
    except DatabaseUnavailable:
        return found
    topics = context.course.list_topics()
    met = {topic.id for topic in topics if any(skill in known for skill in topic.skills)}
    return by_reach(found, topics, met) if met else found


def _topics(leaning: PlannedStep | None, desk: Desk) -> list[TopicId] | None:
    """A second explanation quotes its own topic alone: then all of that is looked through."""
    topic = desk.get("topic")
    again = leaning is not None and leaning["agent"] == "explanation" and desk.get("last") in ("explanation", "quiz")
    return [TopicId(topic)] if again and topic else None


def _meant(leaning: PlannedStep, desk: Desk, title: str) -> str:
    """What a message that leans on the conversation is about: the words it leans on, with their topic."""
    if leaning.get("how") == "topic":
        return title
    about = leaning["focus"] if leaning["agent"] == "explanation" else desk.get("said", "")
    if desk.get("last") in ("maths", "debugging"):
        return about  # it names the rule or the error already, which need not belong to the topic
    return about if title.casefold() in about.casefold() else f"{about} {title}".strip()


def _kept(passage: Passage) -> PassageState:
    return {
        "id": passage.id, "topic": passage.topic, "subject": passage.subject, "title": passage.title,
        "heading": passage.heading, "body": passage.text, "score": passage.score,
        "version": passage.version, "anchor": passage.anchor,
    }  # fmt: skip
