"""What teachers are told of words of distress, wherever a student wrote them."""

import re
from typing import Any

from agents._danger_abroad import is_danger_abroad
from agents._disguise import openly
from agents._texting import in_plain_english

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
    r"|(?:locks?|locked) me (?:in|out)\b|(?:met|know|talk\w*|chat\w*) (?:\w+ ){0,4}online\b.{0,40}\bwants? (?:to meet|me to)|wants? to meet me\b.{0,30}\b(?:alone|secret\w*)|(?:don'?t|do not|never) tell (?:your|my) (?:parents|mum|mom|dad)"
    r"|\b(?:every(?:one|body)|they|you)(?: all)?(?: would|'d) (?:all )?be better off\W*$|\bunaliv\w+|\bsewer ?slide|\bs[\w*!.@]{0,2}[i1!*]c[i1!*]d(?:e|al)\b(?! burn)|\bk[i1!*]+l+(?:ing)?\W*(?:my ?|me ?)sel[fv]\w*|\b(?:off|end)(?:ing)? myself\b|\b(?:going|about|want|ready) to kms\b|\bkys\b"
    r"|what(?:'?s| is)? (?:even )?the point (?:of|in) (?:anything|living|life\b|being (?:here|alive)|existing|going on|it all)|\b(?:least painful|painless|most peaceful) (?:way|method)\b|\b(?:quickest|easiest|best|fastest|good) way to (?:die|end it|kill yourself)\b|\bhow (?:do|can|could) (?:i|you|someone) die\b"
    r"|\bhow (?:many|much) (?:\w+ )?(?:paracetamol|pills?|tablets?|ibuprofen|aspirin|tylenol|xanax|meds|antidepressants|sleeping pills)\b.{0,40}\b(?:too (?:many|much)|kill|die|overdose|wake up|lethal|dangerous)|\b(?:took|taken|swallow\w*|downed) (?:\w+ ){0,4}(?:pills|tablets|meds|paracetamol|bleach)\b"
    r"|\b(?:been|started|keep|kept|was|am|i'?m) cutting\b(?: again| myself|\W*$|\W+(?:do not|don'?t|and|but|so|because|when|every)\b)|\bself ?harm\w*|\bmak(?:e|es|ing) myself (?:sick|throw up|vomit|puke)|\bthrow(?:ing)? up (?:my (?:food|lunch|dinner)|after (?:i eat|eating|meals)|on purpose)"
    r"|\b(?:not|n'?t|nothing|stopped) (?:eaten|eat|eating)\b.{0,40}\b(?:since|feels? good|thin|lose weight|empty)\b"
    r"|\b(?:would|will|does|did|wud) (?:anyone|anybody|someone|somebody|people|they) (?:even |ever |really )?(?:notice|miss|care|cry|look for|come)\b.{0,20}\b(?:if|that|when) i (?:\w+ )?(?:gone|died?|dead|disappear\w*|vanish\w*|was ?n[o']?t|left)|\b(?:nobody|no ?one|they) (?:would|will|'?d|wouldn'?t|would not) (?:even |ever |really )?(?:miss me|notice (?:if )?i(?:'?m| am| was)? gone)"
    r"|\b(?:every(?:one|body)(?:'?s?)?|people|they|(?:my|the) (?:family|parents|friends|mum|world))(?:'s)?\b.{0,25}\b(?:easier|better|happier|best)(?: off)? (?:without me|if i (?:was|were|died|wasn|did not exist))"
    r"|\bdo(?:n'?t| not) (?:see|picture|imagine) (?:myself|me) (?:being |getting |growing )?(?:alive|growing|old|older|living|up\b|at (?:18|20|30))|\b(?:i'?m|i am|am|going to|gonna|i'?ll) run(?:ning)? away(?: (?:from home|tonight|tomorrow|for good)|\W*$|,)|\brun(?:ning)? away from home"
    r"|\b(?:bring|brought|take|carry|carrying|bringing|have|got)\w* (?:a |my |the )?(?:knife|gun|weapon) (?:to|in|into|on)\b(?! (?:the )?(?:game|minecraft|code|program))|\b(?:voices?) (?:\w+ ){0,5}(?:tell|say)\w* (?:me|that)|\b(?:want|going|gonna) to (?:hurt|stab|shoot|kill|attack) (?:people|everyone|someone|somebody|them all|my (?:classmates|teacher|dad|mum|mom|brother|sister|parents|family|stepdad))\b"
    r"|\b(?:some |a |an |this |that |the |creepy |old |older |strange |random )*(?:man|guy|stranger|bloke|boys|gang|dude) (?:\w+ ){0,3}(?:waits?|waiting|follows?|following|watch\w*) (?:for )?me\b|\b(?:keeps?|kept|won'?t stop) (?:\w+ )?(?:grabbing|touching|hitting|groping|following|filming) me\b|\b(?:said|says|told me) if i tell (?:any|some)\w*"
    r"|\b(?:guy|man|boy|someone|somebody|he|stranger|bloke)\b.{0,40}\b(?:pics|photos|pictures|nudes|naked|webcam)\b.{0,40}\b(?:or (?:he|she|they|else)|if i do|otherwise|secret)|\b(?:hurt|hit|beat|punched|kicked|slapped|touched|choked) me (?:last night|again|yesterday|today|this morning|every day)|\b(?:boyfriend|husband|girlfriend|step(?:dad|mum|mom|father|mother|brother)) (?:\w+ )?(?:hurt|hit|beat|touched|slapped|punched)s? (?:me|us)\b)",
    re.IGNORECASE,
)
"""Words that are danger wherever they stand. What is danger without such words is told by its likeness to examples."""

_PLAYED = re.compile(
    r"\b(?:minecraft|fortnite|roblox|valorant|fifa|zelda|mario|call of duty|cod|gta|among us|chess|video ?games?|this level|the level|the boss|in (?:the|my|a) game|respawn\w*|lobby)\b",
    re.IGNORECASE,
)
_PLAY = re.compile(
    r"\b(?:\w+ ){0,3}(?:kill|beat|hit|shot|shoot|punch|kick|destroy|stab)\w* (?:me|us|him|them|people|everyone)\b(?: up)?",
    re.IGNORECASE,
)
"""What is done to somebody in a game."""

SAFEGUARDING = re.compile(
    r"\b(?:dad|father|mum|mom|mother|stepdad|stepmum|parents|he|she)\b(?:\W+\w+){0,4}\W+drunk\b|\b(?:threw|throws?|throwing) (?:\w+ ){0,3}at (?:me|us|mum|mom)\b"
    r"|(?:can'?t|can ?not) (?:do (?:this|it) any ?more\b|go on|take it|take this)(?: any ?more)?\b|\bhate (?:myself|my life|being me)|want to give up on everything|\bcan'?t (?:cope|stop crying)\b"
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
_WORK_AHEAD = r"(?:(?:the|my|a|an|this|that|our|these|all|next|tomorrow'?s|maths?|mock|final|python|coding|end of year) )*(?:exams?|tests?|mocks?|quiz|quizzes|presentations?|homework|coursework|deadlines?|gcses?|a ?levels?|results?|assessments?|maths?|numbers|speaking|school work|finals)"
_EVERYDAY = re.compile(
    rf"\b(?:(?:so|really|very|a bit|quite|too|super|pretty|kind of|getting) )*(?:stress\w*|nervous|worried|anxious|scared|afraid|terrified|panic\w*|freaking out|worry\w*|fear)(?: out)?(?: right now)? (?:about|of|for|because of|before|from|over|by|with|that i (?:will|might) fail|i (?:will|might) fail) {_WORK_AHEAD}\b"
    rf"|\b{_WORK_AHEAD} (?:\w+ )?(?:make|makes|stress|stresses|scare|scares|worry|worries) me(?: (?:panic|nervous|anxious|stressed|sick|so nervous))?\b|\b(?:cannot|can'?t|could not|do not) sleep (?:well )?(?:before|the night before|ahead of) {_WORK_AHEAD}\b"
    rf"|\b(?:in|i'?m in|am in) (?:year|grade|class) \d+\b|\bi (?:have|got|have got) (?:an? |my )?(?:\w+ )?(?:exam|test|mock|presentation)\b|\b(?:exam|test|mock|presentation|results?) (?:is|are|in|on|tomorrow|next|this|today)\b"
    r"|\b(?:so|really|very|too|just|quite|a bit) (?:tired|sleepy|exhausted|nervous|stressed|worried|busy|bored|behind)\b|\b(?:tired|sleepy|stressed|nervous|worried)\b(?! of (?:everything|it all|life|living|being))|\b(?:cannot|can'?t|could not) (?:focus|concentrate|think)\b|\b(?:slept|sleep) (?:really |so )?(?:badly|bad|little)\b"
    r"|\b(?:so|far|really|too) (?:far )?behind\b|\b(?:everyone|everybody|the others|others|the rest)(?: else)?(?: (?:in|of) (?:my|the) class)? (?:gets?|understands?|is|are) (?:it|this|faster|all faster|better|quicker|further)\b|\bslow compared\b|\b(?:too much|so much|loads of|tons of) (?:home)?work\b|\bbad day\b|\b(?:day|today|week) was (?:bad|horrible|rubbish|awful)\b",
    re.IGNORECASE,
)
"""What every school week brings."""
_AT_WORK = re.compile(
    r"\bit (?:\w+ )?(?:still|keeps?|always|just|only|never|doesn'?t|does not|won'?t|will not) ?(?:\w+)|\b\w+(?:Error|Exception)\b"
    r"|\b(?:error|bug|traceback|semicolon|colon|bracket|typo|line \d+|output|loop|function|variable)\b|\b(?:forgot|missed|mixed up) (?:the|a|an|to)\b",
    re.IGNORECASE,
)


def is_cross(words: str) -> bool:
    """Cross with oneself or the work, and nothing beyond that: what is worth a teacher's care never passes for it."""
    words = words[:CHARS_MAX]
    rest = _CROSS.sub(" ", words)
    return rest != words and not DANGER.search(words) and not GRAVE.search(words) and not SAFEGUARDING.search(rest)


def is_at_work(words: str) -> bool:
    """Whether they are about a program that will not do as it should."""
    return bool(_AT_WORK.search(words))


CHARS_MAX = 20_000
"""What is read for danger, of a message that is an essay; the end of it may be what it was written for."""
_EVERYDAY_CHARS_MAX = 400


def _readings(words: str) -> list[str]:
    """The words as they stand, with their disguise off, and in plain English."""
    return list(dict.fromkeys([*openly(words), in_plain_english(words)]))


def is_danger(words: str) -> bool:
    """Whether the words alone, in a language that we know, say that somebody may be in danger."""
    words = words[:CHARS_MAX]
    played = is_play(words)
    return any(DANGER.search(_PLAY.sub(" ", one) if played else one) for one in _readings(words)) or is_danger_abroad(
        words
    )


def is_play(words: str) -> bool:
    """Whether somebody is hit or killed, and it is a game."""
    return bool(_PLAYED.search(words) and _PLAY.search(words))


def is_grave(words: str) -> bool:
    """Whether the words say something that a teacher should know, danger apart."""
    words = words[:CHARS_MAX]
    return any(SAFEGUARDING.search(one) for one in (words, in_plain_english(words)))


def is_everyday(words: str) -> bool:
    """Stress before an exam, a bad night, too much homework: worth a kind word, and nobody's alarm."""
    if len(words) > _EVERYDAY_CHARS_MAX:
        return False
    plain = in_plain_english(words)
    rest = _EVERYDAY.sub(" ", plain)
    return (
        rest != plain
        and not GRAVE.search(rest)
        and not is_grave(rest)
        and not is_danger(words)
        and not _CROSS.search(plain)
    )


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
