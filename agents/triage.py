"""Decides what a message wants, and which agents are to work on it in which order."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from langgraph.runtime import Runtime

from agents._allowance import within
from agents._disguise import plain_letters, undisguised
from agents._evidence import ask_of, desk_of, find_exercise, is_formula, step, strays, topic_title
from agents._follow_up import follow_up, named_topic
from agents._intents import (
    ASKS_FOR_PERSON,
    ATTACK,
    INJECTION,
    PATTERNS,
    RUDE,
    Look,
    probabilities,
)
from agents._question import compared, spelled_out
from agents._texting import in_plain_english
from agents._tongue import is_foreign, language_of
from agents._unseen import needs_task, says_changed, shows_picture
from agents._wellbeing import (
    CHARS_MAX,
    SEVERITIES,
    alert,
    is_at_work,
    is_cross,
    is_danger,
    is_everyday,
    is_grave,
    is_play,
)
from agents.spec import Spec, load_specs
from agents.turn import AskState, Context, Desk, Intent, PassageState, PlannedStep, Triage, Turn
from core.errors import CourseUnavailable
from core.ports import Ask, Course, TopicId
from tools.parse_program import compiles
from tools.read_message import Parts, read_message, working_lines
from tools.search_course import NEAR_ENOUGH

SURE = 0.25
SURE_IDLE = 0.4
"""Of a message that would then be sent away: below it one question is kinder."""
_IDLE = ("off_topic", "account")
SURE_CLAUSE = 0.55
SURE_DISTRESS = 0.75
SURE_DANGER = 0.65
SURE_ASIDE = 0.9
"""Of distress in a part of a message: \"I am Ada\" is none, and a teacher would be told."""
SURE_BESIDE = 0.8
"""Of a wish beside words that a teacher should know of; less, and those come first."""
SURE_INJECTION = 0.6
NOTE_WORDS_MIN = 3
"""A shorter note in a program orders nothing."""
SURE_WHOLE = 0.6
STEPS_MAX = 3
WORDS_CHARS_MAX = 2_000
_OVERLAP = 200
_JOINED = (
    "debugging",
    "concept",
    "review",
    "exercise",
    "submission",
    "maths",
    "progress",
    "course",
    "distress",
    "answer_seeking",
)
_CUT = re.compile(
    r"(?<=[.!?])\s+|\n+|[,;]?\s+(?:and then|and also|and|also|but|plus|then)\s+(?=(?:can|could|please|give|show|what|whats|wats|how|hows|wheres|why|is|are|do|does|did|explain|mark|check|tell|i\b|i'm|im|my|send|have|quiz|test|help|ignore|paste|fix|write|just|where|which|when|should|would|am)\b)"
    r"|,\s+(?=(?:am i|is (?:it|that|this)|can (?:you|i)|could you|would you|should i|do i|did i|what (?:is|are|does|do)|how (?:do|does|can)|why (?:is|does|do)|it still|but|i (?:want|wanna|need|would like)|tell me|give me|show me|explain|whats|hows)\b)",
    re.IGNORECASE,
)


async def node(state: Turn, runtime: Runtime[Context]) -> Turn:
    context, asked, desk = runtime.context, ask_of(state), desk_of(state)
    asked = {**asked, "message": plain_letters(asked["message"])}
    parts = read_message(asked["message"])
    ask: AskState = {**asked, "code": asked["code"] or parts.code, "error": asked["error"] or parts.error}
    subject_open = _open_subject(ask, desk, context.course)
    if (leaning := _leaning(parts.words, ask, desk, context)) is not None:
        return {"ask": ask, **leaning, **await within(leaning["plan"], ask, state, context)}
    triage, clauses = await _judge(ask, parts, _refers_to(parts.words, desk), subject_open, context.course)
    if triage["intent"] == "submission" and _is_another(ask, desk, context.course):
        triage = {**triage, "intent": "debugging"}
        clauses = [replace(one, intent="debugging") if one.intent == "submission" else one for one in clauses]
    if triage["intent"] == "account" and ask["code"] and "teacher" not in triage["flags"]:
        triage = {**triage, "intent": "debugging"}  # who sends a program does not ask about the site
    plan = _passed_on(triage, parts.words) or _asked_back(triage, ask, parts.words, desk)
    if not plan and (about := _in_context(triage, ask, parts.words, state, context)):
        triage, plan = {**triage, "intent": about["intent"], "flags": [*triage["flags"], "follow_up"]}, [about]
    plan = plan or _in_english(_plan(triage, ask, clauses, subject_open), parts.words[:WORDS_CHARS_MAX])
    update: Turn = {"ask": ask, "triage": triage, **await within(plan, ask, state, context)}
    if asked["exercise"] and subject_open:
        update["desk"] = {**update.get("desk", desk), "exercise": asked["exercise"]}
    return update


SPEC = Spec(name="triage", doing="Reading your message", node=node, stage="before", order=20)


async def classify(ask: Ask, course: Course) -> Triage:
    """The judgement alone, for a message outside any thread."""
    message = plain_letters(ask.message)
    parts = read_message(message)
    asked: AskState = {
        "message": message, "code": ask.code or parts.code, "error": ask.error or parts.error, "exercise": ask.exercise,
        "intent": ask.intent, "submission": ask.submission,
    }  # fmt: skip
    triage, _ = await _judge(asked, parts, False, _open_subject(asked, {}, course), course)
    return triage


async def worry(words: str, course: Course) -> dict[str, Any] | None:
    """The gravest alert that words for other people call for, such as a post's; None for nothing to worry about. Read in
    pieces that overlap, each as a message is."""
    found = None
    for begin in range(0, max(1, len(words)), WORDS_CHARS_MAX - _OVERLAP):
        piece = words[begin : begin + WORDS_CHARS_MAX]
        triage = await classify(Ask(message=piece), course)
        distress = "distress" in (triage["intent"], *triage["also"])
        if distress and not is_everyday(piece) and not (is_cross(piece) and is_at_work(piece)):
            told = alert(piece, "danger" in triage["flags"])
            found = max(filter(None, (found, told)), key=lambda one: SEVERITIES.index(one["severity"]))
    return found


def _leaning(words: str, ask: AskState, desk: Desk, context: Context) -> Turn | None:
    """What a message that leans on the conversation wants; one that flags anything is read with care as a whole."""
    flags = _flags(ask)
    one = None if {"injection", "safeguarding"} & set(flags) else follow_up(words, ask, desk)
    if one is None:
        return None
    if one.get("how") == "topic" and (name := desk.get("topic")):
        one = {**one, "focus": topic_title(context, TopicId(name))}
    maths = (
        one["agent"] == "maths" or one["intent"] == "maths" or (desk.get("last") == "maths" and one["agent"] != "quiz")
    )
    subject = "maths" if maths or str(desk.get("topic") or "").startswith("maths") else "python"
    triage: Triage = {
        "intent": one["intent"],
        "confidence": 1.0,
        "subject": subject,
        "also": [],
        "flags": [*flags, "follow_up"],
    }
    return {"triage": triage, "plan": [one]}


def _in_english(plan: list[PlannedStep], words: str) -> list[PlannedStep]:
    """Those who work on it know no other language; for kindness the words stay the student's own."""
    language = language_of(words)
    if language == "en":
        return plan
    return [
        one if one["agent"] == "kindness" else {**one, "focus": in_plain_english(one["focus"], language)}
        for one in plan
    ]


_QUESTION = re.compile(
    r"\?|\b(?:what|why|how|when|where|which|who|whats|hows|wheres|does|do|is|are|can|could|would|will|should|show|explain|tell)\b",
    re.IGNORECASE,
)


def _is_another(ask: AskState, desk: Desk, course: Course) -> bool:
    """The program has nothing to do with the exercise on the desk, and nobody said that it has."""
    name = desk.get("exercise")
    if not ask["code"] or ask["exercise"] or ask["submission"] or not name:
        return False
    try:
        exercise = find_exercise(course, name)
    except CourseUnavailable:
        return False
    return exercise is not None and strays(ask["code"], exercise)


def _in_context(triage: Triage, ask: AskState, words: str, state: Turn, context: Context) -> PlannedStep | None:
    """A question that says little by itself, asked in the middle of an explanation or of mathematics, is about that."""
    desk = desk_of(state)
    topic, last = str(desk.get("topic") or ""), desk.get("last")
    if ask["code"] or ask["error"]:
        return None
    if (covered := _covered(triage, words, state, context.course)) is not None:
        return covered
    if last not in ("explanation", "quiz", "maths") or not topic:
        return None
    found = any(passage["topic"] == topic for passage in state.get("passages", [])[:PASSAGES_LOOKED_AT])
    unsure = "unsure" in triage["flags"] or (triage["intent"] == "off_topic" and found)
    unsure |= triage["intent"] == "account" and found and not _SITE.search(words)
    no_program = triage["intent"] == "debugging" and topic.startswith("maths")
    no_program |= triage["intent"] in ("review", "account") and bool(_IT.search(words)) and not desk.get("program")
    if not (no_program or (unsure and _QUESTION.search(words))):
        return None
    intent = "maths" if topic.startswith("maths") else "concept"
    return step("explanation", intent, f"{words} {topic_title(context, TopicId(topic))}")


def _covered(triage: Triage, words: str, state: Turn, course: Course) -> PlannedStep | None:
    """What is vague but names a topic, or finds its passage, is a wish to have that explained."""
    vague = "unsure" in triage["flags"] or triage["intent"] in ("social", "off_topic")
    if vague and (named := named_topic(words, course)) is not None:
        return step("explanation", "maths" if named.subject == "maths" else "concept", named.title)
    sure = _SURE_OF_PASSAGE if triage["intent"] == "account" and "teacher" not in triage["flags"] else 2.0
    if (best := _covering(state)) is not None and ("unsure" in triage["flags"] or best["score"] >= sure):
        return step("explanation", "maths" if best["subject"] == "maths" else "concept", words)
    return None


_SURE_OF_PASSAGE = 0.7
"""From here on a passage's heading is nearly the question: the words are about the course, not about the site."""


def _covering(state: Turn) -> PassageState | None:
    """The passage that answers the message, where the course covers it."""
    best = next(iter(state.get("passages", [])), None)
    return best if best is not None and best["score"] >= NEAR_ENOUGH else None


_IT = re.compile(
    r"^(?!.*\b(?:reviews?|check|mark|look at|my|account|pay|log|sign|page|app|site)\b).*\b(?:it|its|them|they|these|those|one|ones)\b",
    re.IGNORECASE | re.DOTALL,
)
"""Speaks of what was explained, and names nothing of its own to be looked at."""
_SITE = re.compile(
    r"\b(?:accounts?|pay\w*|log(?:ged|ging)?|login|sign|pages?|app|(?:web)?site|passwords?|e-?mails?|teachers?|parents?|mum|dad|sav(?:e|ed|es)|data|priva\w+|plan|screen|button|loads?|loading)\b",
    re.IGNORECASE,
)
PASSAGES_LOOKED_AT = 3


def _passed_on(triage: Triage, words: str) -> list[PlannedStep]:
    """The whole message goes to a person when one is asked for; words of distress and tricks are met with care first."""
    if triage["intent"] in ("distress", "injection") or not ASKS_FOR_PERSON.search(words[:WORDS_CHARS_MAX]):
        return []
    return [step("handover", "account", "")]


def _asked_back(triage: Triage, ask: AskState, words: str, desk: Desk) -> list[PlannedStep]:
    """What cannot be worked on before one short question: a task or a picture that nobody has seen, a program that was
    changed and not sent."""
    if ask["code"] or ask["error"] or is_formula(words) or triage["also"] or len(words.split()) > _HELP_WORDS_MAX:
        return []
    changed = triage["intent"] in ("debugging", "submission") and bool(desk.get("program")) and says_changed(words)
    if triage["intent"] in ("course", "account", "social", "off_topic") and _worries(words):
        return [step("kindness", "distress", words)]
    unseen = triage["intent"] in _LOOKED_AT and needs_task(words) and not desk.get("exercise")
    unseen |= triage["intent"] not in ("distress", "injection", "concept") and shows_picture(words)
    return [step("kindness", "social", words)] if changed or unseen else []


def _worries(words: str) -> bool:
    """An exam is near, and nothing is asked: a kind word comes before a topic."""
    return is_everyday(words) and not _WISHES.search(words)


_WISHES = re.compile(
    r"\?|\b(?:what|whats|which|how|where|should|can|could|give|help|explain|show|quiz|test me|practi[cs]e|revise)\b",
    re.IGNORECASE,
)


_LOOKED_AT = ("answer_seeking", "debugging", "social", "submission", "exercise", "account", "review", "off_topic")
_HELP_WORDS_MAX = 25


def _refers_to(words: str, desk: Desk) -> bool:
    """Whether the words point to the program on the desk: it is then looked at as if it were in the message."""
    return bool(desk.get("program")) and bool(
        PATTERNS["my_program"].search(words) or re.search(r"\b(?:this|it)\b", words, re.IGNORECASE)
    )


def _open_subject(ask: AskState, desk: Desk, course: Course) -> str:
    name = ask["exercise"] or desk.get("exercise")
    try:
        exercise = find_exercise(course, name) if name else None
    except CourseUnavailable:
        return ""
    return exercise.subject if exercise else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clause:
    words: str
    intent: str
    sure: float


async def _judge(
    ask: AskState, parts: Parts, refers: bool, subject_open: str, course: Course
) -> tuple[Triage, list[_Clause]]:
    words = parts.words[:WORDS_CHARS_MAX] or _asked_in(ask["code"] or "")
    language = language_of(words)
    look = Look(
        words=in_plain_english(words, language), has_code=bool(ask["code"]) or refers, has_error=bool(ask["error"]),
        code_only=bool(ask["code"]) and len(words.split()) < 3, broken=bool(ask["code"]) and not compiles(ask["code"] or ""),
        open_subject=subject_open,
    )  # fmt: skip
    flags = _flags(ask)
    forced = ask["intent"] if ask["intent"] in get_args(Intent) else "submission" if ask["submission"] else None
    if forced:
        return _triage(forced, 1.0, look, [], flags), []
    pieces = _pieces(words)
    in_english = [in_plain_english(piece, language) for piece in pieces]
    vectors = await _embed([look.words, *in_english], course)
    likely = probabilities(look, vectors[0])
    own = [_own(piece, look) for piece in in_english]
    parted = [probabilities(one, vector) for one, vector in zip(own, vectors[1:], strict=True)]
    flags = _told_by_likeness(flags, likely, parted, harmless=is_play(words))
    intent, sure = _decide(likely, look, flags)
    clauses = [_clause(piece, found) for piece, found in zip(pieces, parted, strict=True)]
    intent, sure = _clearer(intent, sure, clauses)
    if sure < (SURE_IDLE if intent in _IDLE else SURE) and not look.has_code and not look.has_error:
        return _triage("social", sure, look, _likeliest(likely), [*flags, "unsure"]), []
    also = [clause.intent for clause in clauses if clause.intent != intent and _stands(clause)]
    if intent != "distress" and ("safeguarding" in flags or is_cross(words)):
        also.append("distress")
    if intent == "distress" and "safeguarding" not in flags and not is_everyday(words):
        flags = [*flags, "safeguarding"]
    return _triage(intent, sure, look, also, flags), clauses


_ASKS = re.compile(
    r"\?|\b(?:help|hint|crash\w*|error|wrong|stuck|why|(?:does|do|did|will|is|wo|ca)n'?t|not work\w*|pls|please)\b",
    re.IGNORECASE,
)


def _asked_in(code: str) -> str:
    """What a comment of a program that came without a word asks of us."""
    notes = [found[1].strip() for found in re.finditer(r"#\s*(.+)", code[:WORDS_CHARS_MAX])]
    asked = [note for note in notes if len(note.split()) >= NOTE_WORDS_MIN and _ASKS.search(note)]
    return asked[-1] if asked else ""


def _likeliest(likely: Mapping[str, float]) -> list[str]:
    """The two readings to ask about; distress is no guess to be made aloud."""
    return [name for name, _ in _ranked(likely) if name != "distress"][:2]


def _told_by_likeness(
    flags: Sequence[str], likely: Mapping[str, float], parted: Sequence[Mapping[str, float]], harmless: bool
) -> list[str]:
    """The flags, with those for which no word stood but the whole message or a part of it does. Words that are known to be
    `harmless` are no danger for being like it."""
    found = list(flags)
    for name, least in (("danger", SURE_DANGER), ("injection", SURE_INJECTION)):
        if (
            name not in found
            and not (name == "danger" and harmless)
            and max(likely[name], *(part[name] - 0.2 for part in parted), 0.0) >= least
        ):
            found.append(name)
    return found


def _stands(clause: _Clause) -> bool:
    """It is a wish of its own; a greeting or an aside beside one is not."""
    least = SURE_ASIDE if clause.intent == "distress" else SURE_CLAUSE
    return clause.sure >= least and clause.intent in _JOINED


def _clearer(intent: str, sure: float, clauses: Sequence[_Clause]) -> tuple[str, float]:
    """Two wishes blur each other: when the whole is unclear and a part is not, the first clear part leads."""
    if sure >= SURE_WHOLE:
        return intent, sure
    clear = [clause for clause in clauses if _stands(clause) and (intent != "injection" or clause.intent in _WORK)]
    return (clear[0].intent, clear[0].sure) if clear else (intent, sure)


def _triage(intent: str, sure: float, look: Look, also: Sequence[str], flags: Sequence[str]) -> Triage:
    known = "account" if intent == "teacher" else intent
    if intent == "teacher":
        flags = [*flags, "teacher"]
    return {
        "intent": known, "confidence": round(sure, 4), "subject": _subject(known, look),
        "also": list(dict.fromkeys(also)), "flags": list(flags),
    }  # fmt: skip


def _subject(intent: str, look: Look) -> str | None:
    if intent == "maths":
        return "maths"
    if intent in ("debugging", "review") or look.has_code or look.has_error:
        return "python"
    if intent in ("social", "off_topic", "distress", "account", "injection", "progress"):
        return None
    maths, python = (
        bool(PATTERNS["maths_word"].search(look.words)) or bool(PATTERNS["formula"].search(look.words)),
        bool(PATTERNS["python_word"].search(look.words)) or bool(PATTERNS["python_sign"].search(look.words)),
    )
    if maths != python:
        return "maths" if maths else "python"
    return look.open_subject or ("python" if intent == "concept" else None)


async def _embed(texts: Sequence[str], course: Course) -> Sequence[Sequence[float] | None]:
    try:
        return await course.embed(texts)
    except CourseUnavailable:
        return [None] * len(texts)


def _ranked(likely: Mapping[str, float]) -> list[tuple[str, float]]:
    """Danger is a kind of distress; what is only a little like an order to the tutor is judged by the rest."""
    wishes = {**likely, "distress": likely["distress"] + likely["danger"]}
    del wishes["danger"], wishes["injection"]
    return sorted(wishes.items(), key=lambda pair: -pair[1])


_TRICKED = (
    "off_topic", "social", "account", "answer_seeking", "distress", "teacher", "course", "progress", "exercise",
)  # fmt: skip
"""What a trick looks like besides; a program or a question that carries one is worked on all the same."""
_WORK = ("debugging", "concept", "review", "submission", "maths")


def _decide(likely: Mapping[str, float], look: Look, flags: Sequence[str]) -> tuple[str, float]:
    ranked = _ranked(likely)
    intent, sure = ranked[0]
    if "danger" in flags:
        return "distress", 1.0
    if "injection" in flags and (intent in _TRICKED or (likely["injection"] > sure and not look.has_code)):
        return "injection", max(sure, likely["injection"], SURE)
    if intent == "distress" and "safeguarding" not in flags and not _speaks_of_feeling(look.words, sure):
        intent, sure = ranked[1]  # a teacher is told of distress: a likeness is not enough
    if "safeguarding" in flags and not (look.has_code or look.has_error) and sure < SURE_BESIDE:
        return "distress", max(sure, SURE_DISTRESS)
    if look.has_error and intent in ("social", "off_topic", "account"):
        return "debugging", max(sure, SURE)
    if look.has_code and sure < SURE:
        return "debugging", SURE
    return intent, sure


def _speaks_of_feeling(words: str, sure: float) -> bool:
    return not RUDE.search(words) and (sure >= SURE_DISTRESS or bool(PATTERNS["low"].search(words)))


def _flags(ask: AskState) -> list[str]:
    message = ask["message"][:WORDS_CHARS_MAX]
    found = []
    if (
        any(INJECTION.search(reading) for reading in undisguised(message))
        or _orders(ask["code"] or "")
        or ATTACK.search(f"{message}\n{ask['code'] or ''}")
    ):
        found.append("injection")
    words = read_message(message).words
    whole = words if len(ask["message"]) <= WORDS_CHARS_MAX else read_message(ask["message"][:CHARS_MAX]).words
    if is_danger(whole):
        found += ["safeguarding", "danger"]
    elif is_grave(words) and not (is_cross(words) and is_at_work(words)):
        found.append("safeguarding")
    if is_foreign(words):
        found.append("non_english")
    return found


_NOTE = re.compile(r"#\s*(.+)|(?:\"{3}|'{3})(.+?)(?:\"{3}|'{3})", re.DOTALL | re.MULTILINE)


def _orders(code: str) -> bool:
    """Whether a comment or a text in the program reads like an order to who marks it."""
    notes = [next(filter(None, found), "")[:200].split("\n")[0] for found in _NOTE.findall(code[:WORDS_CHARS_MAX])]
    notes = [note for note in notes if len(note.split()) >= NOTE_WORDS_MIN][:8]
    return any(probabilities(Look(words=note), None)["injection"] >= SURE_INJECTION for note in notes)


# --- several wishes in one message --------------------------------------------------------------------------------


def _pieces(words: str) -> list[str]:
    """The parts of a message that could be wishes of their own; lines of working are one thing."""
    if len(working_lines(words)) > 1:
        return []
    pieces = [
        piece.strip()
        for piece in _CUT.split(words)
        if piece and len(piece.split()) >= 3 - (is_formula(piece) or bool(_QUIZ.search(piece)))
    ]
    return pieces[:6] if len(pieces) > 1 else []


def _own(words: str, look: Look) -> Look:
    """What is seen of a part: program and error only where it speaks of them."""
    about_code = bool(PATTERNS["my_program"].search(words) or re.search(r"\b(?:this|it|that)\b", words))
    return Look(
        words=words,
        has_code=look.has_code and about_code,
        has_error=look.has_error and about_code,
        open_subject=look.open_subject,
    )


def _clause(words: str, likely: Mapping[str, float]) -> _Clause:
    intent, sure = _ranked(likely)[0]
    return _Clause(words=words, intent="account" if intent == "teacher" else intent, sure=sure)


def _plan(triage: Triage, ask: AskState, clauses: Sequence[_Clause], subject_open: str) -> list[PlannedStep]:
    """The main wish and those that stand beside it, in the order in which the student wrote them."""
    wanted = [clause for clause in clauses if _stands(clause)]
    steps: list[PlannedStep] = []
    if triage["intent"] not in [clause.intent for clause in wanted] or triage["intent"] not in _JOINED:
        steps.append(
            _step(
                triage["intent"],
                ask["message"] if not wanted else _rest(ask["message"], wanted),
                triage,
                ask,
                subject_open,
            )
        )
        wanted = wanted if triage["intent"] in _JOINED else []
    for clause in wanted:
        step = _step(clause.intent, clause.words, triage, ask, subject_open)
        if not any(_is_same(known, step) for known in steps):
            steps.append(step)
    if "distress" in triage["also"] and not any(step["intent"] == "distress" for step in steps):
        steps.append(_step("distress", ask["message"], triage, ask, subject_open))
    if len(steps) == 1:
        steps[0]["focus"] = ask["message"]
    return sorted(steps, key=lambda step: step["intent"] != "distress")[:STEPS_MAX]


def _is_same(one: PlannedStep, other: PlannedStep) -> bool:
    """A program is looked at once, whatever words that was asked for in."""
    return one["agent"] == other["agent"] and (one["intent"] == other["intent"] or one["agent"] == "debugging")


def _rest(message: str, clauses: Sequence[_Clause]) -> str:
    for clause in clauses:
        message = message.replace(clause.words, " ")
    return message.strip() or message


def _step(intent: str, focus: str, triage: Triage, ask: AskState, subject_open: str) -> PlannedStep:
    agent = _agent(intent, triage, ask, focus, subject_open)
    return step(agent, intent, focus, "ask" if agent == "quiz" else "")


def _agent(intent: str, triage: Triage, ask: AskState, focus: str, subject_open: str) -> str:
    """Who works on it. An idea from mathematics is explained, a task is worked on; a claim without an open exercise is
    checked rather than marked."""
    formula = is_formula(focus)
    if intent == "exercise" and _QUIZ.search(focus):
        return "quiz"
    if intent == "maths" and spelled_out(focus).endswith("list comprehension"):
        return "explanation"
    if intent == "maths" and compared(focus) and not re.search(r"[\d=]", focus):
        return "explanation"
    if intent == "maths" and _IDEA.search(focus) and not PATTERNS["story_problem"].search(focus):
        return "explanation"
    if intent == "submission" and len(working_lines(focus)) > 1 and subject_open != "python":
        return "maths"
    if intent == "maths" and not formula and not re.search(r"\d", focus):
        return "explanation"
    if intent == "submission" and not subject_open and not ask["submission"]:
        # nothing is open that it could be marked against
        if ask["code"]:
            return "debugging"
        if formula:
            return "maths"
    return _claimed()[intent]


_QUIZ = re.compile(r"\bquiz|\btest (?:me|my|what i)\b|\bask me\b|\bmultiple[- ]choice\b", re.IGNORECASE)
_IDEA = re.compile(
    r"^\W*(?:why|explain|what does\b.*\b(?:mean|tell|say|stand for)|when (?:do|should|would) (?:i|you|we)|what(?:'s| is) the (?:difference|point|use))\b"
    r"|\bhow (?:do|can|would|will) (?:i|you|we) (?:know|tell|decide|choose)\b|\bwhich (?:rule|method|formula|equation|one)\b.*\b(?:use|need|take|choose)\b",
    re.IGNORECASE,
)


def _claimed() -> dict[str, str]:
    return {intent: spec.name for spec in load_specs().values() for intent in spec.intents}
