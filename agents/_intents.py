"""Tells what a message wants: patterns over words, program and error, weighed together with n-grams and an embedding.

The weights were fitted by scripts/fit_triage.py to examples of our own (scripts/triage_examples.tsv).
"""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from agents._grams import SIZE as GRAMS
from agents._grams import grams

LABELS = (
    "concept", "debugging", "review", "exercise", "submission", "maths", "progress", "course", "account", "teacher",
    "social", "off_topic", "distress", "danger", "answer_seeking", "injection",
)  # fmt: skip
_WEIGHTS = Path(__file__).parent / "prompts" / "triage.weights.v2.json"

_MATHS_WORDS = (
    r"algebra\w*|equations?|quadratic\w*|polynomial\w*|factori[sz]\w*|expand(?:ing)?|simplif\w+|inequalit\w+|differentiat\w*|derivativ\w*|integra\w+|calculus"
    r"|limits?|logs?|logarithm\w*|ln|exponential\w*|indices|surds?|fractions?|decimals?|percent\w*|ratios?|trig\w*|sine?|cosine?|cos|sin|tan|radians?|degrees?"
    r"|angles?|triangles?|circles?|pythagoras\w*|vectors?|matri\w+|determinants?|eigen\w+|complex numbers?|probabilit\w+|statistic\w*|variance|standard deviation"
    r"|binomial\w*|permutations?|combinations?|sequences?|series|arithmetic progression|geometric progression|gradients?|slopes?|tangents?|asymptotes?|parabola\w*"
    r"|roots?|discriminant|completing the square|complete the square|chain rule|product rule|quotient rule|dy/dx|graphs? of|coordinates?|simultaneous|proof|prove"
    r"|theorem|modulus|domain and range|inverse functions?|conic|ellipse|hyperbola|polar|cartesian|velocity|acceleration|area under|volume of|perimeter|divid\w+ by zero|pi"
)
_PYTHON_WORDS = (
    r"python|code|coding|program\w*|scripts?|loops?|for loop|while|if statements?|functions?|def|return|variables?|lists?|dict\w*|tuples?|sets?|strings?|ints?|floats?"
    r"|booleans?|bools?|class\w*|objects?|methods?|inherit\w*|recurs\w+|import\w*|modules?|packages?|files?|try|except\w*|errors?|exceptions?|syntax|indent\w*|print\w*|input"
    r"|range|enumerate|zip|len|sorted|append|extend|strip|f-?strings?|str|bool|elif|dataclass\w*|numpy|lambda|decorators?|generators?|iterat\w+|comprehension\w*|slic\w+|index\w*|arguments?|parameters?|scope|global|self|debug\w*|pip|json|csv|regex|pandas|numpy|algorithm\w*|operators?"
)


def _p(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


PATTERNS: Mapping[str, re.Pattern[str]] = {
    "maths_word": _p(rf"\b(?:{_MATHS_WORDS})\b"),
    "python_word": _p(rf"\b(?:{_PYTHON_WORDS})\b"),
    "python_sign": re.compile(
        r"==|!=|\+=|-=|\*\*|(?<!:)//|\[:|\[-?\d\]|\{\}|\[\]|\w\(\)|(?<=\s)%(?=\s+(?:in|do|mean|operator))|\b__\w+__\b|\bf['\"]"
    ),
    "ways": _p(
        r"\bhow many (?:different |possible )?(?:ways|arrangements|outcomes|combinations|codes|orders)\b|\bin how many ways\b"
    ),
    "formula": _p(
        r"\$[^$]+\$|\\frac|\\sqrt|\\begin|\w\s*\^\s*[\w({]|\b\d+[a-z]\b|\b[a-z]\s*=\s*-?\d|\b[xy]\s*[-+*/]\s*\d|√|∫|π|²|³|\bd[yx]/d[xt]\b|\b(?:sin|cos|tan|ln|log)\s*\(?\s*\d*[a-zθ]\b"
    ),
    "equation": _p(r"[\w)\]}²³]\s*=\s*-?[\d\w(\\√]"),
    "only_formula": _p(
        r"^(?:(?:answer|ans)\s*[:=]\s*)?(?=[^\n]*[\d=^\\])(?:[\s\d+\-*/^=().,$\\{}<>≤≥√π±|]|\b[a-z]\b|\b(?:or|and|dy|dx|sin|cos|tan|ln|log|sqrt|frac|pi)\b)+$"
    ),
    "what_is": _p(r"\b(?:what(?:'?s| is| are| does| do)|wh?ut(?:s| is)?|define|meaning of|mean(?:s|ing)?)\b"),
    "how_do": _p(r"\bhow (?:do|does|can|could|would|should|to|come)\b"),
    "why": _p(r"\bwhy\b"),
    "explain": _p(
        r"\b(?:explain|explanation|go over|tell me about|teach me|describe|walk me through|help me understand|introduc\w+ to)\b"
    ),
    "not_understand": _p(
        r"\b(?:don'?t|do not|dont|didn'?t|can'?t|cannot|cant|never|not) (?:really |quite |fully )?(?:get|understand|see|follow|grasp)\b|confus\w+|makes? no sense"
    ),
    "difference": _p(r"\bdifferen(?:ce|t)\b|\b(?:versus|vs\.?)\b|\bbetter than\b|\binstead of\b"),
    "is_there": _p(r"^\W*(?:is|are|does|do|can) (?:there|python|a |the |i |you |we |lists?|sets?|strings?)"),
    "error_name": _p(
        r"\b\w*(?:Error|Exception|Traceback)\b|\btraceback\b|\bstack ?trace\b|\b(?:index )?out of range\b|\bis not (?:defined|iterable|callable|subscriptable)\b|\bhas no attribute\b|\binvalid syntax\b|\bunsupported operand|\bdivision by zero\b|\bpositional arguments?\b|\bunexpected (?:indent|eof)\b"
    ),
    "error_word": _p(r"\b(?:errors?|crash\w*|exception|throws?|bugs?|broken|breaks?|fails?|failing)\b"),
    "wrong_output": _p(
        r"\b(?:wrong|incorrect|unexpected|weird|strange) (?:answer|output|result|value|number|thing)\b|\b(?:prints?|gives?|outputs?|returns?|shows?|says?)\b.*\b(?:instead|but|not|only|wrong|nothing|none|twice|zero)\b|\bshould (?:be|print|give|return|have)\b|\bexpect\w*\b"
    ),
    "not_work": _p(
        r"\b(?:does(?:n'?t| not)|do(?:n'?t| not)|wo(?:n'?t| not)|is(?:n'?t| not)|not|never|isnt|doesnt|wont) (?:even )?(?:work\w*|run\w*|stop\w*|end\w*|print\w*|true|start\w*|do anything|change\w*|updat\w*)\b|\bnever (?:stops?|ends?|true|runs?|gets?)\b|\bstuck in\b|\binfinite\b|\bhangs?\b|\bfreez\w+"
    ),
    "my_program": _p(
        r"\bmy (?:code|program|script|loop|function|class|list|if|while|for|dict\w*|output|variable|method|solution|recursion|game|calculator)\b|\bthis (?:code|program|script|loop|function|line|snippet)\b"
    ),
    "fix": _p(
        r"\b(?:fix|debug|what'?s wrong|what is wrong|whats wrong|where'?s (?:my|the) (?:mistake|bug|error)|find (?:my|the) (?:bug|mistake|error|problem)|spot the)\b"
    ),
    "help_me": _p(r"\bhelp\b|\bstuck\b|\bhint\b|\bhow (?:do|to) (?:i )?(?:even )?(?:start|begin)\b"),
    "hint": _p(r"\b(?:hint|clue|nudge|tip)\b"),
    "review": _p(
        r"\b(?:review|rate|critique|feedback|opinion|look over|look at my|clean(?:er)?|refactor\w*|improv\w+|readab\w+|elegant|pythonic|style|ugly|nicer|neater|tidy|best practice|professional|quality|roast|shorter|efficient|better way|good way|too long|naming|variable names|comments)\b"
    ),
    "it_works": _p(
        r"\b(?:it |this |code |program )?(?:works|passes|runs fine|is working|does the job)\b|\btests? (?:are )?(?:green|pass\w*)\b"
    ),
    "would_you": _p(
        r"\b(?:would you|should i (?:use|write|split)|is it (?:ok|okay|good|bad|fine) to|could this be|any (?:suggestions|tips|thoughts)|thoughts\?)\b"
    ),
    "exercise_word": _p(
        r"\b(?:exercises?|practi[cs]e|problems?|questions?|challenge\w*|quiz\w*|drills?|worksheet|tasks?|katas?|puzzles?|homework)\b"
    ),
    "give_me": _p(
        r"\b(?:give|set|got|get|show|send|make|generate|create|write|find|want|need|have|do|try|some|any|another|more|next)\b(?: me| us| up)?\b.{0,30}\b(?:exercises?|practi[cs]e|problems?|questions?|challenges?|quiz\w*|drills?|tasks?|katas?|puzzles?|something to (?:do|practi[cs]e|solve|try))\b"
    ),
    "test_me": _p(
        r"\b(?:test|quiz|challenge|drill|examine|practi[cs]e) me\b|\btest my(?:self)?\b|\b(?:want|like|need|love|let'?s|lets|time) (?:to|some|more)? ?practi[cs]e?\b"
    ),
    "another": _p(r"\b(?:another|more|next|one more|new|similar|harder|easier)\b"),
    "submit": _p(
        r"\b(?:submi\w+|hand(?:ing)? in|turn(?:ing)? in|here(?:'?s| is| are) my (?:answer|solution|code|program|attempt|working|try)|my (?:answer|solution|attempt|final)|finished|done with|i'?m done|completed|mark (?:it|this|my|me)|grade (?:it|this|my|me)|check (?:it|this|my|me|if))\b"
    ),
    "i_got": _p(
        r"\b(?:i (?:got|get|think it'?s|think the answer is|worked out|make it|end up with|found|have)|my answer|ans(?:wer)?\s*[:=])\b"
    ),
    "is_it_right": _p(
        r"\b(?:is (?:it|that|this) (?:right|correct|ok|okay)|right\?|correct\?|did i (?:get|do) (?:it|this|that) right|am i right)\b"
    ),
    "progress": _p(
        r"\b(?:my progress|progress|how am i doing|how (?:far|well|much|many)\b.*\b(?:have i|am i|did i|i'?ve|do i)|my (?:score|scores|marks?|grades?|level|streak|stats|results|mastery|points)|mastery|weak(?:est|ness\w*)?|strong(?:est)?|strengths?|improv(?:ed|ing)|get(?:ting)? better|am i (?:ready|good|on track|behind|getting|failing)|so far|this week|last week|percent(?:age)?)\b"
    ),
    "still_need": _p(
        r"\b(?:do|did) i (?:still )?(?:need|have) to (?:do|redo|finish|complete)\b|\bhave i (?:done|finished|completed|passed)\b|\bdid i (?:pass|finish|complete|do)\b"
    ),
    "what_next": _p(
        r"\b(?:what(?:'?s| is| should| do| can| would|s)?\b.{0,25}\b(?:next|first|now|learn|study|work on|revise|read|focus|start with)|where (?:do|should|can|to) (?:i )?(?:start|begin|go)|recommend\w*|suggest\w*|which (?:topic|module|lesson|chapter|unit|course)\b.*\b(?:should|next|first|best)|best (?:thing|topic|way|place|order)|order (?:should|of)|plan for|roadmap|resources?|to read)\b"
    ),
    "need_before": _p(
        r"\b(?:need|have|should|must|learn|know|do|finish)\b.{0,40}\b(?:before|first)\b|\bprerequisit\w+|\bskip\b"
    ),
    "bad_at": _p(
        r"\bi(?:'?m| am) (?:really |so |very )?(?:bad|terrible|rubbish|weak|awful|good|not good|struggling) (?:at|with|in)\b"
    ),
    "time_i_have": _p(r"\b(?:\d+|an?|half an) (?:min\w*|hours?|h)\b"),
    "platform": _p(
        r"\b(?:password|log ?in|log ?out|sign ?(?:in|up|out)|account|email|e-mail|username|profile|settings|button|page|website|site|app|browser|screen|loading|load|upload|download|dark mode|timer|join\b.*\bclass|class code|subscription|plan|pay\w*|billing|notification\w*|avatar|language setting|font|editor|video|crashed the page|link|microphone|keyboard shortcut\w*|certificate|refund|delete my)\b"
    ),
    "teacher": _p(r"\b(?:teacher|tutor|instructor|professor|prof|mr|mrs|ms|miss|sir|lecturer|ta)\b"),
    "tell_teacher": _p(
        r"\b(?:tell|message|ask|send|let|inform|contact|email|write to|notify|forward|pass on|remind|call|get|speak|talk|report)\b.{0,30}\b(?:teacher|tutor|instructor|professor|prof|mr|mrs|ms|miss|sir|human|real person)\b|\bextension\b|\b(?:deadline|due date)\b|\bwon'?t (?:finish|be able|make it)\b"
    ),
    "greeting": _p(
        r"^\W*(?:hi+|hello+|hey+|yo+|sup|hiya|good (?:morning|afternoon|evening)|greetings|howdy|hola|hallo|bonjour|ciao)\b[\s\w!,.:)?]{0,20}$"
    ),
    "thanks": _p(r"\b(?:thanks?|thank you|thx|ty|tysm|cheers|appreciate)\b"),
    "ack": _p(
        r"^\W*(?:ok(?:ay)?|k+|yes|yeah|yep|yup|no|nope|nah|sure|fine|cool|nice|great|lol|lmao|haha\w*|hmm+|brb|bye|goodbye|see ya|gtg|wow|alright|right|oh|ah|got it|i see|makes sense|understood|perfect|awesome|good|maybe|idk|same|true|not really|never ?mind|nvm|wait|one sec\w*)\b"
    ),
    "get_it_now": _p(
        r"\b(?:get it|understand|makes sense|got it|clear|worked|works|clicks?) (?:now|finally)\b|\b(?:now|finally|oh) (?:i )?(?:get|understand|see|works?|clicks?)\b|\baha\b"
    ),
    "short": _p(r"^\W*(?:\S+\s*){1,4}$"),
    "how_are_you": _p(
        r"\b(?:how are you|what'?s up|are you (?:a |an )?(?:real|human|robot|bot|ai|there)|who (?:are|made) you|your name|good (?:morning|night|evening)|see you|have a (?:nice|good))\b"
    ),
    "world": _p(
        r"\b(?:world cup|football|soccer|basketball|movie|film|song|sing|music|game of|weather|capital of|president|politic\w*|election|war|recipe|cook\w*|pizza|food|restaurant|poem|joke|story|phone|iphone|samsung|laptop|buy|price|bitcoin|crypto|stocks?|girlfriend|boyfriend|date|dating|cat|dog|pets?|holiday|travel|flight|hotel|news|history of|earth|moon|planet|dinosaur\w*|god|religio\w*|horoscope|netflix|youtube|tiktok|instagram|minecraft|fortnite|roblox|celebrit\w*|essay|biology|chemistry|geography|history|french|spanish|shakespeare|translate|birthday|clothes|diet|workout|doctor|medicine|car|lottery)\b"
    ),
    "low": _p(
        r"\b(?:stupid|dumb|idiot|useless|hopeless|worthless|failure|loser|hate (?:this|myself|my ?life|everything|maths?|python|school|coding)|give up|giving up|cry\w*|depress\w*|anxi\w+|panic\w*|stress\w*|overwhelm\w*|lonely|alone|sad|scared|afraid|worried|tired of|exhausted|can'?t (?:cope|do this|take|sleep|breathe|handle)|never (?:get|be able|understand)|hopeless|ashamed|embarrass\w+|bull(?:y|ied|ying)|nobody|no one)\b"
    ),
    "danger": _p(
        r"\b(?:kill\w*|suicid\w*|die|dead|dying|hurt(?:ing)? (?:myself|me)|self.?harm|end it|better off|without me|disappear|(?:don'?t|do ?n[o']?t|never|no longer) (?:really )?want to (?:be here|live|be alive|exist|wake)|(?:tired|sick) of (?:living|being alive)|no point (?:in )?(?:living|anything)|hits? me|beats? me|hit me)\b"
    ),
    "about_me": _p(r"\b(?:i'?m|i am|i feel|im|i'?ve been|my (?:dad|mum|mom|parents|family|life|friends))\b"),
    "full_answer": _p(
        r"\b(?:(?:show|give|tell|send|want|need|just|reveal|see|paste|print|write|provide|post)\b.{0,30}\b(?:solutions?|answers?|answer key|full (?:code|program|working|solution)|complete (?:code|program|solution|answer)|whole (?:thing|program|code|answer)|working (?:code|version|program)|fixed (?:code|version|program)|correct (?:code|version|answer))|what(?:'?s| is| are) the (?:answers?|solutions?)|solve (?:all|these|it for me|this for me|everything|the whole)|do (?:it|my (?:homework|assignment|coursework|work)|this|the (?:exercise|homework|assignment|whole)) for me|write (?:it|the (?:\w+ )?(?:code|program|function|version|answer|solution)|my|this)(?: \w+){0,2} for me|(?:correct(?:ed)?|fixed|finished|working|right|full) (?:version|code|program)|(?:answer|solution) to (?:exercise|question|task|problem|number|q)|i give up|just (?:the )?answer|finish it for me|answers? (?:for|to) (?:all|the|every))\b"
    ),
    "number_list": _p(r"\b1[).]\s.*\b2[).]\s"),
    "exercise_number": _p(r"\b(?:q|question|exercise|ex|task|problem|number)\s*\d+\b"),
    "question_mark": _p(r"\?"),
    "starts_wh": _p(r"^\W*(?:what|why|how|when|where|which|who|can|could|is|are|does|do|should|whats|hows)\b"),
    "imperative_maths": _p(
        r"\b(?:solve|find|evaluate|calculate|compute|simplify|factori[sz]e|differentiate|integrate|expand|prove|show that|determine|rewrite|express|sketch|convert|rationali[sz]e|work out|write .{0,40} (?:in|as) )\b"
    ),
    "module_topic": _p(r"\b(?:module|unit|chapter|lesson|section|week|topic|lecture) ?\d*\b"),
    "you_are_now": _p(
        r"\b(?:ignore|disregard|forget)\b.{0,30}\b(?:instructions?|rules?|prompts?|above|previous|tests?|everything)\b|\byou are now\b|\bpretend\b|\bact as\b|\bsystem prompt\b|\brepeat (?:everything|the|all)\b|\byour (?:instructions|prompt|rules)\b|\bjailbreak\b|\bDAN\b|<\s*/?\s*(?:system|student_message|admin|assistant)"
    ),
    "story_problem": _p(
        r"\b(?:metres?|meters?|feet|seconds?|hours?|km|miles?|cm|inches|speed|height|launched|travels?|cost|sold|sells?|tank|train|ladder|population|bacteria|interest|invest\w*|half-life)\b.*\d"
    ),
    "my_code_below": _p(r"\b(?:here'?s|heres|here is|this is) (?:what|my|the)\b"),
    "file_env": _p(
        r"\b(?:install|pip|vscode|idle|pycharm|terminal|interpreter|version|executable|binary|standalone|module not|library|source)\b"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What triage sees of a message beside its words."""

    words: str
    has_code: bool = False
    has_error: bool = False
    code_only: bool = False
    broken: bool = False
    open_subject: str = ""


def features(look: Look) -> list[float]:
    """Ones and zeros, then two sizes; the order is that of `feature_names`."""
    words = look.words
    hits = {name: bool(pattern.search(words)) for name, pattern in PATTERNS.items()}
    length = len(words.split())
    found = [float(hit) for hit in hits.values()]
    found += [
        float(look.has_code),
        float(look.has_error),
        float(look.code_only),
        float(look.broken),
        float(look.open_subject == "python"),
        float(look.open_subject == "maths"),
    ]
    found += [
        float(look.has_code and not hits["error_name"]),
        float(hits["formula"] and not hits["question_mark"]),
        float(hits["maths_word"] and not hits["python_word"]),
    ]
    found += [float(length <= 3), min(length, 60) / 60]
    return found


def feature_names() -> list[str]:
    extra = [
        "has_code",
        "has_error",
        "code_only",
        "broken",
        "open_python",
        "open_maths",
        "code_no_error",
        "formula_no_question",
        "maths_not_python",
        "tiny",
        "length",
    ]
    return [*PATTERNS, *extra]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    """A row a label; of the columns the features come first, then the n-grams, then, where it has one, the embedding."""

    bias: npt.NDArray[np.float32]
    rows: npt.NDArray[np.float32]


@cache
def _layers() -> dict[str, _Layer]:
    raw = json.loads(_WEIGHTS.read_text(encoding="utf-8"))
    return {name: _layer(layer) for name, layer in raw.items()}


def _layer(raw: dict[str, Any]) -> _Layer:
    """Weights are kept as signed bytes in base64: five figures would say no more."""
    rows = np.array([np.frombuffer(base64.b64decode(row), dtype=np.int8) for row in raw["rows"]])
    return _Layer(bias=np.array(raw["bias"], dtype=np.float32), rows=rows.astype(np.float32) * np.float32(raw["scale"]))


def probabilities(look: Look, vector: Sequence[float] | None) -> dict[str, float]:
    """How likely each label is; with the message's embedding when there is one of the size the weights know."""
    layers, found = _layers(), grams(look.words)
    seen = np.array(features(look), dtype=np.float32)
    places = np.fromiter(found, dtype=np.intp) + len(seen)
    dense = len(seen) + GRAMS
    layer = layers["words"]
    if vector is not None and len(vector) + dense == layers["both"].rows.shape[1]:
        layer = layers["both"]
    scores = layer.bias + layer.rows[:, : len(seen)] @ seen
    scores += layer.rows[:, places] @ np.fromiter(found.values(), dtype=np.float32)
    if layer.rows.shape[1] > dense:
        scores += layer.rows[:, dense:] @ np.array(vector, dtype=np.float32)
    odds = np.exp(scores - scores.max())
    return dict(zip(LABELS, (odds / odds.sum()).tolist(), strict=True))


# --- flags ---------------------------------------------------------------------------------------------------------

INJECTION = _p(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instructions?|rules?|prompts?|guidelines|above|previous(?! (?:one|message|question|msg|line|task|example|answer|exercise)\b)|tests?|restrictions?|everything|safety)\b"
    r"|\b(?:give|award|put|set|mark)(?: down)? (?:me|us|him|her|them|everyone|everybody|(?:all of )?my (?:whole |entire )?class)\b.{0,30}(?:\b100 ?(?:%|percent|points|marks)|\b(?:full|top) marks?\b|\bas passed\b)"
    r"|\b(?:ai|marker|grader|checker|bot|whoever)\b(?: (?:that|who|which))?(?: (?:marks?|marking|grades?|grading|checks?|checking|reads?|reading))?(?: this| it)?\W+(?:must|has to|should|shall|will) (?:say|give|return|output|pass|accept|mark|answer|count)\b"
    r"|\b(?:turn(?:ed)? off|switch off|disable|remove|lift|drop)\b.{0,30}\b(?:hint mode|tutor mode|restrictions?|filters?|safety|guard\w*|rules)\b|\b(?:unrestricted|full answer|developer|debug|god|admin|answer) ?mode\b"
    r"|\byou are (?:now|no longer)\b(?! (?:right|correct|sure|clear))|\byou(?:'re|r| are) (?:not|no longer|now|now not) (?:a |an |the )?(?:tutor|teacher|ai|bot|assistant)\b"
    r"|\b(?:pretend|act as|act like|roleplay|role-play|imagine)\b.{0,40}\b(?:no (?:rules|guidelines|restrictions|limits)|not? (?:a |an )?(?:tutor|ai)|you(?:'re| are| had)|to be|my|answer key|mark scheme|without)\b"
    r"|\b(?:if|suppose|hypothetically)\b.{0,20}\byou had no (?:rules|guidelines|restrictions)\b|\bwithout (?:any )?(?:restrictions|rules|limits|guidelines)\b|\bplease be my gran\w*|\bbe my gran\w*"
    r"|\bsystem(?: prompt| message| instructions?| override)\b|\b(?:hidden|secret|initial) (?:prompt|instructions?|message|tests?|test cases)\b|\b(?:grading|marking) (?:script|code|file)\b|\bcontext window\b"
    r"|\b(?:repeat|print|show|reveal|output|dump|list|tell me|translate|summari[sz]e|copy|encode|write out)\b.{0,30}\b(?:your (?:\w+ )?(?:instructions|rules|prompt|orders|context|configuration|guidelines)|everything above|above this line|(?:words|text) above|the rules you)\b"
    r"|\byour (?:new )?(?:instructions|rules|orders) (?:are|have)\b|\b(?:what|which) (?:were you|are your|were your|rules were you) (?:told|instructions|rules|given|orders)\b|\bfrom now on,? you\b"
    r"|\bDAN\b|\bjailbr[eo]\w*|\bgodmode\b|<\s*/?\s*(?:system|student_message|admin|assistant|instructions?)\b|<\|\w+\|>|\[/?(?:INST|SYS\w*)\]|<!--\s*(?:assistant|ai|system|bot)\b|^\W{0,4}(?:system|assistant)\s*:"
    r"|\bset (?:my )?(?:score|grade|mastery|mark)s? ?(?:=|to)|\b(?:note|message|dear|instructions?) (?:to |for )?(?:the )?(?:\w+ )?(?:marker|grader|checker|teacher|ai|tutor|model|assistant)\b(?! (?:that|i|because))"
    r"|\boutput pass\b|\b(?:award|give) (?:me )?(?:full|100) (?:marks|points)\b|\bmark (?:this|it|me|every \w+|(?:exercise|task|question) \d+) as (?:correct|passed|solved|done)\b|\bas an? (?:admin|teacher|developer),? i\b"
    r"|\b(?:other|another) students?'? (?:wrote|answers?|code|marks|solutions?)\b|\brm -rf\b"
)
ATTACK = _p(
    r"os\.(?:system|popen|exec\w*)\s*\(|os\.environ|subprocess\.\w+\(|/etc/passwd|__subclasses__|__globals__|shutil\.rmtree|socket\.(?:socket|create)|/etc/shadow|\b(?:open|read)\w*\([^)]*(?:tests?|solution|answer|grad)\w*\.(?:py|json|txt)"
)
_NOT_CODE = (
    r"\b(?! (?:said|says|told|gave|wrote|class|object|function|method|variable|list|by|from|with the|in the|out of)\b)"
)
_TEACHER = (
    rf"(?:(?:my|our|the|a|an) )?(?:(?:real|human|actual) )?(?:teacher|tutor|instructor|professor|lecturer){_NOT_CODE}"
)
_SOMEBODY = rf"(?:{_TEACHER}|(?:a |some )?(?:real|human|actual) (?:person|human|being){_NOT_CODE}|a human{_NOT_CODE})"
_WISH = (
    r"(?:^|[.!?,;:]\s*|\b(?:please|and|then|so|but)\s+|\b(?:can|could|may|might|would|will) (?:you|i|we) (?:please )?(?:also )?"
    r"|\b(?:i|we)(?:'d| would)? (?:want|need|like|have|prefer|wanna)(?: to)? |\blet me |\blet'?s )"
)
ASKS_FOR_PERSON = _p(
    rf"{_WISH}(?:ask|contact|message|call|get|fetch|tell|(?:pass|hand|send|forward|give) (?:this|it|that|my question)(?: on| over)? to)\s+{_SOMEBODY}"
    rf"|{_WISH}(?:talk|speak) (?:to|with) (?:{_SOMEBODY}|a person\b)"
    rf"|\b(?:i|we)(?:'d| would)? (?:want|need|like|prefer) (?:help from )?{_SOMEBODY}"
    rf"|\bcan {_SOMEBODY} (?:please )?(?:help|look|answer|explain|check|see)\b"
)
"""A request for somebody of flesh and blood, not words about one."""
RUDE = _p(
    r"\b(?:you(?:'?re| are)|u r) (?:so |such |really |a |an |the |just )*(?:useless|stupid|dumb|annoying|bad|worst|terrible|idiot|boring|trash|rubbish)\b|\bi hate you\b|\bshut up\b"
)
"""At the tutor, not about oneself."""
