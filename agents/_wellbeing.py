"""What teachers are told of words of distress, wherever a student wrote them."""

import re
from typing import Any

from agents._intents import SAFEGUARDING

DANGER = re.compile(
    r"\b(?:kill(?:ing)? (?:myself|me)|suicid\w*|end (?:it all|my life)|(?:want|wanna|going) to die|wish i (?:was|were) dead|better off (?:without me|dead)"
    r"|hurt(?:ing)? myself|self[- ]?harm\w*|cut(?:ting)? myself|no reason to live|(?:don'?t|do ?n[o']?t|never|no longer) (?:really )?want to (?:live|be here|be alive|exist|wake up)|(?:tired|sick) of (?:living|being alive)"
    r"|(?:hits?|beats?|hurts?|touch(?:es|ed)?|abus\w+|threaten\w*) me|(?:afraid|scared) to go home|afraid of my|overdose)\b",
    re.IGNORECASE,
)


GRAVE = re.compile(
    r"\bhate (?:myself|my ?(?:self|life))|\b(?:want(?:ing)? to|wanna|going to|will|just) (?:just )?(?:give up on everything|disappear|run away)"
    r"|\bcan ?(?:'?t|not) (?:go on|cope|breathe|sleep|stop crying|take (?:it|this))|\b(?:worthless|depress\w*|lonely|all alone|panic attacks?|bull(?:y|ied|ies|ying))\b"
    r"|\bcr(?:y|ies|ied|ying)\b|\b(?:scared|afraid|terrified) (?:of|to)\b|\b(?:nobody|no ?one) (?:likes|cares|loves|wants|would miss)|\b(?:kill|hit|hurt|beat|punish|hate)s? me\b"
    r"|\bno (?:point|reason|hope)\b|\beveryone hates\b|\b(?:quit|leave|drop out of) (?:school|everything)\b|\bfeel(?:ing)? (?:so |really |very )?(?:low|down|empty|numb|hopeless|sad|awful|terrible)\b",
    re.IGNORECASE,
)
"""Beyond being cross with oneself: somebody should know."""
_CROSS = re.compile(
    r"\b(?:i'?m|i am|im|i feel|feel(?:ing)?) (?:so |such (?:a |an )?|just |too |really |very |an? |the |like (?:an? )?|completely |totally )*"
    r"(?:stupid|dumb|idiot|useless|hopeless|failure|loser|bad at|rubbish at|terrible at|thick|slow)\b"
    r"|\bi (?:suck|(?:wi|'?)ll never (?:get|understand|learn|be able))\b|\bhate (?:this|it|python|maths?|coding|programming|loops?)\b|\bi give up\b",
    re.IGNORECASE,
)
_AT_WORK = re.compile(
    r"\bit (?:\w+ )?(?:still|keeps?|always|just|only|never|doesn'?t|does not|won'?t|will not) ?(?:\w+)|\b\w+(?:Error|Exception)\b"
    r"|\b(?:error|bug|traceback|semicolon|colon|bracket|typo|line \d+|output|loop|function|variable)\b|\b(?:forgot|missed|mixed up) (?:the|a|an|to)\b",
    re.IGNORECASE,
)


def is_cross(words: str) -> bool:
    """Cross with oneself or the work, and nothing beyond that: what is worth a teacher's care never passes for it."""
    rest = _CROSS.sub(" ", words)
    return rest != words and not DANGER.search(words) and not GRAVE.search(words) and not SAFEGUARDING.search(rest)


def is_at_work(words: str) -> bool:
    """Whether they are about a program that will not do as it should."""
    return bool(_AT_WORK.search(words))


def alert(words: str) -> dict[str, Any]:
    """As evidence carries it, for words that were found to be of distress."""
    if is_cross(words):
        return dict(_ALERTS["low"])
    return dict(_ALERTS["high" if DANGER.search(words) else "medium"])


SEVERITIES = ("low", "medium", "high")
_ALERTS: dict[str, dict[str, Any]] = {
    severity: {"kind": "wellbeing", "severity": severity, "reason": reason, "advice": advice}
    for severity, reason, advice in (
        (
            "low",
            "The student wrote that they feel unable to do it.",
            "Have a short, friendly word with the student; a small success would help.",
        ),
        (
            "medium",
            "The student wrote that they feel low or want to give up.",
            "Have a short, friendly word with the student; a small success would help.",
        ),
        (
            "high",
            "The student wrote words that suggest they may be in danger.",
            "Speak to the student in person today, and follow your school's safeguarding procedure.",
        ),
    )
}
