"""Where a person speaks in the conversation: waits for the words if a turn asked for them, and puts them into no others."""

from typing import cast

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from agents._evidence import desk_of
from agents.spec import Spec
from agents.turn import Answer, AskState, Context, SpeakerState, Turn
from core import events

NAME = "teacher"
KEPT_CHARS_MAX = 1_500
"""Of the words, for the tutor to know of in the turns that follow."""


async def node(state: Turn, runtime: Runtime[Context]) -> Turn:
    """With a teacher's words at hand they are the answer. Without, the thread is left waiting here; what it is resumed with
    is the `ask` of the turn that brings the words."""
    asked = state["ask"]
    if not asked.get("teacher"):
        asked = cast(AskState, interrupt({"waits_for": NAME}))
    author = asked.get("teacher")
    assert author is not None
    runtime.context.say(events.teacher(name=author["name"], role=author["role"]))
    runtime.context.say(events.token(asked["message"]))
    desk = desk_of(state)
    desk["teacher"] = asked["message"][:KEPT_CHARS_MAX]
    return {
        "turn": runtime.context.turn, "ask": asked, "answer": _answer(asked["message"], author), "desk": desk,
        "passages": [], "plan": [], "evidence": [], "problems": [],
    }  # fmt: skip


SPEC = Spec(name=NAME, doing="Your teacher has the word", node=node, stage="person", order=99)


def _answer(words: str, author: SpeakerState) -> Answer:
    return {
        "reply": words, "blocks": [{"kind": "prose", "body": words, "checked": NAME}], "citations": [],
        "intents": [NAME], "hint_level": None, "exercise": None, "mastery": [], "problems": [], "verified": {NAME: 1},
        "model": "none", "usage": {}, "author": author,
    }  # fmt: skip
