"""A circuit breaker: a provider that keeps failing is left alone for a while, then tried once."""

from core.clock import Clock


class Breaker:
    """Opens after `failures_max` failures in a row; after `rest_s` one call may try again."""

    def __init__(self, clock: Clock, *, failures_max: int = 4, rest_s: float = 30.0) -> None:
        self._clock = clock
        self._failures_max = failures_max
        self._rest_s = rest_s
        self._failures = 0
        self._closed_at = 0.0

    def allows(self) -> bool:
        """Whether a call may be made now; after the rest the first that asks is the trial."""
        if self._failures < self._failures_max:
            return True
        if self._clock.monotonic() < self._closed_at:
            return False
        self._closed_at = self._clock.monotonic() + self._rest_s  # only one trial at a time
        return True

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self) -> None:
        self._failures += 1
        if self._failures >= self._failures_max:
            self._closed_at = self._clock.monotonic() + self._rest_s
