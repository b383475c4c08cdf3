"""Tells what a message means that leans on the conversation: "why?", "another one", "B", "is it 3x then?"."""

import re
from collections.abc import Sequence

from agents._evidence import LETTERS, stem, step
from agents.turn import Asked, AskState, Desk, PlannedStep
from core.errors import CourseUnavailable
from core.ports import Course, Topic
from tools.mark_quiz import Given

WORDS_MAX = 16
"""A longer message says by itself what it is about."""
LABEL_SHARED = 0.75
"""The share of an option's words that an answer in words has to hold."""


def _p(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_YES = _p(
    r"^\W*(?:yes|yeah|yea|yep|yup|sure|please|absolutely|of course|definitely|go ahead|do it|sounds good|i(?:'d| would) (?:like|love) (?:that|to)|(?:ok(?:ay)?|yes|alright|all right)?\W*let'?s (?:do|try|begin|start|go)(?: (?:it|that|this|with (?:it|that)))?)"
    r"(?:\W+(?:please|thanks?|thank you|let'?s do (?:it|that|this)|sounds good|do (?:it|that)|go ahead|go on|give me one|i(?:'d| would) (?:like|love) (?:that|to)))*\W*$"
)
_HINT = _p(
    r"\b(?:(?:next|another|one more|second|third|last)\s+)?(?:hints?|clues?)\b|\bwhat (?:exactly )?(?:do|should|must|can|could|would|shall) i (?:do|change|fix|try|write|put|look at|check|read|think (?:of|about)|need to \w+|have to \w+)\b"
    r"|\bhow (?:do|can|should|would|could) i (?:fix|change|solve|do|correct|repair|start|begin|go on)\b|\bwhere (?:do|should|must|shall|would) i (?:put|move|change|write|start|begin|place|add)\b"
    r"|\b(?:how|where) to (?:even )?(?:start|begin)\b|\b(?:now what|what now|and now|what next)\b|\b(?:i'?m |im |i am )?(?:still |so |completely |totally )?stuck\b|\bhelp(?: me)?\b|\bwhich line\b|\bwhere (?:do|should|can|must|shall) i look\b"
    r"|\b(?:(?:it|that|this)(?:'s| is)? )?still (?:(?:does|do|is|it'?s|its) ?n[o']?t|doesnt|not|won'?t|wrong|the same|broken|fails?|failing)(?: (?:work\w*|right|correct|pass\w*))?|\b(?:that|it|this) (?:doesn'?t|didn'?t|does not|did not) (?:help|work)\b"
)
_ASKS_FOR_HINT = _p(
    r"\b(?:hints?|clues?)\b(?=\W*(?:please|pls|thanks)?\W*$)|\b(?:another|next|one more|give me|have|get|need|want) (?:an?|the|some|another)?\s*(?:next |more |little |small )*(?:hint|clue)s?\b"
)
_NO_HINTS = _p(
    r"\b(?:no|not|don'?t|without|stop|enough|instead of) (?:\w+ ){0,3}(?:hints?|clues?)\b(?! (?:yet|so far))"
)
"""Presses for more than a hint."""
_EXAMPLE = _p(
    r"\b(?:another|more|other|one more|a different|different|new|an?|some|few)?\s*(?:worked |code |real |simple |easier )*examples?\b"
)
_ANOTHER = _p(
    r"\b(?:another|different|new|next|similar|easier|harder|simpler|other|one more|more|tougher|trickier)(?: (?:similar|different|easier|harder|simpler|easy|hard|new))?(?: (?:one|ones|questions?|exercises?|tasks?|problems?))\b"
    r"|\b(?:similar|easier|harder) one\b|\b(?:one|something) (?:easier|harder|simpler|else|similar|different)\b|(?:^|[.!,;]\s*)\W*(?:another|next|one more|harder|easier)(?: one)?(?: (?:please|pls|plz))?\W*$|\b(?:don'?t|do not) (?:want|like|wanna)(?: to)?(?: do)? (?:this|that|it)(?: one| exercise| task)?(?: any ?more)?\W*$|\b(?:make|give|do) (?:it|this|that|them)\b.{0,20}\b(?:harder|easier|trickier|tougher|simpler)\b|\btoo (?:easy|simple)\b|\bto try\b|\bskip (?:it|this|that)\b"
)
_CONFUSED = _p(
    r"\b(?:don'?t|do not|dont|didn'?t|didnt|did not|can'?t|cannot|cant|never|not) (?:really |quite |fully |still |even |ever |going to |gonna )*(?:get|understand|understood|see|follow|grasp|know)\b|\b(?:\w+ )?confus\w+|\bmakes? no sense\b|\b(?:doesn'?t|does not|doesnt) make (?:any )?sense\b"
    r"|\b(?:i'?m |im |i am )?(?:so |totally |completely |still )?lost\b|\b(?:huh|idk|dunno|no idea|no clue|pardon|come again|wdym)\b|^\W*(?:what|sorry|eh|hm+)?\W*\?+\W*$|\bnot sure\b|\bwhat do you mean\b|\bwhat does (?:that|this|it) mean\b|\bnot clear\b|\bunclear\b|\btoo (?:hard|difficult|fast|complicated|long)\b"
)
_AGAIN = _p(
    r"\b(?:again|simpler|differently|easier|slower|slowly|rephrase|eli5|shorter|simply)\b|\b(?:different|another|other|simpler|easier) (?:way|words)\b|\bsimple (?:words|terms|way)\b|\bplain (?:english|words)\b|\blike i'?m (?:five|5)\b|\bstep by step\b"
)
_WHY = _p(
    r"\bwhy\b|\bhow come\b|\bwhat for\b|\bhow do you know\b|\bare you sure\b|\bis (?:that|this|it) (?:really )?true\b"
)
_MORE = _p(
    r"\b(?:more(?: (?:points?|tips?|suggestions?))?(?: about (?:it|that|this))?|(?:any(?:thing)? |what )?else|other (?:points?|tips?|suggestions?)|second look|the rest|go on|continue|carry on|elaborate|(?:in )?(?:more )?details?|deeper|further|and then|keep going)\b"
)
_EXPLAIN = _p(r"\b(?:explain|explanation|tell me)\b")
_EXERCISE = _p(r"\b(?:exercises?|practi[cs]e|quiz|(?:test|ask) me|questions? (?:on|about) (?:it|that|this))\b")
_QUIZ = _p(r"\bquiz\b|\b(?:test|ask) me\b")
_CUES = (
    ("example", _EXAMPLE), ("another", _ANOTHER), ("hint", _HINT), ("simpler", _CONFUSED), ("simpler", _AGAIN), ("why", _WHY), ("more", _MORE),
    ("topic", _EXPLAIN), ("another", _EXERCISE),
)  # fmt: skip
_LITTLE_WORDS = (
    "a an the and but so or then now ok okay well oh hm hmm um uh please pls plz i im i'm ive i've id i'd me my mine you your we us it its it's this that"
    " that's thats these those they them there here is are was were be been am do does did doing done don't dont didn't have has had having can can't cant could would should shall will won't"
    " to yet look looking of in on at for with as by from if not no yes just still really quite very also too again more one ones some any much thing things stuff bit little part way what whats"
    " what's why how when where which who get got gets understand see follow know need want wanna like make makes sense explain show tell give say said mean means work works working try"
    " matter matters important thanks thank sorry hi hello hey line about up out over all even maybe think bro man yeah right answer one's let lets let's go change fix"
)
LITTLE = frozenset(_LITTLE_WORDS.split())
"""Words that every conversation is full of."""
_CLAIM_LEAD = _p(
    r"^\W*(?:(?:so|and|then|ok|okay|wait|but|hm+|well|now)\b[,\s]*)*(?:(?:is|isn'?t|would|wouldn'?t|could|should|does|shouldn'?t)\s+(?:it|that|this|the answer)\b(?:\s+(?:be|not be|equal|come to|just|then))*|i (?:get|got|have|think|thought|make it|found|make)\b(?:\s+(?:it'?s|it is|that it'?s|the answer is|that))?|it(?:'?s| is)(?: not| just)?|(?:my|the) (?:answer|result)(?: is| was)?\s*:?|is|=)\s*"
)
_CLAIM_TAIL = _p(
    r"[\s,.;]*(?:(?:and |so )?(?:is|are) (?:that|this|it|they|those) (?:ok(?:ay)?|right|correct|true|good|it|(?:all |both )?(?:the )?same(?: thing)?)|(?:(?:the )?same(?: thing)?)|am i right|(?:is )?(?:right|correct|true|the (?:right |correct )?answer)|then|instead|though|too|yes|no)?[\s?.!]*$"
)
_ASKS_RIGHT = _p(
    r"\b(?:right|correct|true|ok(?:ay)?)\b|\?\s*$|^\W*(?:so\s+)?(?:i (?:get|got|have|think|make)|it'?s|is it|my answer)\b"
)
_FORMULA = _p(r"\d|[a-z]\s*[=^+*/]|\b(?:sin|cos|tan|ln|log|sqrt|pi|e)\b|\\")
_BETTER = _p(
    r"^\W*(?:(?:ok|okay|so|and|well|now|here)\b[,\s]*)*(?:like (?:this|that|so)|(?:is|does) (?:this|that|it) (?:ok(?:ay)?|right|better|correct|good|work|it)|better|how about (?:this|now)|what about (?:this|now)|now|i (?:changed|fixed|tried|did|moved) (?:it|that|this|again)|(?:is )?this|still\b.*|it still\b.*)"
    r"(?:\s+(?:now|then|better|right|correct|ok|instead|too|to this))*\W*$"
)

_ON_PROGRAM = dict.fromkeys(("hint", "simpler", "why", "more"), ("debugging", "debugging"))
_ON_IDEA = dict.fromkeys(("hint", "simpler", "why", "more", "example", "topic"), ("explanation", "concept"))
_AFTER: dict[str, dict[str, tuple[str, str]]] = {
    "explanation": _ON_IDEA,
    "quiz": _ON_IDEA,
    "progress_report": dict.fromkeys(("topic", "more", "simpler"), ("explanation", "concept")),
    "debugging": _ON_PROGRAM,
    "grading": _ON_PROGRAM,
    "review": {"hint": ("debugging", "debugging"), **dict.fromkeys(("simpler", "why", "more"), ("review", "review"))},
    "exercise": _ON_PROGRAM,
    "maths": dict.fromkeys(("hint", "simpler", "why", "more", "example"), ("explanation", "maths")),
}


def follow_up(words: str, ask: AskState, desk: Desk) -> PlannedStep | None:
    """The step that the words ask for in this conversation; None when they say by themselves what they want."""
    if ask["intent"] or ask["submission"] or not desk.get("last") or len(words.split()) > WORDS_MAX:
        return None
    if _NO_HINTS.search(words):
        return None
    if ask["code"] or ask["error"]:
        return _changed_program(words, desk)
    if (asked := desk.get("asked")) and given_answer(words, asked) is not None:
        return step("quiz", "submission", words, "answer")
    if (offer := desk.get("offer")) and _YES.match(words):
        return offer
    return _on_what_lies_there(words, desk) or _leaning(words, desk)


def _on_what_lies_there(words: str, desk: Desk) -> PlannedStep | None:
    """About the review, the exercise, the mathematics or the program on the desk."""
    if desk["last"] == "review" and which_point(words) is not None:
        return step("review", "review", words, "point")
    if desk.get("exercise") and _ASKS_FOR_HINT.search(words):
        return step("debugging", "debugging", words, "hint")
    if desk.get("result") and desk["last"] == "maths" and on_result(words, desk):
        return step("maths", "maths", words, "result")
    if desk["last"] == "maths" and (wanted := on_another(words, desk)):
        return step("maths", "maths", wanted, "instead")
    if str(desk.get("topic") or "").startswith("maths") and _ASKS_RIGHT.search(words) and (answer := claimed(words)):
        if desk.get("exercise"):
            return step("grading", "submission", answer, "claim")
        if desk.get("task"):
            return step("maths", "maths", answer, "claim")
    if desk["last"] in ("grading", "debugging") and desk.get("program") and _ASKS_OK.match(words):
        marked = bool(desk.get("exercise")) and desk["last"] == "grading"
        return step("grading", "submission", words) if marked else step("debugging", "debugging", words, "why")
    if desk["last"] == "debugging" and _ONE_MORE.match(words):
        return step("debugging", "debugging", words, "hint")
    if desk["last"] == "debugging" and (_SUGGESTS.match(words) or (desk.get("program") and _GUESSES.match(words))):
        return step("debugging", "debugging", words, "try")
    return None


_ASKS_OK = _p(
    r"^\W*(?:(?:so|and|but|ok(?:ay)?|well|then)\b[,\s]*)*(?:(?:is|was|does|did) )?(?:it|that|this|mine|my \w+) (?:now )?(?:ok(?:ay)?|right|correct|good|fine|work(?:s|ing)?|pass(?:es)?|all right)(?: (?:now|then|or not|yet))?\W*\?\W*$|^\W*(?:(?:so|and|but|ok(?:ay)?)\b[,\s]*)*(?:is|was|does|did) (?:it|that|this|mine|my \w+) (?:now )?(?:ok(?:ay)?|right|correct|good|fine|work(?:s|ing)?|pass(?:es)?|all right)(?: (?:now|then|or not|yet))?\W*$"
)
_SUGGESTS = _p(
    r"^\W*(?:(?:so|oh|ah|then|like|maybe|ok(?:ay)?|do i|should (?:i|it|that)(?: be)?|it should be|must i|i (?:should|need to|have to)|what about|how about|what if i|is it|use|do|write|put|add|just|try)\s+)*`?[a-z_][\w.]*\([^()]*\)`?(?:\s+(?:instead|then|there|here|(?:in|on|at) line \d+))*\W*$"
)
"""A piece of code as a suggestion: "so int(x)?"."""
_ONE_MORE = _p(
    r"^\W*(?:(?:ok(?:ay)?|and|just|can i (?:have|get)|give me)\b[,\s]*)*(?:one more|another(?: one)?|next(?: one)?|more)(?: please| pls)?\W*$"
)
_GUESSES = _p(
    r"^(?=(?:\S+\s+){1,11}\S+\s*$)\W*(?:(?:so|oh|and|but|maybe|ok(?:ay)?)\b[,\s]*)*(?:is (?:it|that) (?:because|the|my)\b|is (?:the|my) \w+(?: \w+)? (?:wrong|in the wrong|the problem|missing|too)\b|what if i\b|could it be\b|maybe it'?s the\b|do i (?:need|have) to\b|should i (?:change|move|put|use|write|add|remove)\b)"
)
"""A guess at what is wrong, or at what would mend it."""


_DO = _p(
    r"\b(?P<verb>differentiat\w+|deriv\w+|integrat\w+|expand\w*|multipl\w+ out|factori[sz]\w+|simplif\w+|solv\w+|sketch\w*|plot\w*|draw\w*|graph)\b(?P<rest>.*?\b(?:it|that|this|again|back|the (?:answer|result|derivative|integral|expression)))\b"
)
_AT = _p(
    r"\b(?:at|when|if|for|with|where|in|put|try|about)\s+(?:we (?:put|use|have)\s+)?(?P<at>[a-z]\s*(?:=|is|equals)\s*-?[\d./]+)(?![\w(^])"
)
_VERBS = {
    "diff": "differentiate", "deri": "differentiate", "inte": "integrate", "expa": "expand", "mult": "expand", "fact": "factorise",
    "simp": "simplify", "solv": "solve", "sket": "sketch", "plot": "sketch", "draw": "sketch", "grap": "sketch",
}  # fmt: skip
_GRADIENT = _p(r"\b(?:gradient|slope|rate of change|steep\w*)\b")


def holds_value(words: str) -> bool:
    """Whether the words ask for a value at a point."""
    return bool(_AT.search(words))


def on_result(words: str, desk: Desk) -> str:
    """The task that the words ask for on what came out last ("integrate that back", "and at x = 1?"); empty when they
    name something of their own or nothing to do."""
    result, worked = desk.get("result", ""), desk.get("task", "")
    if (found := _AT.search(words)) and not _FORMULA.search(_AT.sub(" ", words)) and not re.search("[<>=]", result):
        at = re.sub(r"\s*(?:is|equals)\s*", " = ", found["at"])
        wants = _GRADIENT.search(words) and not _DERIVED.search(worked)
        return f"gradient of {result} at {at}" if wants else f"evaluate {result} at {at}"
    if (found := _DO.search(words)) and not _FORMULA.search(words):
        verb = _VERBS[found["verb"][:4].casefold()]
        if "=" not in result:
            return f"{verb} {result}" + (" = 0" if verb == "solve" else "")
        whole = re.sub(r"^\W*\w+\s+", "", worked) if worked[:1].isalpha() and " " in worked else worked
        return f"{verb} {re.sub(r'= *0$', '', whole)}" if verb in ("sketch", "expand", "factorise") else ""
    return ""


_INSTEAD = _p(
    r"^\W*(?:(?:ok(?:ay)?|so|and|but|now)\b[,\s]*)*(?:and|(?:what|how) about|what if (?:it|that|this)(?:'s| is| was| were)|(?:the )?same (?:for|with)|now|try|do)\s+(?P<other>[^?]+?)(?: instead)?\W*$"
)
_TASK_LEAD = _p(
    r"^.*?\b(?:differentiate|integrate|expand|factori[sz]e|simplify|sketch|derivative of|gradient of|integral of|graph of)\b"
)


_SOLVED = _p(r"^\W*solve\b[^=]*=")
_OTHER_EQUATION = _p(r"^\W*(?:(?:ok(?:ay)?|so|and|but|now)\b[,\s]*)*(?:what (?:about|if)|how about|and|if|try|same (?:for|with)|it'?s|its|it is|now|do|then|what if)\b(?:\W*\b(?:if|it'?s|it is|its|it was|that'?s|for|with)\b)*\s+(?P<other>(?!.*\b(?:i|get|got)\b)[^?=]*[a-z0-9)][^?=]*=[^?=]+?)\W*$")  # fmt: skip


def on_another(words: str, desk: Desk) -> str:
    """The last task on another expression ("what about x e^x?"); empty when the words hold none, or a task of their own."""
    if (equation := _OTHER_EQUATION.match(words)) and _SOLVED.match(desk.get("task", "")):
        return "" if any(_LONG.match(word) for word in own_words(equation["other"])) else f"solve {equation['other']}"
    found, lead = _INSTEAD.match(words), _TASK_LEAD.match(desk.get("task", ""))
    if found is None or lead is None or _DO_ALONE.search(words) or not _FORMULA.search(found["other"]):
        return ""
    own = [
        w
        for w in own_words(re.sub(r"\b(?:sin|cos|tan|log|sqrt|times|over|squared|cubed)\b", "", found["other"]))
        if _LONG.match(w)
    ]
    return "" if own or "=" in found["other"] else f"{lead[0]} {found['other']}"


_DO_ALONE = _p(r"\b(?:differentiat|deriv|integrat|expand|factori[sz]|simplif|solv|sketch|plot|draw|gradient|area)\w*")
_DERIVED = _p(r"\b(?:differentiat\w+|derivative|gradient|d[yf]/dx)\b")
_POINT = _p(
    r"\b(?:(first|second|third|last|1st|2nd|3rd)(?: (?:one|point|suggestion|tip|thing|change|idea))?|(?:point|number|suggestion|tip|no\.?|#) ?(one|two|three|[1-6]))\b"
)
_PLACES = {"one": 0, "two": 1, "three": 2, "first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "last": 2}


def which_point(words: str) -> int | None:
    """Which of a review's points is meant, counted from 0."""
    found = _POINT.search(words)
    if found is None:
        return None
    name = (found[1] or found[2]).casefold()
    return int(name) - 1 if name.isdigit() else _PLACES[name]


def _changed_program(words: str, desk: Desk) -> PlannedStep | None:
    """ "Like this?" with a new program, when what is on the desk is the student's own and no exercise."""
    if desk.get("exercise") or desk["last"] not in ("debugging", "review"):
        return None
    if words.strip() and not _BETTER.match(words):
        return None
    return step(desk["last"], desk["last"], words, "changed")


def _leaning(words: str, desk: Desk) -> PlannedStep | None:
    for how, cue in _CUES:
        if cue.search(words) and not own_words(cue.sub(" ", words)):
            return _meant(how, words, desk)
    return None


def _meant(how: str, words: str, desk: Desk) -> PlannedStep | None:
    if how == "another" and (_QUIZ.search(words) or (desk["last"] == "quiz" and not _EXERCISE.search(words))):
        return step("quiz", "exercise", words, "ask")
    if how == "another":
        return step("exercise", "exercise", f"{words} another", "another")
    if how == "example" and desk["last"] != "maths" and desk.get("topic"):
        return step("explanation", "concept", desk.get("said", words), "example")
    agent, intent = _AFTER.get(desk["last"], {}).get(how, ("", ""))
    if not agent:
        return None
    focus = desk.get("said", words) if agent == "explanation" else words
    return step(agent, intent, focus, how)


TOPIC_WORDS_MAX = 5


def named_topic(words: str, course: Course) -> Topic | None:
    """The topic whose title the words are, but for little words ("ok lists"); None when they say more or less."""
    own = {stem(word) for word in own_words(words)}
    if not own or len(words.split()) > TOPIC_WORDS_MAX:
        return None
    try:
        topics = course.list_topics()
    except CourseUnavailable:
        return None
    titles = {topic.id: {stem(word) for word in own_words(topic.title)} for topic in topics}
    return next((topic for topic in topics if titles[topic.id] == own), None)


def own_words(words: str) -> list[str]:
    """Words that name something: what is left without the little ones that every conversation is full of."""
    return [word for word in re.findall(r"[^\W_]+(?:'[a-z]+)?", words.casefold()) if word not in LITTLE]


_LETTER = _p(
    r"^\W*(?:(?:i (?:think|guess|choose|pick|say|would say|would choose|believe)|i'?d (?:say|go (?:for|with))|it'?s|it is|is it|maybe|probably|the answer is|my answer is|answer|option|so)\b[\s:,]*)*(?:the (?:answer|option)\s+)?\(?([a-f])\)?(?:\s+(?:i think|i guess|maybe|please|is (?:right|correct|it)))?\W*$"
)


_ORDINAL = _p(
    r"^\W*(?:\w+\s+){0,4}?(?:the\s+)?(first|second|third|fourth|fifth|last|1st|2nd|3rd|4th)(?:\s+(?:one|option|answer|choice))?(?:\s+(?:i think|i guess|maybe))?\W*$"
)
_ORDINALS = {
    "first": 0,
    "1st": 0,
    "second": 1,
    "2nd": 1,
    "third": 2,
    "3rd": 2,
    "fourth": 3,
    "4th": 3,
    "fifth": 4,
    "last": -1,
}


def given_answer(words: str, asked: Asked) -> Given | None:
    """What the words answer to the question that waits: places in its options, or what was typed; None when they are no
    answer to it."""
    match asked.get("kind", "single"):
        case "multiple":
            return _letters(words, len(asked["options"])) or None
        case "ordering":
            order = _letters(words, len(asked["options"]))
            return order if len(set(order)) == len(order) == len(asked["options"]) else None
        case "numeric":
            return words if len(words.split()) <= 8 and _TYPED_NUMBER.match(words) else None
        case "text":
            typed = _ANSWER_LEAD.sub("", words).strip()
            leans = any(cue.search(words) for _, cue in _CUES) or _YES.match(words) or _COURTESY.search(words)
            return typed if typed and "?" not in typed and len(typed.split()) <= TYPED_WORDS_MAX and not leans else None
    chosen = chosen_option(words, asked["options"])
    return None if chosen is None else [chosen]


_COURTESY = _p(r"\b(?:thanks?|thank you|thx|ty|cheers|sorry|hello|hi|hey|bye|goodbye|please)\b")
TYPED_WORDS_MAX = 6
_ANSWER_LEAD = _p(
    r"^\W*(?:(?:i (?:think|guess|believe|would say)|maybe|probably|so|is it|it'?s|it is|that'?s|(?:the|my) answer is|answer:?)\b[\s:,]*)+"
)
_TYPED_NUMBER = _p(
    r"^\W*(?:(?:i (?:think|guess|get|got)|maybe|so|is it|it'?s|it is|(?:the|my) answer is|answer:?|[a-z]\s*=|about|≈)\s*)*[-+−]?[\d.][\d.,/ e+-]*\s*[%\w°]{0,6}\W*$"
)
_LETTER_LIST = _p(
    r"^\W*(?:(?:i (?:think|guess|choose|pick)|it'?s|maybe|the answers? (?:is|are)|answers?|first|both|all of)\b[\s:,]*)*((?:\(?[a-j]\)?(?:\s*(?:,|and|then|&|->|>|;|/|\s)\s*)*)+)\W*$"
)


def _letters(words: str, count: int) -> list[int]:
    """The places that a list of letters names ("A and C", "b, a, c", "CAB"); empty when the words are no such list."""
    found = _LETTER_LIST.match(words)
    if found is None:
        return []
    bare = re.sub(r"\b(?:and|then)\b", " ", found[1], flags=re.IGNORECASE)
    places = [LETTERS.index(letter) for letter in re.findall(r"[A-J]", bare.upper())]
    return places if all(place < count for place in places) else []


def chosen_option(words: str, options: Sequence[str]) -> int | None:
    """Which option the words choose, by its letter, its place or by what it says; None when they do not, or fit more
    than one."""
    if (found := _LETTER.match(words)) and (at := LETTERS.index(found.group(1).upper())) < len(options):
        return at
    if (found := _ORDINAL.match(words)) and (at := _ORDINALS[found.group(1).casefold()]) < len(options):
        return at % len(options)
    said = _plain(words)
    if said in (labels := [_plain(option) for option in options]):
        return labels.index(said) if labels.count(said) == 1 else None
    if "?" in words or len(said.split()) < 2:
        return None
    shared = [_shared(label, said) for label in labels]
    best = max(shared, default=0.0)
    return shared.index(best) if best >= LABEL_SHARED and shared.count(best) == 1 else None


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+|[-+*/=<>]", text.casefold()))


def _shared(label: str, said: str) -> float:
    """A formula has to be said as it is: another one that holds its signs is another one."""
    if not _LONG.search(label):
        return float(f" {label} " in f" {said} " and not own_words(f" {said} ".replace(f" {label} ", " ")))
    own = set(label.split())
    return len(own & set(said.split())) / len(own) if len(own) > 1 else 0.0


_LONG = _p(r"[a-z]{3}")


def claimed(words: str) -> str:
    """The expression that the words claim to be the answer ("is 2x cos x right?" → "2x cos x"); empty when there is none."""
    answer = _CLAIM_TAIL.sub("", _CLAIM_LEAD.sub("", words, count=1)).strip(" ?.,")
    if (
        not answer
        or not _FORMULA.search(answer)
        or len([w for w in own_words(re.sub(r"\b(?:sin|cos|tan|log|sqrt)\b", "", answer)) if _LONG.match(w)]) > 4
    ):
        return ""
    return answer
