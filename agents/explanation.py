"""Explains an idea from the course: cited, at the student's level, with an example that is really run."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from langgraph.runtime import Runtime

from agents._evidence import (
    SANDBOX_TROUBLE,
    adding,
    asked_text,
    asking,
    cannot_run,
    code,
    desk_of,
    evidence,
    focus_of,
    how_of,
    intent_of,
    output,
    picture,
    prose,
    question,
    run_facts,
    runner_of,
    shorten,
    step,
    tell,
)
from agents._plain_words import plain_words
from agents._question import DEFINED_WORDS_MAX, another_language, compared, compares, defined, spelled_out
from agents._shelf import Explained, key_of
from agents.spec import Spec
from agents.turn import Block, Citation, Context, Desk, Evidence, PassageState, Turn
from core import metrics
from core.errors import CourseUnavailable, DatabaseUnavailable
from core.ports import Example, Policy, Question, RunResult, SkillId, Topic
from tools.draw_calls import draw_calls
from tools.draw_memory import draw_memory
from tools.draw_task import draw_passage
from tools.draw_trace import draw_trace, worth_drawing
from tools.search_course import NEAR_ENOUGH, within
from tools.watch_program import watch_program, worth_watching

NAME = "explanation"
SENTENCES = {"brief": 3, "full": 5, "gentle": 4}
SIDES, SIDE_SENTENCES = 2, 3
"""Of each of two things that are compared: one alone would answer half of the question."""
ANSWERS_FIRST = 1.5
"""A passage answers its heading in its first sentences: a later run must say so much more to be quoted instead."""
QUOTE_CHARS_MAX = 200
PASSAGES_MAX = 3
PASSAGE_TOKENS_MAX = 1_500
TRACE_SECONDS = 2.0
STEPS_MAX = 400
_WORD = re.compile(r"[a-z_]\w+")
_COMMON = frozenset(
    ["the", "and", "what", "how", "why", "does", "work", "works", "you", "your", "that", "this", "with", "for", "are", "can", "when", "use", "used", "using", "mean", "means", "explain", "about", "please", "tell", "between", "difference", "understand", "dont", "get", "have", "there", "which", "python", "should", "would", "like", "into", "from", "not", "but", "want", "need", "know", "really", "again", "to", "me", "of", "an", "on", "at", "be", "we", "us", "my"]
)  # fmt: skip

BY_WORDS = (
    "I could search your course by its words alone just now, so I may have missed a passage that says it in others."
)


async def node(state: Turn, runtime: Runtime[Context]) -> Turn:
    context, desk = runtime.context, desk_of(state)
    focus, how = spelled_out(focus_of(state, NAME)), how_of(state, NAME)
    intent = intent_of(state, NAME, "concept")
    missing: list[str] = [BY_WORDS] if context.course.lacking else []
    if desk.get("last") not in (NAME, "quiz"):
        desk["told"] = []
    if how == "example":
        return adding(state, await _one_more_example(state, context, desk, focus, intent), desk)
    passages = _not_told(_useful(state.get("passages", []), focus), desk, how)[:PASSAGES_MAX]
    if passages and not how and (unknown := _unknown(focus_of(state, NAME), state.get("passages", []))):
        return adding(state, _not_covered(unknown, passages, intent, missing), desk)
    topic = _topic(context, passages, missing)
    if not how and (topic is None or topic.id != desk.get("topic")):
        desk["told"] = []
    if not passages:
        blocks = _all_told() if how and state.get("passages") else _nothing_found(state, context)
        return adding(state, evidence(NAME, intent, blocks, missing=missing), desk)
    depth = "gentle" if how == "simpler" else await _depth(context, topic, missing)
    found = await _explained(context, desk, topic, passages, focus, depth, how, missing)
    return adding(state, {**found, "intent": intent, "missing": missing}, desk)


SPEC = Spec(name=NAME, doing="Putting an explanation together", node=node, intents=("concept",), order=20)


async def _explained(
    context: Context, desk: Desk, topic: Topic | None, passages: Sequence[PassageState], focus: str, depth: str, how: str,
    missing: list[str],
) -> Evidence:  # fmt: skip
    """The explanation, from the shelf where the same was asked at the same level; what leans on the conversation, and
    what could not be made whole, is made anew and never kept."""
    version = context.course.version
    key = "" if how or desk.get("told") or topic is None else _key(version, topic, passages, focus, depth, context)
    made = context.shelf.find(key, version) if key else None
    metrics.EXPLANATIONS.add(source="shelf" if made else "made")
    if made is None:
        lacking: list[str] = []
        made = await _make(context, desk.get("told", []), topic, passages, focus, depth, lacking)
        missing += lacking
        if key and not lacking:
            context.shelf.keep(key, version, made)
    tell(desk, made.shown)
    if topic is not None:
        desk["topic"] = topic.id
    lead = [prose(_LEADS[how])] if how in _LEADS else []
    found = evidence(NAME, "concept", [*lead, *made.blocks], facts=made.facts, citations=made.citations)
    if key:
        found["shelf"] = key
    asked = next((one for one in topic.quiz if one.id == made.asked), None) if topic and made.asked else None
    return _asking(found, asked, topic)


def _key(version: str, topic: Topic, passages: Sequence[PassageState], focus: str, depth: str, context: Context) -> str:
    """What decides the explanation: the concept (those words of the question that the lesson knows, in any order, and the
    passages found for it), the level, and the version of the index."""
    lesson = [
        topic.title,
        *topic.pitfalls,
        *(q.prompt for q in topic.quiz),
        *(f"{e.title} {e.code}" for e in topic.examples),
    ]
    known = _words(" ".join([*lesson, *(f"{p['title']} {p['heading']} {p['body']}" for p in passages)]))
    tokens_max = str(context.settings.get("passage_tokens_max", PASSAGE_TOKENS_MAX))
    return key_of(
        version, depth, topic.id, tokens_max, *(p["id"] for p in passages), "", *sorted(_words(focus) & known)
    )


async def _make(
    context: Context, told: Sequence[str], topic: Topic | None, passages: Sequence[PassageState], focus: str, depth: str,
    missing: list[str],
) -> Explained:  # fmt: skip
    blocks, citations = _from_passages(passages, focus, depth)
    desk = Desk(told=list(told))
    shown = [citation["passage"] for citation in citations]
    tokens_max = int(context.settings.get("passage_tokens_max", PASSAGE_TOKENS_MAX))
    bodies = within([p["body"] for p in passages], tokens_max)
    facts: dict[str, Any] = {
        "depth": depth,
        "topic": topic.title if topic else "",
        "passages": [
            {"n": c["n"], "title": c["title"], "body": body} for c, body in zip(citations, bodies, strict=False)
        ],
    }
    asked: Question | None = None
    if depth == "gentle" and (easy := plain_words(" ".join(b["body"] for b in blocks), passages[0]["subject"])):
        blocks.append(prose(easy, "authored"))
    if topic is not None:
        example, facts["runs"] = await _example(context, topic, focus, missing, desk, depth)
        more, asked = _check_question(topic, focus, desk)
        blocks += [
            *example,
            *_drawn(passages, [c["passage"] for c in citations]),
            *_pitfall(topic, focus, depth, desk),
            *more,
        ]
    shown += [name for name in desk["told"] if name not in told]
    return Explained(blocks=blocks, citations=citations, facts=facts, shown=shown, asked=asked.id if asked else "")


# --- a second time: what was told is not told again -----------------------------------------------------------------

_LEADS = {
    "simpler": "Let us take it more slowly, from another side.",
    "hint": "Let us take it more slowly, from another side.",
    "why": "This is what stands behind it.",
    "more": "There is more to it.",
}


def _not_told(passages: Sequence[PassageState], desk: Desk, how: str) -> list[PassageState]:
    """For a second explanation: passages of the same topic that were not quoted yet."""
    if not how:
        return list(passages)
    if desk.get("last") not in (NAME, "quiz"):
        return list(passages)
    told = desk.get("told", [])
    return [p for p in passages if p["id"] not in told and p["topic"] == desk.get("topic")]


def _all_told() -> list[Block]:
    return [
        prose("I have told you what I find about it in your course, and I do not want to make up more."),
        question("Which word or which line is where it stops making sense? I will look at just that with you.", ""),
    ]


async def _one_more_example(state: Turn, context: Context, desk: Desk, focus: str, intent: str) -> Evidence:
    missing: list[str] = []
    name = desk.get("topic")
    try:
        topic = next((t for t in context.course.list_topics() if t.id == name), None)
    except CourseUnavailable as error:
        topic, missing = None, [f"I could not open the lesson: {error}"]
    shown, runs = await _example(context, topic, focus, missing, desk) if topic else ([], [])
    if topic is None or not shown:
        blocks = [prose("You have seen all the examples that your course has on this.")]
        found = evidence(NAME, intent, [*blocks, question("Shall I give you an exercise on it?", "")], missing=missing)
        found["offer"] = step("exercise", "exercise", "another one on it", "another")
        return found
    more, asked = _check_question(topic, focus, desk)
    return _asking(evidence(NAME, intent, [*shown, *more], facts={"runs": runs}, missing=missing), asked, topic)


def _asking(found: Evidence, asked: Question | None, topic: Topic | None) -> Evidence:
    """With what the closing question waits for, so that the next message can answer it."""
    if asked is not None and topic is not None:
        found["asked"] = asking(asked, topic.id)
    return found


# --- passages ------------------------------------------------------------------------------------------------------


_ASKING = re.compile(r"\b(?:what|why|how|where|when|which|who)(?:'s| is| in)\b")
"""Asks, and says nothing of the keywords `is` and `in`."""


def _words(text: str) -> set[str]:
    return {_stem(word) for word in _WORD.findall(_ASKING.sub(" ", text.casefold()))} - _COMMON


def _stem(word: str) -> str:
    for ending in ("ies", "ing", "es", "s"):
        if word.endswith(ending) and len(word) > len(ending) + 3:
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    return word


_LEANS = re.compile(
    r"(?:They|It|This|That|These|Those|Then|So|But|And|Or|Also|Here|Now|Otherwise|The rest|Both|Its|Their|He|She|Such)\b"
)
"""How a sentence begins that cannot stand without the one before it."""


MISTAKES = "Common mistakes"
_OF_MISTAKES = re.compile(r"\b(?:mistakes?|wrong|errors?|pitfalls?|go wrong|careful|watch out)\b", re.IGNORECASE)


def _useful(passages: Sequence[PassageState], focus: str) -> list[PassageState]:
    """Those that are near enough, none of another subject than the best."""
    near = [p for p in passages if p["score"] >= NEAR_ENOUGH or _words(focus) & _words(f"{p['title']} {p['heading']}")]
    if not _OF_MISTAKES.search(focus):  # those are told one at a time, as what to watch out for
        near = [p for p in near if p["heading"] != MISTAKES] or near
    return [p for p in near if p["subject"] == near[0]["subject"]]


def _from_passages(passages: Sequence[PassageState], focus: str, depth: str) -> tuple[list[Block], list[Citation]]:
    wanted = _words(focus)
    blocks: list[Block] = []
    citations: list[Citation] = []
    left = SENTENCES[depth]
    both = compared(focus) is not None and len(passages) > 1 and not compares(passages[0]["heading"])
    left, first = (2 * SIDE_SENTENCES, SIDE_SENTENCES) if both else (left, left)
    for passage in passages:
        sentences = _best_sentences(passage["body"], wanted, min(first if not blocks or both else 2, left))
        if not sentences or (blocks and not both and not wanted & _words(" ".join(sentences))):
            continue
        n = len(citations) + 1
        citations.append(_citation(n, passage, sentences[0]))
        side = f"**{passage['heading']}** " if both and passage["heading"] else ""
        blocks.append(prose(f"{side}{' '.join(sentences)} [{n}]", "cited", cites=[n]))
        left -= len(sentences)
        if left <= 0 or (both and n == SIDES) or (depth == "brief" and not both):
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
        "version": passage.get("version", ""),
        "section": passage["heading"],
        "anchor": passage.get("anchor", ""),
    }


def _best_sentences(body: str, wanted: set[str], most: int) -> list[str]:
    """The run of neighbouring sentences that says most about the question: a passage read on, not cut to pieces."""
    sentences = _sentences(body)
    if not sentences or most <= 0:
        return []
    scores = [len(_words(sentence) & wanted) - (0.5 if _LEANS.match(sentence) else 0) for sentence in sentences]
    starts = range(max(1, len(sentences) - most + 1))
    start = max(
        starts, key=lambda at: (sum(scores[at : at + most]) + scores[at] + (ANSWERS_FIRST if at == 0 else 0), -at)
    )
    while start > 0 and _LEANS.match(sentences[start]):
        start -= 1
    return sentences[start : start + most]


_SHOWN = "\x00"
"""Stands where a program or a piece of working was."""
LIST_ITEMS_MAX, LIST_CHARS_MAX = 6, 240


def _sentences(body: str) -> list[str]:
    """Sentences of the running text, without code, headings and tables. A formula on a line of its own belongs to the
    sentence around it, and so does a short list to the sentence that announces it."""
    text = re.sub(r"```.*?(?:```|\Z)", f"\n\n{_SHOWN}", body, flags=re.DOTALL)
    text = re.sub(r"\s*\$\$(.*?)\$\$", _in_line, text, flags=re.DOTALL)
    found: list[str] = []
    paragraphs = re.split(r"\n\s*\n", _with_lists(text))
    for place, paragraph in enumerate(paragraphs):
        # what goes on about an example cannot be told without it
        after_shown = _SHOWN in paragraph or (place > 0 and paragraphs[place - 1].strip() == _SHOWN)
        flat = re.sub(r"\s+", " ", paragraph.replace(_SHOWN, "")).strip()
        if not flat or flat.startswith(("#", "|", "-", "*", ">", "1.", "!")) or (after_shown and _LEANS.match(flat)):
            continue
        pieces = re.split(r"(?<=[.!?])\s+(?=[A-Z`“\"$])", flat)
        found += [piece for piece in pieces if len(piece.split()) > 2 and piece.endswith((".", "!", "?"))]
    return found


def _in_line(display: re.Match[str]) -> str:
    formula = display[1].strip()
    if "\\\\" in formula or "\\begin" in formula:
        return "\n\n"
    bare = formula.rstrip(".,")
    return f" ${bare}${formula[len(bare) :]}\n"


def _with_lists(text: str) -> str:
    def joined(found: re.Match[str]) -> str:
        items = [line.strip()[2:].rstrip(" .;") for line in found["items"].strip().split("\n")]
        whole = f"{found['lead']} {'; '.join(items)}.\n\n"
        return whole if len(items) <= LIST_ITEMS_MAX and len(whole) <= LIST_CHARS_MAX else found[0]

    return re.sub(r"(?P<lead>[^\n]+:)\n\n(?P<items>(?:[-*] [^\n]+\n?)+)", joined, text)


_VAGUE = frozenset(["actually", "really", "exactly", "basically", "even", "simple", "easy", "term", "thing", "stuff", "word", "part", "point", "idea", "way", "line", "code", "program", "sign", "symbol", "sentence"])  # fmt: skip


SURELY_COVERED = 0.55
"""From here on a passage answers the question even where it uses none of its words."""


def _unknown(words: str, passages: Sequence[PassageState]) -> str:
    """What is to be explained, where none of the passages that were found so much as names it."""
    if language := another_language(words):
        return "" if any(language in f"{p['title']} {p['heading']} {p['body']}" for p in passages) else language
    what = defined(words)
    named = _words(what) - _VAGUE
    sure = bool(passages) and passages[0]["score"] >= SURELY_COVERED
    if sure or not named or len(named) > DEFINED_WORDS_MAX or spelled_out(words) != words:
        return ""
    known = set[str]().union(*(_words(f"{p['title']} {p['heading']} {p['body']}") for p in passages))
    foreign = {word for word in named if not any(other.startswith(word) for other in known)}
    return what if len(foreign) * 2 >= len(named) else ""


def _not_covered(what: str, passages: Sequence[PassageState], intent: str, missing: Sequence[str]) -> Evidence:
    """Said openly, with the nearest lesson as an offer rather than as the answer."""
    near = f"{passages[0]['title']}: {passages[0]['heading']}" if passages[0]["heading"] else passages[0]["title"]
    blocks = [
        prose(f"I find nothing about “{shorten(what, 40)}” in your course, and I do not want to tell you what I cannot check."),
        question(f"The nearest that I find is “{near}”. Shall I explain that, or can you say it in other words?", ""),
    ]  # fmt: skip
    found = evidence(NAME, intent, blocks, missing=missing)
    found["offer"] = step(NAME, "concept", near)
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
    context: Context, topic: Topic, focus: str, missing: list[str], desk: Desk, depth: str = "full"
) -> tuple[list[Block], list[dict[str, object]]]:
    example = _nearest_example(topic, focus, desk.get("told", []), depth)
    if example is None:
        return [], []
    tell(desk, [_name(topic, example.title)])
    if example.subject == "maths" or not example.code.strip():
        body = example.code or example.output
        shown: list[Block] = [prose(f"An example: {_stopped(example.title)}"), code(body, "authored", lang="text")]
        return (shown if body.strip() else []), []
    try:
        result, drawn = await _run_and_drawn(context, example.code)
    except SANDBOX_TROUBLE as error:
        missing.append(cannot_run(error).replace("your program", "the example"))
        return [prose(f"An example: {_stopped(example.title)}"), code(example.code, "authored")], []
    if result.status != "ok":
        missing.append("The example did not run here as it should, so I left it out.")
        return [], []
    shown = [prose(f"An example: {_stopped(example.title)} I ran it:"), code(example.code)]
    if result.stdout.strip():
        shown.append(output(result.stdout))
    return [*shown, *drawn], [run_facts(example.code, result)]


async def _run_and_drawn(context: Context, program: str) -> tuple[RunResult, list[Block]]:
    """The run, with a picture where one helps: the calls of a function that calls itself, the objects that have several
    names, or the values of a program that goes round, as they change."""
    runner = runner_of(context)
    policy = Policy(wall_s=TRACE_SECONDS, cpu_s=TRACE_SECONDS, steps_max=STEPS_MAX)
    if worth_watching(program):
        watched = await watch_program(runner, program, policy)
        drawn = draw_calls(watched.calls) or (draw_memory(watched.memory) if watched.memory else None)
        if watched.run.status == "ok" and (drawn or not worth_drawing(program)):
            return watched.run, [picture(drawn.svg, drawn.alt)] if drawn else []
    if not worth_drawing(program):
        return await runner.run(program), []
    trace = await runner.trace(program, policy=policy)
    if trace.run.status != "ok":
        return await runner.run(program), []
    drawn = draw_trace(trace, program) if trace.complete else None
    return trace.run, [picture(drawn.svg, drawn.alt)] if drawn else []


def _drawn(passages: Sequence[PassageState], quoted: Sequence[str]) -> list[Block]:
    """What a quoted passage tells of, where it can be drawn. Never the student's own numbers: this is kept for others."""
    told = (draw_passage(one["body"]) for one in passages if one["id"] in quoted and one["subject"] == "maths")
    drawn = next((one for one in told if one), None)
    return [picture(drawn.svg, drawn.alt, "cas")] if drawn else []


def _stopped(title: str) -> str:
    return title if title.endswith((".", "?", "!")) else title + "."


def _name(topic: Topic, text: str) -> str:
    return f"{topic.id}: {shorten(text, 60)}"


def _nearest_example(topic: Topic, focus: str, told: Sequence[str], depth: str) -> Example | None:
    """The one that says most about the question; of equals the shortest for who is new to it, the richest for who has
    mastered it."""
    wanted = _words(focus)
    if "loop" in wanted:
        wanted |= {"for", "while"}
    fresh = [e for e in topic.examples if _name(topic, e.title) not in told]
    size = {"gentle": -1, "brief": 1}.get(depth, 0)
    return max(fresh, key=lambda e: (len(_words(f"{e.title} {e.code}") & wanted), size * len(e.code)), default=None)


def _pitfall(topic: Topic, focus: str, depth: str, desk: Desk) -> list[Block]:
    told = desk.get("told", [])
    fresh = [text for text in topic.pitfalls if _name(topic, text) not in told]
    if not fresh or depth == "brief":
        return []
    wanted = _words(focus)
    nearest = max(fresh, key=lambda text: len(_words(text) & wanted))
    if not wanted & _words(f"{nearest} {topic.title}"):
        return []
    tell(desk, [_name(topic, nearest)])
    return [prose(f"Watch out: {nearest}", "authored")]


def _check_question(topic: Topic, focus: str, desk: Desk) -> tuple[list[Block], Question | None]:
    """The nearest question that was not asked yet and is more than the student's own, handed back."""
    wanted, told = _words(focus), desk.get("told", [])
    fresh = [q for q in topic.quiz if q.id not in told and not _same_question(q.prompt, focus)]
    quiz = max(fresh, key=lambda q: len(_words(q.prompt) & wanted), default=None)
    if quiz is None:
        return [], None
    tell(desk, [quiz.id])
    return [question(asked_text(quiz))], quiz


SHORT_PROMPT = 8


def _same_question(prompt: str, focus: str) -> bool:
    """It asks nothing but what the student asked: "What is a for loop?" is no check on somebody who just said so."""
    return len(prompt.split()) <= SHORT_PROMPT and _words(prompt) <= _words(focus)
