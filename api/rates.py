"""How often one person or address may ask: moving windows of a minute, kept in this process's memory."""

import ipaddress
from collections import deque
from dataclasses import dataclass
from typing import Literal

from core.clock import Clock
from core.errors import RateLimited
from core.settings import ApiSettings

Class = Literal["turns", "runs", "requests", "sign_ins", "address", "none"]

_WINDOW_S = 60.0


@dataclass(frozen=True, slots=True)
class Window:
    """What is left of a minute; `reset_s` is when the oldest hit leaves it."""

    limit: int
    remaining: int
    reset_s: int

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The RateLimit headers of the IETF's httpapi drafts."""
        named = {"limit": self.limit, "remaining": self.remaining, "reset": self.reset_s}
        found = [(f"ratelimit-{name}".encode(), str(value).encode()) for name, value in named.items()]
        return [*found, (b"ratelimit-policy", f"{self.limit};w={round(_WINDOW_S)}".encode())]


class Rates:
    """The `limits` package's memory storages start a thread, or visit every key, on each hit; this is O(1) a hit."""

    def __init__(self, settings: ApiSettings, clock: Clock) -> None:
        self._clock = clock
        self._limits = {
            "turns": settings.turns_per_minute,
            "runs": settings.turns_per_minute,
            "requests": settings.requests_per_minute,
            "sign_ins": settings.sign_ins_per_minute,
            "address": settings.address_requests_per_minute,
        }
        self._hits: dict[tuple[str, str], deque[float]] = {}
        self._swept_at = clock.monotonic()

    def hit(self, of: Class, who: str, *, cost: int = 1) -> Window | None:
        """What is left, None where nothing is counted. Raises RateLimited, with `limit` and the seconds to wait, when `who` has used up its minute. A refused hit
        is not counted, so a patient retry always gets through."""
        if of == "none":
            return None
        now = self._clock.monotonic()
        limit = self._limits[of]
        hits = self._hits.setdefault((of, who), deque())
        while hits and hits[0] <= now - _WINDOW_S:
            hits.popleft()
        if len(hits) + cost > limit:
            wait_s = max(1.0, hits[0] + _WINDOW_S - now) if hits else _WINDOW_S
            raise RateLimited(retry_after_s=wait_s, limit=limit, reset_s=round(wait_s + 0.5))
        hits.extend([now] * cost)
        if now - self._swept_at > _WINDOW_S:
            self._sweep(now)
        oldest = hits[0] if hits else now
        return Window(limit, limit - len(hits), max(1, round(oldest + _WINDOW_S - now + 0.5)))

    def _sweep(self, now: float) -> None:
        self._swept_at = now
        self._hits = {key: hits for key, hits in self._hits.items() if hits and hits[-1] > now - _WINDOW_S}


def address(client: tuple[str, int] | None) -> str:
    """Who a nameless caller counts as: an IPv4 address, or an IPv6 /64, since one household owns a whole one."""
    if client is None:
        return "unknown"
    try:
        found = ipaddress.ip_address(client[0])
    except ValueError:
        return client[0]
    if found.version == 6:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
