"""When a student is stuck at a skill, seen in the last attempts, and what a teacher could do: pure.

Each signal is a claim with its evidence. Thresholds are set for few false alarms: on the ASSISTments 2009-10 log what is told
after five tries is right about four times in five.
"""

import math
import re
import statistics
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from core.ports import AttemptKind, SkillId
from learning import stuck
from learning.attempts import GRADED

Severity = Literal["low", "medium", "high"]

HISTORY = 12  # attempts looked back at; no signal needs more
_ROW_MEDIUM, _ROW_HIGH = 3, 5
_SAME_ERROR = 3
_HINTS = 3
_HINTS_UNTRIED = 5  # who asks and asks before the first answer may only be reading on
_FALL = 0.2
_FALL_ATTEMPTS = 5
_LOW_LEVEL = 0.5
_STUCK = 0.6  # of the outlook in learning/stuck.py
_HOPEFUL = 0.55  # an outlook below this speaks against a row of three or four, or a fall
_SLOW = math.log(2)  # twice as long as others need
_SLOW_ANSWERS, _SLOW_OF, _SLOW_WRONG = 3, 5, 2
_HIGH_LEVEL = 0.65  # they had it: who fails at something new is told by the other signals


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One attempt at the skill, as far as struggle goes; `at` is when it was recorded, `level` the mastery after it, None
    for a hint or a run. `pace` is its time over what the item usually takes, as a logarithm, None where that is unknown;
    `stuck` the chance, after it, that fewer than two thirds of what follows will be right, told of the newest only."""

    at: datetime
    kind: AttemptKind
    item: str
    correct: bool
    error: str
    hints: int
    level: float | None
    pace: float | None = None
    stuck: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A reason to look at a student, in a teacher's words; `evidence` holds counts and ids only."""

    kind: str
    skill: SkillId | None
    severity: Severity
    reason: str
    advice: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


def detect(
    skill: SkillId | None, history: Sequence[Past], *, open_kinds: Collection[str], resolved: Mapping[str, datetime]
) -> list[Finding]:
    """What `history` (oldest first, only this skill) gives cause to tell. Nothing of a kind that is open; of one that
    was resolved, only what happened since. Without a skill, among the student's own programs, only the same error
    tells anything. Empty unless the last attempt failed: help that follows success is noise."""
    if not history or history[-1].correct:
        return []
    found: list[Finding] = []
    for kind, signal in (_SIGNALS if skill else _SKILLLESS).items():
        since = max(resolved.values(), default=None) if kind in _QUIET else resolved.get(kind)
        fresh = [past for past in history if since is None or past.at > since]
        finding = None if kind in open_kinds else signal(skill, fresh)
        if finding and not (kind in _QUIET and (found or open_kinds)):
            found.append(finding)
    return found


def _failures(skill: SkillId | None, history: Sequence[Past]) -> Finding | None:
    row = _since_success([past for past in history if past.kind in GRADED])
    if len(row) < _ROW_MEDIUM or (len(row) < _ROW_HIGH and _hopeful(history)):
        return None
    return Finding(
        kind="repeated_failure",
        skill=skill,
        severity="high" if len(row) >= _ROW_HIGH else "medium",
        reason=f"{len(row)} answers in a row were wrong on {_name(skill)}.",
        advice="Work through one easier task of the same kind together and let them explain each step aloud, "
        "before they try this one again.",
        evidence={"wrong_in_a_row": len(row), "items": _items(row)},
    )


def _same_error(skill: SkillId | None, history: Sequence[Past]) -> Finding | None:
    row = _since_success([past for past in history if past.kind in GRADED or past.error])
    errors = Counter(error_name(past.error) for past in row if past.error)
    error, times = errors.most_common(1)[0] if errors else ("", 0)
    if times < _SAME_ERROR:
        return None
    return Finding(
        kind="same_error",
        skill=skill,
        severity="medium",
        reason=f"The same mistake came back {times} times on {_name(skill)}: {error}.",
        advice="Ask what they think this message says and which line it means; the idea behind it seems to be missing, "
        "not the care.",
        evidence={"error": error, "times": times, "items": _items(row)},
    )


def _hints(skill: SkillId | None, history: Sequence[Past]) -> Finding | None:
    row = _since_success(history)
    taken = sum(past.kind == "hint" for past in row) or max((past.hints for past in row), default=0)
    tries = sum(past.kind in GRADED for past in row)
    if taken < (_HINTS if tries else _HINTS_UNTRIED):
        return None
    return Finding(
        kind="hints_without_progress",
        skill=skill,
        severity="low" if tries < 2 else "medium",
        reason=f"{taken} hints on {_name(skill)} have not yet led to a right answer.",
        advice="More hints will not help: show a worked example of a similar task and let them finish its last step.",
        evidence={"hints": taken, "tries": tries, "items": _items(row)},
    )


def _falling(skill: SkillId | None, history: Sequence[Past]) -> Finding | None:
    levels = [past.level for past in history if past.level is not None]
    if len(levels) < _FALL_ATTEMPTS:
        return None
    best, now = max(levels), levels[-1]
    if best < _HIGH_LEVEL or best - now < _FALL or now >= _LOW_LEVEL or _hopeful(history):
        return None
    return Finding(
        kind="mastery_falling",
        skill=skill,
        severity="medium",
        reason=f"Their command of {_name(skill)} fell from {best:.0%} to {now:.0%} over the last {len(levels)} answers.",
        advice="Something that worked before no longer does: ask what changed, and revisit the last task they solved.",
        evidence={"from": round(best, 2), "to": round(now, 2), "answers": len(levels)},
    )


def _slow(skill: SkillId | None, history: Sequence[Past]) -> Finding | None:
    """By the median, so that one long break tells nothing; time alone tells nothing either, for to be slow and right is fine."""
    row = [past for past in history if past.kind in GRADED][-_SLOW_OF:]
    paces = [past.pace for past in row if past.pace is not None]
    wrong = sum(not past.correct for past in row)
    if len(paces) < _SLOW_ANSWERS or wrong < _SLOW_WRONG or statistics.median(paces) < _SLOW:
        return None
    times = math.exp(statistics.median(paces))
    return Finding(
        kind="slow_and_wrong",
        skill=skill,
        severity="low",
        reason=f"Answers on {_name(skill)} take them {times:.1f} times as long as others, and {wrong} of the last {len(row)} "
        "were wrong.",
        advice="Sit with them for the first minute of the next task: watch where they stop, and whether it is the reading, "
        "the beginning or the last step.",
        evidence={"times_as_long": round(times, 1), "timed": len(paces), "wrong": wrong, "items": _items(row)},
    )


def _stuck(skill: SkillId | None, history: Sequence[Past]) -> Finding | None:
    tries = [past for past in history if past.kind in GRADED]
    risk = history[-1].stuck if history else None
    if len(tries) < stuck.TRIES or risk is None or risk < _STUCK:
        return None
    wrong = sum(not past.correct for past in tries)
    return Finding(
        kind="not_getting_there",
        skill=skill,
        severity="medium",
        reason=f"{wrong} of the last {len(tries)} answers on {_name(skill)} were wrong, and as things stand it is {risk:.0%} likely "
        "that fewer than two in three of the next ones will be right.",
        advice="Trying on alone will hardly get them there: look at one of the wrong answers together and find out which idea "
        "beneath it is missing.",
        evidence={"chance": round(risk, 2), "wrong": wrong, "tries": len(tries), "items": _items(tries)},
    )


_Signal = Callable[[SkillId | None, Sequence[Past]], Finding | None]
_SIGNALS: dict[str, _Signal] = {
    "repeated_failure": _failures,
    "same_error": _same_error,
    "hints_without_progress": _hints,
    "mastery_falling": _falling,
    "slow_and_wrong": _slow,
    "not_getting_there": _stuck,
}
# told only where nothing else is, nor help came since: it would say the same again
_QUIET = frozenset({"not_getting_there"})
_SKILLLESS: dict[str, _Signal] = {"same_error": _same_error}


def error_name(error: str) -> str:
    """What makes two errors the same: the exception's name, or the first words of a misconception."""
    first = error.strip().split("\n")[0]
    name = re.match(r"[A-Za-z_][\w.]*(?=:|$)", first)  # what follows it may be the student's own words
    return name.group() if name else first[:80]


def _hopeful(history: Sequence[Past]) -> bool:
    """Whether most of what follows is likely to go well all the same, where enough was tried to say."""
    outlook = history[-1].stuck
    return outlook is not None and outlook < _HOPEFUL


def _since_success(history: Sequence[Past]) -> list[Past]:
    """The attempts after the last one that was right."""
    row: list[Past] = []
    for past in reversed(history):
        if past.correct and past.kind in GRADED:
            break
        row.append(past)
    return row[::-1]


def _items(row: Sequence[Past]) -> list[str]:
    return list(dict.fromkeys(past.item for past in row))


def _name(skill: SkillId | None) -> str:
    """A skill's id as words: python.for-loops is "for loops"."""
    if skill is None:
        return "programs of their own"
    return re.split(r"[./:]", skill)[-1].replace("-", " ").replace("_", " ")
