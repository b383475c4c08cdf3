"""A real turn made into a case: what was said, with whom it was said taken out."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from core.db import Pool, connection, sql
from core.errors import NotFound

Verdict = Literal["up", "down"]

RATED_MAX = 1000
BEFORE_MAX = 5  # turns before it that a turn is likely to lean on
_PATTERNS = (
    (re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b"), "[email]"),
    # also without a scheme, where a query follows: it may hold a token
    (re.compile(r"\b\w+://\S+|\bwww\.\S+|\b[\w-]+(?:\.[\w-]+)+/\S*\?\S+", re.IGNORECASE), "[link]"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*|\b(?:sk|pk|rk|ghp|gho|glpat|xox[abps])[-_][\w-]{12,}"), "[secret]"),
    (
        re.compile(
            r"(?i)\b(bearer|password(?: is)?|passwd|api[_-]?key|token)(\s*[:=]\s*|\s+)[\"']?(?=\S*\d)[\w.~+/-]{6,}"
        ),
        r"\1\2[secret]",
    ),
    (re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b"), "[account]"),
    (re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])"), "[address]"),
    (re.compile(r"(?i)\b(born|birthday)((?: is| on| in)?[ :]+)\d[\d./-]*"), r"\1\2[date]"),
    (re.compile(r"(?<![\w.])(?:\+\d{1,3}[ -]?|0)\d{2,4}(?:[ /-]\d{2,}){1,4}(?!\w)"), "[phone]"),
    (
        re.compile(r"(?<![\w.])\(0\d{1,5}\)[ -]?\d{3,}(?:[ -]\d{2,})*|(?<![\w.-])\d{3}-\d{3,4}-\d{4}(?![\w-])"),
        "[phone]",
    ),
    (re.compile(r"(?:/home/|/Users/|[A-Z]:\\+Users\\+)[^/\\\s\"':]+"), "/home/[user]"),
    (re.compile(r"(?<![\w@])@[A-Za-z_]\w{2,}(?=\s|$|[,.!?])"), "[handle]"),
    # whatever its capitals: a word or two after these is a name
    (
        re.compile(
            r"(?i)\b(my name is|my name's|i am called|i'm called)[ ,:]+[^\W\d][\w'-]+(?: (?!and\b|but\b|i\b|i'm\b|from\b)[^\W\d][\w'-]+)?"
        ),
        r"\1 [name]",
    ),
    (
        re.compile(
            r"\b((?i:my name is|i am called|i'm called|signed|regards|call me|ask for))[ ,:]+[A-Z][\w'-]+(?: [A-Z][\w'-]+)?"
        ),
        r"\1 [name]",
    ),
    (re.compile(r"\b(Mr|Mrs|Ms|Miss|Dr|Prof)\.? [A-Z][\w'-]+"), r"\1 [name]"),
)


async def capture(pool: Pool, turn: str) -> dict[str, Any]:
    """A conversation case that ends with the turn; the turns just before it in its thread come with it. Its expectations are what
    the tutor did, for a person to correct. Raises NotFound."""
    return (await _captured(pool, turn))[0]


async def _captured(pool: Pool, turn: str) -> tuple[dict[str, Any], list[str]]:
    """The case, and what the student is called."""
    async with connection(pool) as conn:
        rows = await (await conn.execute(sql("evals/thread_until"), {"turn": turn, "before": BEFORE_MAX})).fetchall()
    if not rows:
        raise NotFound(f"there is no finished turn {turn[:100]}", turn=turn[:100])
    known = _names(rows[0])
    case: dict[str, Any] = {
        "id": f"turn-{turn[-12:]}",
        "about": "regression",
        "turns": [_turn(row, known, last=number == len(rows)) for number, row in enumerate(rows, 1)],
    }
    return case, known


async def capture_rated(pool: Pool, verdict: Verdict, since: datetime, limit: int = RATED_MAX) -> list[dict[str, Any]]:
    """A case a turn that a student gave this thumb since then, the earliest first. What the student said of it stands in
    `feedback`; of a thumbs-down what the tutor did is no expectation: somebody has to write what it should have done."""
    async with connection(pool) as conn:
        arguments = {"verdict": verdict, "since": since, "limit": limit}
        rated = await (await conn.execute(sql("evals/turns_with_feedback"), arguments)).fetchall()
    return [await _rated(pool, verdict, row) for row in rated]


async def _rated(pool: Pool, verdict: Verdict, row: Mapping[str, Any]) -> dict[str, Any]:
    case, known = await _captured(pool, row["id"])
    if verdict == "down":
        case["turns"][-1]["expect"] = {}
    feedback = {"verdict": verdict, "helped": row["helped"], "words": remove_personal(row["words"], known)}
    return {**case, "about": f"thumbs-{verdict}", "feedback": feedback}


def _names(row: Mapping[str, Any]) -> list[str]:
    """What the student is called: the whole name first, then its parts, then what stands before the @ of the address."""
    name, email = str(row["name"]), str(row["email"])
    parts = [part for part in re.split(r"[\s]+", name) if len(part) > 1]
    return [text for text in (name, *parts, email, email.partition("@")[0]) if text.strip()]


def _turn(row: Mapping[str, Any], known: Sequence[str], *, last: bool) -> dict[str, Any]:
    ask = row["ask"]
    turn: dict[str, Any] = {"message": remove_personal(ask["message"], known)}
    if ask.get("code"):
        turn["code"] = remove_personal(ask["code"], known, instead="student")  # a name that may stand in a program
    if ask.get("error"):
        turn["error"] = remove_personal(ask["error"], known)
    if ask.get("exercise"):
        turn["exercise"] = ask["exercise"]
    if ask.get("submission"):
        turn["submission"] = True
    answer = row["answer"] or {}
    expected: dict[str, Any] = {"intents": list(answer.get("intents", []))} if last and answer.get("intents") else {}
    if last and answer.get("hint_level") is not None:
        expected["hint_level"] = answer["hint_level"]
    return {**turn, "expect": expected}


def remove_personal(words: str, known: Sequence[str] = (), *, instead: str = "[name]") -> str:
    """The words without addresses, links, telephone numbers, user folders, handles, names in the usual places, and
    without `known` names wherever they stand. Names of others that stand elsewhere stay: read a case before sharing it."""
    for pattern, blank in _PATTERNS:
        words = pattern.sub(blank, words)
    for name in known:
        words = re.sub(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", instead, words, flags=re.IGNORECASE)
    return words
