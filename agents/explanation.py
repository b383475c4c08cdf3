"""Explains an idea from the course: cited, at the student's level, with an example that is really run."""

import re
from collections.abc import Mapping, Sequence

from langgraph.runtime import Runtime

from agents._evidence import (
    SANDBOX_TROUBLE,
    adding,
    cannot_run,
    code,
    desk_of,
    evidence,
    focus_of,
    intent_of,
    output,
    prose,
    question,
    run_facts,
    runner_of,
    shorten,
)
from agents.spec import Spec
from agents.turn import Block, Citation, Context, PassageState, Turn
from core.errors import CourseUnavailable, DatabaseUnavailable
from core.ports import Example, SkillId, Topic
from tools.search_course import NEAR_ENOUGH

NAME = "explanation"
SENTENCES = {"brief": 3, "full": 5, "gentle": 4}
QUOTE_CHARS_MAX = 200
_WORD = re.compile(r"[a-z_]\w+")
_COMMON = frozenset(
    ["the", "and", "what", "how", "why", "does", "work", "works", "you", "your", "that", "this", "with", "for", "are", "can", "when", "use", "used", "using", "mean", "means", "explain", "about", "please", "tell", "between", "difference", "understand", "dont", "get", "have", "there", "which", "python", "should", "would", "like", "into", "from", "not", "but", "want", "need", "know", "really", "again"]
)  # fmt: skip


async def node(state: Turn, runtime: Runtime[Context]) -> Turn:
    context, desk = runtime.context, desk_of(state)
    focus = focus_of(state, NAME)
    intent = intent_of(state, NAME, "concept")
    passages = _useful(state.get("passages", []), focus)
    missing: list[str] = []
    topic = _topic(context, passages, missing)
    if not passages:
        return adding(state, evidence(NAME, intent, _nothing_found(state, context), missing=missing))
    depth = await _depth(context, topic, missing)
    blocks, citations = _from_passages(passages, focus, depth)
    facts = {
        "depth": depth,
        "topic": topic.title if topic else "",
        "passages": [
            {"n": c["n"], "title": c["title"], "body": p["body"]} for c, p in zip(citations, passages, strict=False)
        ],
    }
    if topic is not None:
        desk["topic"] = topic.id
        shown, runs = await _example(context, topic, focus, missing)
        blocks += shown
        facts["runs"] = runs
        blocks += _pitfall(topic, focus, depth) + _check_question(topic, focus)
    return adding(state, evidence(NAME, intent, blocks, facts=facts, citations=citations, missing=missing), desk)


SPEC = Spec(name=NAME, doing="Putting an explanation together", node=node, intents=("concept",), order=20)


# --- passages ------------------------------------------------------------------------------------------------------


def _words(text: str) -> set[str]:
    return {_stem(word) for word in _WORD.findall(text.casefold())} - _COMMON


def _stem(word: str) -> str:
    for ending in ("ies", "ing", "es", "s"):
        if word.endswith(ending) and len(word) > len(ending) + 3:
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    return word


_LEANS = re.compile(
    r"(?:They|It|This|That|These|Those|Then|So|But|And|Or|Also|Here|Now|Otherwise|The rest|Both|Its|Their|He|She|Such)\b"
)
"""How a sentence begins that cannot stand without the one before it."""


def _useful(passages: Sequence[PassageState], focus: str) -> list[PassageState]:
    """At most three that are near enough, none of another subject than the best."""
    near = [p for p in passages if p["score"] >= NEAR_ENOUGH or _words(focus) & _words(f"{p['title']} {p['heading']}")]
    return [p for p in near if p["subject"] == near[0]["subject"]][:3]


def _from_passages(passages: Sequence[PassageState], focus: str, depth: str) -> tuple[list[Block], list[Citation]]:
    wanted = _words(focus)
    blocks: list[Block] = []
    citations: list[Citation] = []
    left = SENTENCES[depth]
    for passage in passages:
        sentences = _best_sentences(passage["body"], wanted, left if not blocks else min(2, left))
        if not sentences or (blocks and not wanted & _words(" ".join(sentences))):
            continue
        n = len(citations) + 1
        citations.append(_citation(n, passage, sentences[0]))
        blocks.append(prose(f"{' '.join(sentences)} [{n}]", "cited", cites=[n]))
        left -= len(sentences)
        if left <= 0 or depth == "brief":
            break
    if not blocks:
        citations = [_citation(1, passages[0], passages[0]["heading"])]
        blocks = [prose(f"Your course treats this under “{citations[0]['title']}” [1].", "cited", cites=[1])]
    return blocks, citations


def _citation(n: int, passage: PassageState, quote: str) -> Citation:
    title = (
        f"{passage['title']}: {passage['heading']}"
        if passage["heading"] and passage["heading"] != passage["title"]
        else passage["title"]
    )
    return {
        "n": n,
        "passage": passage["id"],
        "topic": passage["topic"],
        "title": title,
        "quote": shorten(quote, QUOTE_CHARS_MAX),
    }


def _best_sentences(body: str, wanted: set[str], most: int) -> list[str]:
    """The run of neighbouring sentences that says most about the question: a passage read on, not cut to pieces."""
    sentences = _sentences(body)
    if not sentences or most <= 0:
        return []
    scores = [len(_words(sentence) & wanted) - (0.5 if _LEANS.match(sentence) else 0) for sentence in sentences]
    starts = range(max(1, len(sentences) - most + 1))
    start = max(starts, key=lambda at: (sum(scores[at : at + most]) + scores[at], -at))
    while start > 0 and _LEANS.match(sentences[start]):
        start -= 1
    return sentences[start : start + most]


def _sentences(body: str) -> list[str]:
    """Sentences of the running text, without code, headings, tables and lists."""
    text = re.sub(r"```.*?(?:```|\Z)", "\n\n", body, flags=re.DOTALL)
    text = re.sub(r"\$\$.*?\$\$", "\n\n", text, flags=re.DOTALL)
    found: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text):
        flat = re.sub(r"\s+", " ", paragraph).strip()
        if not flat or flat.startswith(("#", "|", "-", "*", ">", "1.", "!")) or flat.endswith(":"):
            continue
        found += [piece for piece in re.split(r"(?<=[.!?])\s+(?=[A-Z`“\"$])", flat) if len(piece.split()) > 2]
    return found


def _nothing_found(state: Turn, context: Context) -> list[Block]:
    if state.get("problems"):
        return [
            prose(
                "I cannot look into your course just now, and I do not want to explain from memory what I cannot check."
            )
        ]
    words = "I looked through your course and found nothing that answers this, so I would rather not guess."
    topics = [topic.title for topic in context.course.list_topics()[:4]]
    offer = f" It does cover {', '.join(topics)} and more." if topics else ""
    return [
        prose(words + offer),
        question("Can you put the question in other words, or tell me which topic it belongs to?", ""),
    ]


# --- level, example, question -------------------------------------------------------------------------------------


def _topic(context: Context, passages: Sequence[PassageState], missing: list[str]) -> Topic | None:
    try:
        topics: Mapping[str, Topic] = {topic.id: topic for topic in context.course.list_topics()}
    except CourseUnavailable as error:
        missing.append(f"I could not open the lesson: {error}")
        return None
    return next((topics[p["topic"]] for p in passages if p["topic"] in topics), None)


async def _depth(context: Context, topic: Topic | None, missing: list[str]) -> str:
    """gentle for who is new to it or finds it hard, brief for who has mastered it, full between."""
    if topic is None or not topic.skills:
        return "full"
    try:
        known = await context.records.mastery(context.student, [SkillId(skill) for skill in topic.skills])
    except DatabaseUnavailable:
        missing.append("I could not look up how far you are, so this is the explanation for everyone.")
        return "full"
    levels = [mastery.level for mastery in known.values() if mastery.enough]
    if not levels or sum(levels) / len(levels) < 0.4:
        return "gentle"
    return "brief" if sum(levels) / len(levels) > 0.8 else "full"


async def _example(
    context: Context, topic: Topic, focus: str, missing: list[str]
) -> tuple[list[Block], list[dict[str, object]]]:
    example = _nearest_example(topic, focus)
    if example is None:
        return [], []
    if example.subject == "maths" or not example.code.strip():
        body = example.code or example.output
        shown: list[Block] = [prose(f"An example: {_stopped(example.title)}"), code(body, "authored", lang="text")]
        return (shown if body.strip() else []), []
    try:
        result = await runner_of(context).run(example.code)
    except SANDBOX_TROUBLE as error:
        missing.append(cannot_run(error).replace("your program", "the example"))
        return [prose(f"An example: {_stopped(example.title)}"), code(example.code, "authored")], []
    if result.status != "ok":
        missing.append("The example did not run here as it should, so I left it out.")
        return [], []
    shown = [prose(f"An example: {_stopped(example.title)} I ran it just now:"), code(example.code)]
    return ([*shown, output(result.stdout)] if result.stdout.strip() else shown), [run_facts(example.code, result)]


def _stopped(title: str) -> str:
    return title if title.endswith((".", "?", "!")) else title + "."


def _nearest_example(topic: Topic, focus: str) -> Example | None:
    wanted = _words(focus)
    return max(topic.examples, key=lambda e: len(_words(f"{e.title} {e.code}") & wanted), default=None)


def _pitfall(topic: Topic, focus: str, depth: str) -> list[Block]:
    if not topic.pitfalls or depth == "brief":
        return []
    wanted = _words(focus)
    nearest = max(topic.pitfalls, key=lambda text: len(_words(text) & wanted))
    if not wanted & _words(f"{nearest} {topic.title}"):
        return []
    return [prose(f"Watch out: {nearest}", "authored")]


def _check_question(topic: Topic, focus: str) -> list[Block]:
    wanted = _words(focus)
    quiz = max(topic.quiz, key=lambda q: len(_words(q.prompt) & wanted), default=None)
    if quiz is None:
        return []
    options = "\n".join(
        f"- **{letter}** {option.label}" for letter, option in zip("ABCDEF", quiz.options, strict=False)
    )
    return [question(f"{quiz.prompt}\n\n{options}" if options else quiz.prompt)]
