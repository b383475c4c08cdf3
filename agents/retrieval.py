"""Fetches what the course says about the message, before anything else happens."""

from langgraph.runtime import Runtime

from agents._evidence import ask_of, topic_title
from agents.spec import Spec
from agents.turn import AskState, Context, Desk, PassageState, Turn
from core.errors import CourseUnavailable
from core.ports import Passage, TopicId
from tools.read_message import read_error, read_message
from tools.search_course import search_course

PASSAGES = 5
WORDS_ALONE = 4
"""A shorter message ("why?", "and in a loop?") is looked up together with the topic on the desk."""


async def node(state: Turn, runtime: Runtime[Context]) -> Turn:
    context = runtime.context
    try:
        query = _query(ask_of(state), state.get("desk", {}), context)
        found = await search_course(context.course, query, k=int(context.settings.get("passages", PASSAGES)))
    except CourseUnavailable as error:
        return {"passages": [], "problems": [*state.get("problems", []), f"I could not look into the course: {error}"]}
    return {"passages": [_kept(passage) for passage in found]}


SPEC = Spec(name="retrieval", doing="Looking it up in your course", node=node, stage="before", order=10)


def _query(ask: AskState, desk: Desk, context: Context) -> str:
    """The student's words, with the error's name rather than the program; never empty."""
    parts = read_message(ask["message"])
    words = [parts.words]
    error = read_error(ask["error"] or parts.error or "")
    if error is not None:
        words.append(f"{error.type} {error.message}")
    topic = desk.get("topic")
    if topic and len(" ".join(words).split()) < WORDS_ALONE:
        words.append(topic_title(context, TopicId(topic)))
    return " ".join(words).strip() or ask["message"].strip() or ask["code"] or "Python"


def _kept(passage: Passage) -> PassageState:
    return {
        "id": passage.id, "topic": passage.topic, "subject": passage.subject, "title": passage.title,
        "heading": passage.heading, "body": passage.text, "score": passage.score,
    }  # fmt: skip
