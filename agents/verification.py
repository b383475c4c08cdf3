"""Turns the evidence into the reply: words by a model, checked block by block before they stream, drafts where not."""

import asyncio
import dataclasses
import json
import re
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from itertools import pairwise

from langgraph.runtime import Runtime

from agents._allowance import ALLOWANCE
from agents._checks import objection
from agents._evidence import SANDBOX_TROUBLE, find_exercise, prose, runner_of
from agents._languages import courtesy
from agents._prompts import load_prompt
from agents._tongue import language_of
from agents.models.port import Model, Prompt
from agents.spec import Spec
from agents.turn import Answer, Block, Citation, Context, Evidence, Turn
from core import events
from core.errors import BudgetSpent, CourseUnavailable, DatabaseUnavailable, ModelUnavailable, Unavailable
from core.log import logger
from core.ports import Exercise
from core.telemetry import span
from tools.check_leak import leaks_solution, snippets
from tools.entitlement import pay_model, require
from tools.read_message import read_message

_log = logger("agents")

NAME = "verification"
TOKEN_CHARS = 28
HINT_LEVELS = 3
SECONDS_FOR_WORDS = 9.0
"""For the words of the whole reply; below the limit of a node, so that the drafts can still be sent in its place."""
SECONDS_KEPT = 1.0
CHARS_A_TOKEN = 4
WORDS_TIMES_MAX, CHARS_MORE = 3, 2_000
"""So many times the draft, and so many characters more, are read of a model's words; by far fewer may be shown."""
RECALLED = 3
_MARKER = re.compile(r"^[ \t]*§(\d{1,4})§[ \t]*$", re.MULTILINE)
_USED_UP = "Today's share of the language model is used up, so until midnight (UTC) I answer in plainer words. What I say is checked as always."
WITHHELD = "I leave this part out, because it would give away the solution of the exercise you have open."


def _is_greeted(flags: Sequence[str]) -> bool:
    """Who may be in danger is not told first in which language a course is."""
    return "non_english" in flags and "danger" not in flags


async def node(state: Turn, runtime: Runtime[Context]) -> Turn:
    context = runtime.context
    reply = _Reply(context, await _remembered(state, context))
    problems = list(state.get("problems", []))
    if "triage" in state and _is_greeted(state["triage"]["flags"]):
        reply.tell(prose(courtesy(language_of(read_message(state["ask"]["message"]).words)), "authored"))
    for found in state.get("evidence", []):
        await reply.add(_renumbered(found, len(reply.citations)), state)
        problems += [text for text in found["missing"] if text not in problems]
    if not reply.blocks:
        reply.tell(
            prose("I could not work out an answer to that just now. Please send it once more, perhaps in other words.")
        )
    if problems:
        reply.tell(prose("**What I could not do:** " + " ".join(problems)))
    if reply.without_model:
        reply.tell(prose(reply.without_model))
    await _pay(context)
    return {"answer": _answer(state, reply, problems, context)}


SPEC = Spec(name=NAME, doing="Checking every sentence before you see it", node=node, stage="after", order=80)


class _Reply:
    """The reply as it grows: what is told is streamed at once and kept, so both are the same to the letter."""

    def __init__(self, context: Context, remembered: Sequence[str]) -> None:
        self.context = context
        self.remembered = remembered
        self.said: list[str] = []
        self.blocks: list[Block] = []
        self.citations: list[Citation] = []
        self.models: list[str] = []
        self.without_model = ""  # what the student is told when the plan's share of the model is used up
        self._may_ask: bool | None = None
        self.words_until = context.clock.monotonic() + min(
            SECONDS_FOR_WORDS, context.budget.seconds_left() - SECONDS_KEPT
        )

    def tell(self, block: Block) -> None:
        if block["kind"] == "picture":
            self.context.say(events.picture(svg=block["body"], alt=block.get("alt", "")))
        text = ("\n\n" if self.said else "") + markdown(block)
        for piece in _pieces(text):
            self.said.append(piece)
            self.context.say(events.token(piece))
        self.blocks.append(block)

    async def add(self, found: Evidence, state: Turn) -> None:
        self._announce(found)
        guard, calls, taken = _Guard(self.context, state, found), len(self.context.usage.calls), False
        with span("models.phrase", agent=found["agent"]):
            async with aclosing(_in_words(found, state, self)) as worded:
                async for block, words in worded:
                    safe = await guard.safe(block, words)
                    taken = taken or safe["body"] == words.strip() != block["body"]
                    self.tell(safe)
        if taken:
            self._note_model(_model_for(found, self.context).name, calls)

    async def may_ask(self) -> bool:
        """Whether the student's plan lets the model phrase this reply; looked up once. Raises nothing: who cannot be
        looked up is phrased offline."""
        if self._may_ask is None:
            try:
                await require(self.context.entitlements, self.context.student, "model_tokens")
                self._may_ask = True
            except BudgetSpent as spent:
                self._may_ask = False
                # a plan that never had a model is no news
                self.without_model = _USED_UP if spent.facts.get("limit") else ""
            except Unavailable:
                self._may_ask = False
        return self._may_ask

    def _note_model(self, name: str, calls: int) -> None:
        """Which model found the words: of a chain the one that was not down; `calls` were made before."""
        spoke = [call["model"] for call in self.context.usage.calls[calls:] if call["tokens_out"]]
        name = spoke[-1] if spoke else name
        if name not in self.models:
            self.models.append(name)

    def _announce(self, found: Evidence) -> None:
        for run in found["facts"].get("runs", []):
            self.context.say(events.code_result(**run))
        for citation in found["citations"]:
            self.citations.append(citation)
            self.context.say(events.citation(citation))
        if level := found.get("hint_level"):
            self.context.say(events.hint(level=level, of=HINT_LEVELS, exercise=found.get("exercise")))


def markdown(block: Block) -> str:
    match block["kind"]:
        case "code" | "output":
            fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", block["body"])), default=0))
            return f"{fence}{block.get('lang', '')}\n{block['body']}\n{fence}"
        case "maths":
            return f"$$\n{block['body']}\n$$"
        case "picture":
            return f"*Picture: {block.get('alt', '')}*"
    return block["body"]


def _pieces(text: str) -> list[str]:
    """Cut between words into tokens of about TOKEN_CHARS characters; nothing is lost or changed."""
    pieces, held = [], ""
    for part in re.findall(r"\S{1,40}\s*|\s+", text):
        held += part
        if len(held) >= TOKEN_CHARS:
            pieces.append(held)
            held = ""
    return [*pieces, held] if held else pieces


def _renumbered(found: Evidence, already: int) -> Evidence:
    """The evidence with its citation numbers behind those of the evidence before it."""
    if not already or not found["citations"]:
        return found
    own = {citation["n"] for citation in found["citations"]}

    def shifted(match: re.Match[str]) -> str:
        return f"[{int(match.group(1)) + already}]" if int(match.group(1)) in own else match.group(0)

    draft: list[Block] = []
    for block in found["draft"]:
        new: Block = {**block, "body": re.sub(r"\[(\d+)\]", shifted, block["body"])} if "cites" in block else block
        if "cites" in block:
            new["cites"] = [n + already for n in block["cites"]]
        draft.append(new)
    citations: list[Citation] = [{**citation, "n": citation["n"] + already} for citation in found["citations"]]
    return {**found, "draft": draft, "citations": citations}


# --- words ---------------------------------------------------------------------------------------------------------


async def _in_words(found: Evidence, state: Turn, reply: _Reply) -> AsyncGenerator[tuple[Block, str], None]:
    """Each draft block in order with the model's words for it; its own body where there are none."""
    waiting = [(n, block) for n, block in enumerate(found["draft"], 1)]
    async with aclosing(_model_words(_model_for(found, reply.context), found, state, reply)) as stream:
        async for number, words in stream:
            while waiting and waiting[0][0] <= number:
                n, block = waiting.pop(0)
                yield block, words if n == number else block["body"]
    for _, block in waiting:
        yield block, block["body"]


def _model_for(found: Evidence, context: Context) -> Model:
    return context.models.get(found["agent"]) or context.models["default"]


async def _model_words(
    model: Model, found: Evidence, state: Turn, reply: _Reply
) -> AsyncGenerator[tuple[int, str], None]:
    """Whole paragraphs as the model finishes them, by number. Ends early, without a word, when the model or the budget
    does: the drafts then stand."""
    prose_blocks = {n: block for n, block in enumerate(found["draft"], 1) if block["kind"] == "prose"}
    if not prose_blocks or found["agent"] == ALLOWANCE or found["intent"] == "distress":
        return  # whom somebody in distress is to turn to is said in our own words
    if model.name != "offline" and not await reply.may_ask():
        return
    prompt = _prompt(found, state, prose_blocks, reply)
    shelf, place = reply.context.shelf, (found.get("shelf", ""), model.name, prompt.name, prompt.version)
    if found.get("shelf") and (kept := shelf.words(*place)):
        for number, words in kept.items():
            yield number, words
        return
    said: dict[int, str] = {}
    try:
        held = ""
        async with aclosing(_in_time(model, prompt, reply)) as pieces:
            async for piece in pieces:
                done, held = _finished(held + piece)
                for number, words in done:
                    said[number] = words
                    yield number, words
        for number, words in _finished(held + "\n§0§\n")[0]:
            said[number] = words
            yield number, words
        if found.get("shelf") and said.keys() >= prose_blocks.keys():
            shelf.keep_words(said, *place)
    except (ModelUnavailable, BudgetSpent, TimeoutError):
        return


async def _in_time(model: Model, prompt: Prompt, reply: _Reply) -> AsyncGenerator[str, None]:
    """The model's pieces, as many as could be of use; raises TimeoutError when the next one would come too late,
    BudgetSpent before it begins."""
    clock, usage = reply.context.clock, reply.context.usage
    seconds = reply.words_until - clock.monotonic()
    room = WORDS_TIMES_MAX * len(prompt.draft) + CHARS_MORE
    tokens_max = _afford(model, prompt, seconds, reply.context)
    stream = aiter(model.stream(prompt, usage, timeout_s=max(0.1, seconds), tokens_max=tokens_max))
    while True:
        try:
            async with asyncio.timeout(max(0.1, reply.words_until - clock.monotonic())):
                piece = await anext(stream)
        except StopAsyncIteration:
            return
        yield piece
        room -= len(piece)
        if room < 0:  # it has lost its way, or means harm: nobody reads so far
            return


async def _pay(context: Context) -> None:
    try:
        await pay_model(
            context.entitlements, context.student, context.turn, context.usage.tokens_in + context.usage.tokens_out
        )
    except Unavailable:  # the answer is there: it is not lost for a count
        _log.warning("agents.not_counted", turn=context.turn)


async def _remembered(state: Turn, context: Context) -> list[str]:
    """What is known of the student that bears on the message, for a model to choose its words by; the offline one says
    the draft as it is, and what others will read holds none of it."""
    if state["ask"].get("public") or all(model.name == "offline" for model in context.models.values()):
        return []
    try:
        found = await context.memories.recall(context.student, state["ask"]["message"], k=RECALLED)
    except DatabaseUnavailable:
        return []
    return [memory.content for memory in found]


def _version(context: Context) -> str:
    return str(context.settings.get("prompt", "v1"))


def _prompt(found: Evidence, state: Turn, prose_blocks: dict[int, Block], reply: _Reply) -> Prompt:
    file = load_prompt(found["agent"], _version(reply.context))
    facts = found["facts"]
    own = not found.get("shelf")
    if own and (said := state.get("desk", {}).get("teacher")):
        facts = {**facts, "teacher_wrote": said}
    if own and reply.remembered:
        facts = {**facts, "about_student": reply.remembered}
    return Prompt(
        name=file.name, version=file.version, system=file.system,
        evidence=json.dumps(facts, ensure_ascii=False, default=str),
        # words that are kept for others are not made of one student's
        student=found["facts"]["topic"] if found.get("shelf") else state["ask"]["message"],
        draft="\n\n".join(f"§{n}§\n{block['body']}" for n, block in prose_blocks.items()),
    )  # fmt: skip


def _afford(model: Model, prompt: Prompt, seconds: float, context: Context) -> int:
    """Tokens the answer may have; raises BudgetSpent before anything is spent. The offline model costs nothing."""
    answer = max(64, len(prompt.draft) // 2)
    if model.name != "offline":
        if seconds <= SECONDS_KEPT:
            raise BudgetSpent("no time is left for better words")
        context.budget.take_tokens(
            (len(prompt.system) + len(prompt.evidence) + len(prompt.student) + len(prompt.draft)) // CHARS_A_TOKEN
            + answer
        )
    return answer


def _finished(text: str) -> tuple[list[tuple[int, str]], str]:
    """The paragraphs that are followed by another marker, and what is left over."""
    markers = list(_MARKER.finditer(text))
    done = [(int(here.group(1)), text[here.end() : following.start()].strip()) for here, following in pairwise(markers)]
    return done, text[markers[-1].start() :] if markers else text


# --- checks --------------------------------------------------------------------------------------------------------


class _Guard:
    """Lets a block through in the model's words, in the draft's, or not at all."""

    def __init__(self, context: Context, state: Turn, found: Evidence) -> None:
        self._context, self._state, self._found = context, state, found
        self._exercise = _unsolved(context, state, found)
        self._system = load_prompt(found["agent"], _version(context)).system

    async def safe(self, block: Block, words: str) -> Block:
        if (
            words != block["body"]
            and objection(words, block, self._found, self._system) is None
            and not await self._leaks(words)
        ):
            return {**block, "body": words.strip()}
        # What the course's authors wrote for students is meant to be seen, hints to the open exercise included.
        if block["kind"] in ("prose", "code") and block["checked"] != "authored" and await self._leaks(markdown(block)):
            return await self._with_less_code(block)
        return block

    async def _with_less_code(self, block: Block) -> Block:
        """What can still be said: values as plain words, then no code at all; nothing only when even that gives it away."""
        if block["kind"] == "prose":
            for body in (_values_plain(block["body"]), without_code(block["body"])):
                if body and not await self._leaks(body):
                    return {**block, "body": body}
        return prose(WITHHELD)

    async def _leaks(self, words: str) -> bool:
        exercise = self._exercise
        if exercise is None or (exercise.answer is None and not snippets(words)):
            return False
        found = await self._gives_away(words, exercise)
        self._context.usage.leaks_blocked += found
        return found

    async def _gives_away(self, words: str, exercise: Exercise) -> bool:
        program = self._state["ask"]["code"] or self._state.get("desk", {}).get("program") or ""
        try:
            return await leaks_solution(runner_of(self._context), words, exercise, program)
        except SANDBOX_TROUBLE:
            # What cannot be tried must not go out, unless it is the student's own line given back.
            own = {line.strip() for line in program.split("\n")}
            return any("\n" in s or "=" in s or "return" in s for s in snippets(words) if s.strip() not in own)


_VALUE = re.compile(r"`(True|False|None|-?\d+(?:\.\d+)?)`")
_CODE_BESIDE = re.compile(r"(\bline \d+(?: \(and [\d, ]+\))?),\s*`[^`\n]*`", re.IGNORECASE)


def _values_plain(body: str) -> str:
    return _VALUE.sub(r"\1", body)


def without_code(body: str) -> str:
    """The sentences that stand without code: what is only shown beside ("line 5, `return x`.") is taken out first."""
    bare = _CODE_BESIDE.sub(r"\1", _values_plain(body))
    kept = [sentence for sentence in re.split(r"(?<=[.!?])\s+", bare) if "`" not in sentence]
    return " ".join(kept).strip()


def _unsolved(context: Context, state: Turn, found: Evidence) -> Exercise | None:
    """The exercise whose solution must not slip out: open, and not solved in this very turn."""
    if found["facts"].get("passed") is True or found["facts"].get("verdict") == "equal" or found["agent"] == "exercise":
        return None
    name = found.get("exercise") or state.get("desk", {}).get("exercise")
    try:
        return find_exercise(context.course, name) if name else None
    except CourseUnavailable:
        return None


# --- the answer ----------------------------------------------------------------------------------------------------


def _answer(state: Turn, reply: _Reply, problems: Sequence[str], context: Context) -> Answer:
    found = state.get("evidence", [])
    return {
        "reply": "".join(reply.said),
        "blocks": reply.blocks,
        "citations": reply.citations,
        "intents": list(dict.fromkeys(e["intent"] for e in found)),
        "hint_level": next((e["hint_level"] for e in found if "hint_level" in e), None),
        "exercise": state.get("desk", {}).get("exercise"),
        "mastery": [],
        "problems": list(problems),
        "verified": dict(Counter(block["checked"] or "courtesy" for block in reply.blocks)),
        "model": ", ".join(reply.models) or "offline",
        "usage": dataclasses.asdict(context.usage),
    }
