"""Which of the memories that a language model proposes are kept: decided by rule, whatever the model says; pure.

A proposal needs a quote that stands, word for word, in what the student wrote. It says one plain thing in one of a few forms,
and nothing of health, beliefs, contacts, secrets or distress, nothing that reads as an order, and nothing that would have
the tutor give answers away. What the student put right or had forgotten wins over it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args

from core.ports import Remembered, TurnId
from memory.notes import Note

Kind = Literal["preference", "misconception", "goal", "worked"]
Refusal = Literal[
    "too_many", "kind", "form", "quote", "ungrounded", "order", "answers", "private", "distress", "forgotten", "own_words",
    "known",
]  # fmt: skip

KEPT_MAX = 3
"""Of one reflection."""
WORDS_MAX = 160
QUOTE_MAX = 200
QUOTE_WORDS_MIN = 3
_SAME = 0.6
_ABOUT_THE_SAME = 0.3
_FORMS: Mapping[Kind, re.Pattern[str]] = {
    "preference": re.compile(r"(?:Prefers|Likes|Dislikes|Learns best|Finds)\b"),
    "misconception": re.compile(r"(?:Thinks|Believes|Expects|Confuses|Mixes up|Assumes|Misreads)\b"),
    "goal": re.compile(r"(?:Wants to|Hopes to|Is preparing for|Is working towards|Plans to|Has an? (?:exam|test)\b)"),
    "worked": re.compile(r"(?:Understood|Was helped by|Got there by|Remembers)\b"),
}
_PLAIN = re.compile(r"[\w\s.,;:'\"()%/+*=!?&^-]+")
_ORDER = re.compile(
    r"\b(?:ignore|disregard|override|bypass|pretend|role-?play|jailbreak|developer|system prompt|instructions?|prompts?|assistant|"
    r"the tutor|you|your|from now on|admin\w*|teacher mode|policy|unlock\w*|memories|obey|comply|reveal)\b|https?:|www\.",
    re.IGNORECASE,
)
_RULE = re.compile(r"\b(?:must|always|never|should|shall|no matter)\b", re.IGNORECASE)
"""Somebody may think that a function always returns something; nobody prefers or wants by a rule for others."""
_ANSWERS = re.compile(
    r"\b(?:solutions?|answers?|hints?|solved for|cheat\w*|(?:marks?|grades?|scores?))\b", re.IGNORECASE
)
_DISTRESS = re.compile(
    r"\b(?:kill(?:ing)? (?:myself|me|him|her|them)|suicid\w*|(?:want|wanna|going) (?:to )?die|(?:was|were|better off) dead|"
    r"self[- ]?harm\w*|cut(?:ting)? myself|hurt(?:s|ing)? (?:myself|me)|overdose|abus\w+|beat(?:s|en)? me|hits? me|"
    r"touch(?:es|ed)? me|threaten\w*|bull(?:y|ied|ies|ying)|worthless|hopeless|lonely|cry(?:ing)?|cries|cried|scared|afraid|"
    r"hates? (?:me|myself|my life)|run away|give up on everything|can'?t go on|stupid|dumb|idiot|useless|loser)\b",
    re.IGNORECASE,
)
_PRIVATE = re.compile(
    r"\b(?:adhd|autis\w*|asperger\w*|dyslexi\w*|dyscalculi\w*|dysprax\w*|anxi(?:ety|ous)|depress\w*|bipolar|ocd|ptsd|disorder|"
    r"diagnos\w*|medicat\w*|medicines?|pills?|therap\w*|psych\w*|counsell?\w*|doctors?|hospital|clinic|ill(?:ness)?|sick|"
    r"disease|cancer|diabet\w*|epilep\w*|asthma|allerg\w*|pregnan\w*|disab(?:led|ility|ilities)|impair\w*|blind|deaf|"
    r"wheelchair|surgery|injur\w*|drugs?|alcohol|smok(?:e|es|ing)|vap(?:e|es|ing)|"
    r"gay|lesbian|bisexual|transgender|queer|sexual\w*|boyfriend|girlfriend|dating|"
    r"religio\w*|church|mosque|synagogue|christian\w*|muslim\w*|islam\w*|jew(?:s|ish)?|hindu\w*|buddhis\w*|atheis\w*|"
    r"pray\w*|political\w*|immigra\w*|refugees?|asylum|ethnic\w*|racial|"
    r"divorc\w*|foster|adopted|(?:my|his|her) (?:parents?|family|address|name|pin|login)|mother|mum|mom|father|dad|sister|brother|"
    r"street|postcode|zip code|phone|e-?mails?|instagram|snapchat|tiktok|whatsapp|discord|"
    r"pass(?:word|code|phrase)s?|credentials?|(?:api|access|secret|private|bearer) (?:keys?|tokens?)|"
    r"(?:bank|credit|debit) (?:cards?|accounts?)|iban|police|arrest\w*|prison)\b"
    r"|[\w.+-]+@[\w-]+\.\w|\d[\d\s().-]{5,}\d|\b(?:sk|pk|ghp|xox\w?)[-_]\w+|\b(?=\w*\d)(?=\w*[a-z])\w{16,}\b",
    re.IGNORECASE,
)
_QUOTED = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "…": "...", "–": "-", "—": "-", "\u00a0": " "})
_IDLE = frozenset(
    re.findall(
        r"\w+",
        """the and that this with from have has was were are for not but his her their they them into onto what when which how
    prefers likes dislikes learns best finds thinks believes expects confuses mixes assumes wants hopes plans preparing
    working towards understood helped got there remembers would like want really just more very because about""",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """As a model sent it, unchecked."""

    kind: str
    content: str
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A turn's own words of the student."""

    turn: TurnId
    words: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What a student had forgotten: one memory with the turns that taught it or, with an empty `memory`, all."""

    memory: str
    kind: str
    turns: frozenset[str]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What may be kept, each with the turn it comes from, and why the rest may not."""

    notes: tuple[tuple[Note, TurnId], ...]
    refused: tuple[Refusal, ...] = field(default=())


def sift(
    proposals: Sequence[Proposal], said: Sequence[Said], there: Sequence[Remembered], forgotten: Iterable[Forgotten]
) -> Passed:
    """`there` is all that is remembered now."""
    notes: list[tuple[Note, TurnId]] = []
    refused: list[Refusal] = []
    gone = list(forgotten)
    for proposal in proposals:
        source = _source(proposal, said)
        fault = _fault(proposal, source) or (source and _against(proposal, source, there, gone, notes))
        if fault is None and len(notes) == KEPT_MAX:
            fault = "too_many"
        if fault or source is None:
            refused.append(fault or "quote")
        else:
            notes.append((_note(proposal), source.turn))
    return Passed(notes=tuple(notes), refused=tuple(refused))


def unwanted(notes: Iterable[tuple[Note, TurnId]], said: Sequence[Said], forgotten: Iterable[Forgotten]) -> list[Note]:
    """Those that the student had forgotten while they were being kept."""
    of, gone = {one.turn: one for one in said}, list(forgotten)
    return [note for note, turn in notes if any(_was_forgotten(one, note.kind, of[turn]) for one in gone)]


def may_be_read(words: str) -> bool:
    """Whether a model may reflect on these words at all: not on distress, and not on what gives somebody away."""
    return not _DISTRESS.search(_plain(words)) and not _PRIVATE.search(_plain(words))


def _fault(proposal: Proposal, source: Said | None) -> Refusal | None:
    content, quote = _plain(proposal.content), _plain(proposal.quote)
    both = f"{content} {quote}"
    if proposal.kind not in get_args(Kind):
        return "kind"
    if not _is_sound(proposal.kind, content):  # type: ignore[arg-type]  # just checked
        return "form"
    if source is None:
        return "quote"
    if _DISTRESS.search(both):
        return "distress"
    if _PRIVATE.search(both):
        return "private"
    if _ORDER.search(content) or (proposal.kind != "misconception" and _RULE.search(content)):
        return "order"
    if proposal.kind != "misconception" and _ANSWERS.search(content):
        return "answers"
    return None if _stems(content) & _stems(quote) else "ungrounded"


def _against(
    proposal: Proposal, source: Said, there: Sequence[Remembered], gone: Sequence[Forgotten],
    notes: Sequence[tuple[Note, TurnId]],
) -> Refusal | None:  # fmt: skip
    if any(_was_forgotten(one, proposal.kind, source) for one in gone):
        return "forgotten"
    mine = [one for one in there if one.kind == proposal.kind]
    both = f"{proposal.content} {proposal.quote}"
    if any(one.edited and (source.turn in one.turns or _alike(one.content, both) >= _ABOUT_THE_SAME) for one in mine):
        return "own_words"
    known = [one.content for one in there] + [note.words for note, _ in notes]
    if any((note.kind, note.slug) == (proposal.kind, _note(proposal).slug) for note, _ in notes):
        return "known"
    return "known" if any(_alike(content, proposal.content) >= _SAME for content in known) else None


def _was_forgotten(one: Forgotten, kind: str, source: Said) -> bool:
    if one.memory == "":
        return source.at <= one.at or source.turn in one.turns
    return one.kind == kind and source.turn in one.turns


def _is_sound(kind: Kind, content: str) -> bool:
    """One line of a few plain words, in one of the forms of its kind."""
    short = len(content.split()) >= 3 and len(content) <= WORDS_MAX
    return short and bool(_FORMS[kind].match(content)) and bool(_PLAIN.fullmatch(content))


def _source(proposal: Proposal, said: Sequence[Said]) -> Said | None:
    """The last turn in which the quote stands, from word to word."""
    quote = _plain(proposal.quote).strip(" .,;:!?\"'").casefold()
    if len(quote) > QUOTE_MAX or len(quote.split()) < QUOTE_WORDS_MIN:
        return None
    exact = re.compile(rf"(?<!\w){re.escape(quote)}(?!\w)")
    return next((one for one in reversed(said) if exact.search(_plain(one.words).casefold())), None)


def _note(proposal: Proposal) -> Note:
    quote = _plain(proposal.quote)
    words = _plain(proposal.content).rstrip(".") + "."
    slug = f"reflection {quote.casefold()}"
    return Note(kind=proposal.kind, slug=slug, words=words, quote=quote)  # type: ignore[arg-type]  # checked


def _plain(words: str) -> str:
    """On one line, with plain quotation marks, and nothing that cannot be seen."""
    shown = "".join(char if char.isprintable() else " " for char in words.translate(_QUOTED))
    return " ".join(shown.split())


def _stems(words: str) -> set[str]:
    found = (word for word in re.findall(r"[^\W_]+", words.casefold()) if len(word) > 2 and word not in _IDLE)
    return {word[:5] for word in found}


def _alike(one: str, other: str) -> float:
    """The shared part of the smaller one's words."""
    a, b = _stems(one), _stems(other)
    return len(a & b) / min(len(a), len(b)) if a and b else 0.0
