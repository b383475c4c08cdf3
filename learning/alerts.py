"""Who may see which alert, and what a sound one is: pure, the same for every store."""

import base64
import binascii
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.errors import Forbidden, Invalid
from core.ports import Alert, Principal, Role
from learning.attempts import check_detail, check_text, check_word

STATUSES = ("open", "acknowledged", "resolved")
SEVERITIES = ("low", "medium", "high")
_TEXT_CHARS_MAX = 2_000
_LIMIT_MAX = 200


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
