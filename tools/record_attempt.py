"""Writes down what a student did, once for ever by its key."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.errors import Invalid
from core.ports import VARIANT, Attempt, Recorded, Records, SkillId, Student
from core.telemetry import span

_FIELDS = {"kind", "item", "skills", "correct", "score", "hints", "answer", "error", "detail", "duration_s", "metrics"}
_KINDS = {"exercise", "quiz", "maths", "hint", "run"}
ANSWER_CHARS_MAX = 20_000


async def record_attempt(
    records: Records, student: Student, found: Mapping[str, Any], *, key: str, at: datetime, version: str = ""
) -> Recorded:
    """`found` is an entry of an evidence's `attempts`, `version` the course's. Raises DatabaseUnavailable; Invalid when the
    entry is off: then it is quarantined with the reason."""
    with span("tools.record_attempt", attempt=key):
        try:
            attempt = _attempt(found, key, at, version)
        except (TypeError, ValueError, Invalid) as error:
            fault = error if isinstance(error, Invalid) else Invalid(f"an attempt does not look like this: {error}")
            await records.quarantine(student, {**found, "at": at}, key=key, fault=fault)
            raise fault from error
        return await records.record(student, attempt)


def _attempt(found: Mapping[str, Any], key: str, at: datetime, version: str) -> Attempt:
    unknown = set(found) - _FIELDS
    if unknown or found.get("kind") not in _KINDS or not found.get("item"):
        raise Invalid(f"an attempt has a kind of {sorted(_KINDS)}, an item, and of the rest only {sorted(_FIELDS)}")
    correct = bool(found.get("correct", False))
    item, _, variant = str(found["item"]).partition(VARIANT)  # other numbers, but the same item
    return Attempt(
        key=key,
        kind=found["kind"],
        item=item,
        skills=tuple(SkillId(skill) for skill in found.get("skills", ())),
        correct=correct,
        score=min(1.0, max(0.0, float(found.get("score", correct)))),
        at=at,
        duration_s=found.get("duration_s"),
        hints=int(found.get("hints", 0)),
        answer=str(found.get("answer", ""))[:ANSWER_CHARS_MAX],
        error=str(found.get("error", "")),
        detail={**found.get("detail", {}), **({"variant": variant} if variant else {})},
        metrics=dict(found.get("metrics", {})),
        content_version=version,
    )
