"""Slows guessing at one account from one address, so that nobody can lock anybody else out."""

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass

from core.clock import Clock
from core.errors import RateLimited

_FREE_TRIES = 10  # several devices behind one address may type wrongly, or sign in at the same moment
_WAIT_S_MAX = 900.0
_FORGET_AFTER_S = 3600.0
_PAIRS_MAX = 20_000


@dataclass(slots=True)
class _Tries:
    count: int = 0
    last: float = 0.0


class Backoff:
    """Remembers failures per address and account, in this process. After ten it asks for 1, 2, 4, ... seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pairs: OrderedDict[tuple[str, str], _Tries] = OrderedDict()

    def try_once(self, address: str, account: str) -> bool:
        """Counted before the password is looked at, so that a burst at once gets no extra guesses; whether the next one
        has to wait. Raises RateLimited."""
        pair, now = (network(address), account), self._clock.monotonic()
        tries = self._pairs.get(pair)
        if tries is None or now - tries.last > _FORGET_AFTER_S:
            tries = _Tries()
        over = tries.count - _FREE_TRIES
        wait = min(_WAIT_S_MAX, 2.0 ** min(over, 20)) if over >= 0 else 0.0
        if now < tries.last + wait:
            raise RateLimited("Too many tries; wait a little.", retry_after_s=tries.last + wait - now)
        tries.count, tries.last = tries.count + 1, now
        self._pairs[pair] = tries
        self._pairs.move_to_end(pair)
        if len(self._pairs) > _PAIRS_MAX:
            self._pairs.popitem(last=False)
        return tries.count >= _FREE_TRIES

    def succeeded(self, address: str, account: str) -> None:
        self._pairs.pop((network(address), account), None)


def network(address: str) -> str:
    """An IPv6 customer owns a whole /64, and so counts as one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False))
