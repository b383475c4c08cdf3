"""Who may see which alert, and what a sound one is: pure, the same for every store."""

import base64
import binascii
import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from core.errors import Forbidden, Invalid
from core.ports import Alert, Principal, Role, StudentId, UserId
from learning.attempts import check_detail, check_text, check_word

STATUSES = ("open", "acknowledged", "resolved")
SEVERITIES = ("low", "medium", "high")
_TEXT_CHARS_MAX = 2_000
_LIMIT_MAX = 200
_SNOOZE_MAX = timedelta(days=90)

Status = Literal["open", "acknowledged", "resolved", "snoozed"]
Severity = Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which alerts: all that is given must hold. `since` is when they were raised, `class_id` a class of the student's."""

    status: Status | None = None
    severity: Severity | None = None
    kind: str | None = None
    student: StudentId | None = None
    class_id: str | None = None
    assignee: UserId | None = None
    since: datetime | None = None

    def params(self) -> dict[str, Any]:
        found = asdict(self)
        return found | {"class": found.pop("class_id")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What somebody wrote on an alert; the author is None once the account is gone."""

    id: int
    author: UserId | None
    author_name: str | None
    words: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something happened to an alert, which is given as it is now; `seq` grows over all alerts."""

    seq: int
    what: Literal["raised", "changed", "returned", "noted"]
    alert: Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a page ends: the next one begins with older alerts."""

    at: datetime
    id: str


def sees_everyone(asker: Principal) -> bool:
    """True for an admin, False for a teacher, who sees the students of own classes. Raises Forbidden for others."""
    if asker.role not in (Role.TEACHER, Role.ADMIN):
        raise Forbidden("alerts are for teachers")
    return asker.role is Role.ADMIN


def check_status(status: str) -> None:
    if status not in STATUSES:
        raise Invalid(f"an alert's status is one of {', '.join(STATUSES)}", field="status")


def check_since(since: datetime | None) -> None:
    if since is not None and since.tzinfo is None:
        raise Invalid("since needs a time zone, as 2026-09-01T08:00:00Z", field="since")


def check_snooze(until: datetime, now: datetime) -> None:
    """Raises Invalid for a time that has no zone, is past, or is too far away to be meant."""
    if until.tzinfo is None:
        raise Invalid("until needs a time zone, as 2026-09-01T08:00:00Z", field="until")
    if not now < until <= now + _SNOOZE_MAX:
        raise Invalid(f"until is a time within the next {_SNOOZE_MAX.days} days", field="until")


def check_note(words: str) -> str:
    """The words without the space around them. Raises Invalid."""
    if not words.strip():
        raise Invalid("words may not be empty", field="words")
    check_text("words", words, _TEXT_CHARS_MAX)
    return words.strip()


def check_alert(
    *, key: str, kind: str, severity: str, reason: str, advice: str, skill: str | None, evidence: Mapping[str, Any]
) -> None:
    """Raises Invalid, naming the field."""
    check_word("key", key)
    check_word("kind", kind)
    if severity not in SEVERITIES:
        raise Invalid(f"an alert's severity is one of {', '.join(SEVERITIES)}", field="severity")
    if skill is not None:
        check_word("skill", skill)
    check_text("reason", reason, _TEXT_CHARS_MAX)
    check_text("advice", advice, _TEXT_CHARS_MAX)
    check_detail("evidence", evidence)


def is_id(alert: str) -> bool:
    """Whether this can be an alert's id at all."""
    try:
        uuid.UUID(alert)
    except ValueError:
        return False
    return True


def page_size(limit: int) -> int:
    return max(1, min(limit, _LIMIT_MAX))


def cursor_after(alert: Alert) -> str:
    """Opaque to its reader, so that it may change."""
    return base64.urlsafe_b64encode(json.dumps([alert.at.isoformat(), alert.id]).encode()).decode()


def place(cursor: str | None) -> Place | None:
    """Raises Invalid for a cursor that was not made here."""
    if cursor is None:
        return None
    try:
        at, ident = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
        found = Place(at=datetime.fromisoformat(at), id=str(ident))
    except (ValueError, TypeError, UnicodeError, binascii.Error, RecursionError) as error:
        raise Invalid("this cursor does not come from here", field="cursor") from error
    if found.at.tzinfo is None or not is_id(found.id):
        raise Invalid("this cursor does not come from here", field="cursor")
    return found
