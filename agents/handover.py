"""Passes a question on to the student's teachers; the conversation then waits for their words, and the student need not."""

from langgraph.runtime import Runtime

from agents._evidence import adding, evidence, focus_of, prose, shorten
from agents.spec import Spec
from agents.turn import Context, Turn

NAME = "handover"
_WORDS_MAX = 600
_ASKED = (
    "Your teacher has been asked. The answer will come into this conversation, in their own words and with their name."
)
_MEANWHILE = (
    "You need not wait: go on here as you like. Only teachers of a class that you are in can see your question; if you are in "
    "none yet, join one on the account page."
)


async def node(state: Turn, runtime: Runtime[Context]) -> Turn:
    """The student's words go along because the student asked for it; nothing else of the conversation does."""
    context = runtime.context
    found = evidence(NAME, "account", [prose(_ASKED), prose(_MEANWHILE)])
    found["waits"] = True
    found["alert"] = {
        "kind": "asked_teacher",
        "severity": "medium",
        "reason": f"The student asks for you: “{shorten(focus_of(state, NAME), _WORDS_MAX)}”",
        "advice": "Answer in the student's conversation: your words appear there with your name.",
        "evidence": {"thread": context.thread, "turn": context.turn},
    }
    return adding(state, found)


SPEC = Spec(name=NAME, doing="Asking your teacher", node=node, order=85)
