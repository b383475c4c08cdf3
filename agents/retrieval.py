"""Fetches what the course says about the message, before anything else happens."""

import re

from langgraph.runtime import Runtime

from agents._disguise import plain_letters
from agents._evidence import ask_of, stem, topic_title
from agents._follow_up import follow_up, named_topic, own_words
from agents._question import compared, compares, spelled_out
from agents._texting import in_plain_english
from agents._tongue import language_of
from agents.spec import Spec
from agents.turn import AskState, Context, Desk, PassageState, PlannedStep, Turn
from core.errors import CourseUnavailable, DatabaseUnavailable
from core.ports import Passage, TopicId
from tools.read_message import read_error, read_message
from tools.search_course import AS_NEAR, NEAR_ENOUGH, by_reach, rivals, search_course

PASSAGES = 5
WORDS_CHARS_MAX = 1_000
"""Tell a message's language well enough."""
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
        found = await search_course(context.course, spelled_out(query), k=k + SPARE, topics=_topics(leaning, desk))
        words = read_message(ask_of(state)["message"]).words
        found = await _of_the_topic(found, words, context, desk) if leaning is None else found
        found = await _within_reach(found, context, desk)
        if leaning is None and (pair := compared(words)):
            found = await _both(found, pair, context)
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
    # the course is in English, and so are its words
    spoken = in_plain_english(parts.words, language_of(parts.words[:WORDS_CHARS_MAX]))
    if leaning is None and (named := named_topic(spoken, context.course)) is not None:
        return named.title, None
    words = [_FILLER.sub(" ", spoken).strip() or spoken]
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


_GOES_ON = re.compile(r"^\W*(?:and|but|so|what about|how about)\b(?=\s+(?:\S+\s*){1,12}$)", re.IGNORECASE)
"""Begins as one does who goes on speaking of the same."""
AS_NEAR_GOING_ON, OTHER_SUBJECT = 0.2, 0.3
NAMES_ITS_OWN = 0.6
"""A passage that near is named outright: another topic is meant."""


async def _of_the_topic(found: list[Passage], words: str, context: Context, desk: Desk) -> list[Passage]:
    """Who goes on about an explanation means its topic, unless another one fits much better."""
    topic = desk.get("topic")
    if not topic or not _GOES_ON.match(words) or desk.get("last") not in ("explanation", "quiz"):
        return found
    if not found or found[0].score >= NAMES_ITS_OWN:
        return found
    module = topic.rsplit(".", 1)[0]  # what comes next in the lesson is asked for before it is reached
    near = [one.id for one in context.course.list_topics() if one.id.rsplit(".", 1)[0] == module]
    own = await search_course(context.course, words, k=5, topics=near) if near else []
    own = [p for p in own if p.heading != MISTAKES]
    nearer = AS_NEAR_GOING_ON if own and own[0].subject == found[0].subject else OTHER_SUBJECT
    if not own or own[0].score < found[0].score - nearer:
        return found
    return [*own, *(p for p in found if p.id not in {one.id for one in own})]


async def _both(found: list[Passage], pair: tuple[str, str], context: Context) -> list[Passage]:
    """For two things that are compared: the passage that speaks of both, else the best one on each."""
    sides = [await search_course(context.course, side, k=6) for side in pair]
    best = [_telling(side, name)[:1] for side, name in zip(sides, pair, strict=True)]
    if not all(best) or best[0][0].id == best[1][0].id or best[0][0].subject != best[1][0].subject:
        return found
    if found and compares(found[0].heading) and found[0].score >= NEAR_ENOUGH:
        return found
    chosen = [best[0][0], best[1][0]]
    return [*chosen, *(p for p in found if p.id not in {one.id for one in chosen})]


def _near(side: list[Passage]) -> list[Passage]:
    near = [p for p in side if p.score >= NEAR_ENOUGH and p.heading != MISTAKES]
    return [p for p in near if near[0].score - p.score <= AS_NEAR_SIDE and near[0].topic == p.topic]


def _telling(side: list[Passage], name: str) -> list[Passage]:
    """Those first whose heading names this side and not only what both have in common; then those that define."""
    word = stem(next(iter(own_words(name)), name))
    return sorted(_near(side), key=lambda p: (word not in p.heading.casefold(), not _DEFINES.match(p.heading)))


AS_NEAR_SIDE = 0.2
_DEFINES = re.compile(r"(?:What (?:is|are|does)|When|How does)\b")
MISTAKES = "Common mistakes"


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
