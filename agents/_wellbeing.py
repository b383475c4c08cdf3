"""What teachers are told of words of distress, wherever a student wrote them."""

import re
from typing import Any

DANGER = re.compile(
    r"\b(?:kill(?:ing)? (?:myself|me)|suicid\w*|end (?:it all|my life)|(?:want|wanna|going) to die|wish i (?:was|were) dead|better off (?:without me|dead)"
    r"|hurt(?:ing)? myself|self[- ]?harm\w*|cut(?:ting)? myself|no reason to live|(?:don'?t|do ?n[o']?t|never|no longer) (?:really )?want to (?:live|be here|be alive|exist|wake up)|(?:tired|sick) of (?:living|being alive)"
    r"|(?:hits?|beats?|hurts?|touch(?:es|ed)?|abus\w+|threaten\w*) me|afraid (?:to go home|of my)|overdose)\b",
    re.IGNORECASE,
)


def alert(words: str) -> dict[str, Any]:
    """As evidence carries it, for words that were found to be of distress."""
    danger = bool(DANGER.search(words))
    return {
        "kind": "wellbeing", "severity": "high" if danger else "medium",
        "reason": "The student wrote words that suggest they may be in danger." if danger else "The student wrote that they feel low or want to give up.",
        "advice": "Speak to the student in person today, and follow your school's safeguarding procedure." if danger else "Have a short, friendly word with the student; a small success would help.",
    }  # fmt: skip
