"""What teachers are told of words of distress, wherever a student wrote them."""

import re
from typing import Any

from agents._gloss import gloss
from agents._tongue import language_of

DANGER = re.compile(
    r"\b(?:kill(?:ing|ed)? (?:myself|himself|herself|themselves)|(?:dad|father|stepdad|mum|mom|mother|parents|brother|he|she|they|boyfriend)(?:\W+\w+){0,3}\W+kill me|kms|suicid\w*\b(?! burn)|end (?:it all|my (?:own )?life)|ending (?:it|everything|my life)\b|(?:want|wanna|going|ready) (?:to )?die|should (?:just )?(?:die|be dead)"
    r"|(?:wish|wished) (?:i|to) (?:was|were|be) (?:dead|never born|gone)|(?:better|happier) (?:off )?(?:without me|dead|if i (?:was|were|wasn'?t|weren'?t|died|didn'?t))|wish i (?:would|could|had)(?: just| never)* (?:not )?(?:been born|go to sleep|die)"
    r"|(?:hurt|harm|cut|burn|starv)(?:ing|s|ed|e)? (?:myself|herself|himself|my (?:arms?|wrists?|legs?))|self[- ]?harm\w*|no reason to (?:live|go on)"
    r"|(?:don'?t|do ?n[o']?t|never|no longer|no more|not) (?:really |even )?want (?:to )?(?:live|be here|be alive|exist|wake up|to live|go on living)|(?:and|to|never|i (?:\w+ ){0,2}) ?(?:not )?wake up (?:tomorrow|again|any ?more)|(?:and|to) not wake up|(?:tired|sick) of (?:living|being alive)|if i (?:was|were) (?:gone|dead)|if i disappeared|worth living"
    r"|(?:he|she|they|dad|father|stepdad|mum|mom|mother|uncle|brother|parents|coach|man|boyfriend|who|someone) (?:\w+ )?(?:hits?|hitting|beats?|beating|hurts?|touch(?:es|ed|ing)?|abus\w+|threaten\w*|rap(?:es|ed)|punch\w*|kick\w*) (?:me|us|mum|mom)\b"
    r"|beat(?:ing|en)? me up|rap(?:ed|ing) me|was raped|(?:afraid|scared) to go home|afraid of my|not (?:feel )?safe at home|overdos\w+|(?:took|swallow\w*) (?:\w+ ){0,4}(?:pills|tablets|paracetamol)|goodbye (?:letter|note)|(?:suicide|farewell) (?:letter|note)"
    r"|jump(?:ing)? (?:off|from|in front of) (?:a |the )?(?:bridge|roof|building|train|balcony|cliff)|hang myself|(?:send|sent|want\w*|ask\w*) (?:\w+ ){0,4}(?:nudes|naked \w+|(?:pictures|photos|pics) of (?:myself|me|my body))"
    r"|(?:won'?t|will not|not going to|not gonna) be (?:here|around|alive) (?:much longer|for (?:much )?long|any ?more)|(?:deal|put up|bother) with me (?:any ?more|much longer|for long)"
    r"|(?:last|final|my) goodbyes?\b|goodbye (?:forever|for ever|everyone|everybody|world)|(?:this|it) is goodbye|\bplan\w* (?:\w+ ){0,4}(?:tonight|tomorrow)\b.{0,60}\bgoodbye"
    r"|by the time (?:you|any ?one|they|somebody|someone) (?:reads?|sees?|finds?) this|(?:gave|given|giving) away (?:all )?my (?:things|stuff|belongings)"
    r"|(?:nobody|no ?one|they|anyone) (?:would|will|'?d|wouldn'?t|won'?t) (?:even |ever |really )?(?:notice|miss me|care) if i (?:\w+ )?(?:gone|died|dead|disappear\w*|not here|wasn'?t here)"
    r"|deserve to (?:live|be alive|exist|die)|want (?:everything|the pain|it all|all of it) to (?:stop|end|be over|go away)|(?:haven'?t|not) eaten (?:anything )?(?:for|in) (?:\w+ )?days"
    r"|(?:locks?|locked) me (?:in|out)\b|(?:met|know|talk\w*|chat\w*) (?:\w+ ){0,4}online\b.{0,40}\bwants? (?:to meet|me to)|wants? to meet me\b.{0,30}\b(?:alone|secret\w*)|(?:don'?t|do not|never) tell (?:your|my) (?:parents|mum|mom|dad))",
    re.IGNORECASE,
)
"""Words that are danger wherever they stand. What is danger without such words is told by its likeness to examples."""

SAFEGUARDING = re.compile(
    rf"(?:{DANGER.pattern})"
    r"|(?:can'?t|can ?not) (?:go on|take it|take this)(?: any ?more)?\b|\bhate (?:myself|my life|being me)|want to give up on everything|\bcan'?t (?:cope|stop crying)\b"
    r"|\b(?:i'?m|i am|im) (?:so |such (?:a |an )?|just |too |really |an? |the )*(?:stupid|worthless|useless|idiot|failure|loser|hopeless|dumb)\b",
    re.IGNORECASE,
)

UNKIND = re.compile(
    r"\b(?:stupid|dumb|idiot\w*|useless|hopeless|worthless|lazy|losers?|shut up|hate|asham\w+|pathetic|giv(?:e|ing) up)\b",
    re.IGNORECASE,
)
"""Words that no student hears from here."""


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


def in_english(words: str) -> str:
    """The words, and beneath them what they roughly mean when they are in another language."""
    meant = gloss(words, language_of(words))
    return words if meant == words else f"{words}\n{meant}"


def is_danger(words: str) -> bool:
    """Whether the words alone, in a language that we know, say that somebody may be in danger."""
    return bool(DANGER.search(in_english(words)))


def alert(words: str, danger: bool = False) -> dict[str, Any]:
    """As evidence carries it, for words that were found to be of distress, or of danger by more than these words."""
    if danger or is_danger(words):
        return dict(_ALERTS["high"])
    return dict(_ALERTS["low" if is_cross(words) else "medium"])


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
