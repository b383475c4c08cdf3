"""What counts as a sound attempt: everything else is refused before it can reach a table."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, get_args

import orjson

from core.errors import Invalid
from core.ports import Attempt, AttemptKind, SkillId
from learning.code_metrics import measure

GRADED = frozenset({"exercise", "quiz", "maths"})  # a hint or a run says nothing of right or wrong

_NAME_CHARS_MAX = 200
_ANSWER_CHARS_MAX = 100_000
_ERROR_CHARS_MAX = 10_000
_DETAIL_CHARS_MAX = 100_000
_SKILLS_MAX = 20
_HINTS_MAX = 100
_METRICS_MAX = 20
_METRIC_MAX = 1e12
_SECONDS_MAX = 30 * 86_400.0
_ESCAPED_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # an even number of backslashes before u0000 is a program's text
_AHEAD_MAX = timedelta(days=1)  # a client's clock in another zone, not in another year


def check(attempt: Attempt, now: datetime) -> Attempt:
    """The attempt with each skill once. Raises Invalid, naming the field."""
    if attempt.kind not in get_args(AttemptKind):
        raise Invalid(f"an attempt's kind is one of {', '.join(get_args(AttemptKind))}", field="kind")
    check_word("key", attempt.key)
    check_word("item", attempt.item)
    check_text("answer", attempt.answer, _ANSWER_CHARS_MAX)
    check_text("error", attempt.error, _ERROR_CHARS_MAX)
    _check_time(attempt.at, now)
    _check_outcome(attempt)
    check_detail("detail", attempt.detail)
    _check_metrics(attempt.metrics)
    check_text("content_version", attempt.content_version, _NAME_CHARS_MAX)
    if not isinstance(attempt.skills, tuple) or len(attempt.skills) > _SKILLS_MAX:
        raise Invalid(f"an attempt shows at most {_SKILLS_MAX} skills", field="skills")
    return replace(attempt, skills=check_skills(attempt.skills), metrics={**_measured(attempt), **attempt.metrics})


def _measured(attempt: Attempt) -> dict[str, float]:
    """What can be read off a program; a mathematical answer is none."""
    return measure(attempt.answer) if attempt.kind in ("exercise", "run") else {}


def _check_metrics(metrics: object) -> None:
    if not isinstance(metrics, Mapping) or len(metrics) > _METRICS_MAX:
        raise Invalid(f"metrics are at most {_METRICS_MAX} numbers by name", field="metrics")
    for name, value in metrics.items():
        check_word("metrics", name)
        _check_number("metrics", value, 1.0 if name == "coverage" else _METRIC_MAX)


def _check_outcome(attempt: Attempt) -> None:
    if not isinstance(attempt.correct, bool):
        raise Invalid("correct is true or false", field="correct")
    _check_number("score", attempt.score, 1.0)
    if attempt.duration_s is not None:
        _check_number("duration_s", attempt.duration_s, _SECONDS_MAX)
    if not isinstance(attempt.hints, int) or isinstance(attempt.hints, bool) or not 0 <= attempt.hints <= _HINTS_MAX:
        raise Invalid(f"hints is a whole number from 0 to {_HINTS_MAX}", field="hints")


def check_skills(skills: Sequence[SkillId]) -> tuple[SkillId, ...]:
    """Each once, in their order."""
    for skill in skills:
        check_word("skills", skill)
    return tuple(dict.fromkeys(skills))


def check_word(field: str, value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise Invalid(f"{field} may not be empty", field=field)
    check_text(field, value, _NAME_CHARS_MAX)


def check_text(field: str, value: object, chars_max: int) -> None:
    if not isinstance(value, str) or len(value) > chars_max:
        raise Invalid(f"{field} is text of at most {chars_max} characters", field=field)
    if not _is_storable(value):
        raise Invalid(f"{field} holds a NUL or half a character", field=field)


def _check_number(field: str, value: object, most: float) -> None:
    sound = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not sound or not 0 <= float(value) <= most:  # type: ignore[arg-type]  # mypy does not follow `sound`
        raise Invalid(f"{field} is a number from 0 to {most:g}", field=field)


def _check_time(at: object, now: datetime) -> None:
    if not isinstance(at, datetime):
        raise Invalid("at is a time", field="at")
    if at.tzinfo is None:
        raise Invalid("at needs a time zone", field="at")
    if at > now + _AHEAD_MAX or at.year < 2000:
        raise Invalid("at is not a time when this can have happened", field="at")


def check_detail(field: str, detail: Mapping[str, Any]) -> None:
    try:
        written = json.dumps(detail, allow_nan=False, ensure_ascii=False)
        orjson.dumps(detail)  # stricter in other ways: no whole number beyond 64 bits, no half characters
    except (TypeError, ValueError, RecursionError) as error:
        raise Invalid(f"{field} is not JSON", field=field) from error
    if len(written) > _DETAIL_CHARS_MAX:
        raise Invalid(f"{field} is at most {_DETAIL_CHARS_MAX} characters of JSON", field=field)
    if _ESCAPED_NUL.search(written) or not _is_storable(written):
        raise Invalid(f"{field} holds a NUL or half a character", field=field)


def _is_storable(value: str) -> bool:
    """Postgres keeps neither NUL nor an unpaired surrogate."""
    return "\x00" not in value and not any("\ud800" <= char <= "\udfff" for char in value)
