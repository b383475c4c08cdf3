"""What of the API will go, since when and until when, said in each answer of it (RFC 9745, RFC 8594) and in the document.

A new major version gets a path of its own (/api/v2) beside the old one. Within a version nothing is taken away that is
not listed here, half a year before at least."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Deprecation:
    """`successor` is what to use instead: a path of this API."""

    since: datetime
    sunset: datetime
    successor: str


DEPRECATED: Mapping[tuple[str, str], Deprecation] = {
    ("POST", "/api/v1/progress/time-zone"): Deprecation(
        since=datetime(2026, 11, 20, tzinfo=UTC), sunset=datetime(2027, 6, 30, tzinfo=UTC), successor="/api/v1/profile"
    ),
}


def headers(route: object, method: str) -> list[tuple[bytes, bytes]]:
    """Of a route's answers; none for what stays."""
    found = DEPRECATED.get((method, getattr(route, "path", "")))
    if found is None:
        return []
    return [
        (b"deprecation", f"@{int(found.since.timestamp())}".encode()),
        (b"sunset", format_datetime(found.sunset, usegmt=True).encode()),
        (b"link", f'<{found.successor}>; rel="successor-version"'.encode()),
    ]
