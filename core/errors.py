"""One tree of our own faults and refusals; they carry facts, never HTTP.

LearnFlowError
├── Refused            the caller asked for something it may not or cannot have
│   ├── NotFound
│   ├── Invalid
│   ├── TooLarge
│   ├── Unauthenticated
│   ├── Forbidden
│   ├── Conflict
│   ├── RateLimited
│   └── QueueFull
├── Unavailable        something we depend on does not answer
│   ├── DatabaseUnavailable
│   ├── CourseUnavailable
│   ├── SandboxUnavailable
│   ├── MathematicsUnavailable
│   ├── ModelUnavailable
│   └── PaymentsUnavailable
├── BudgetSpent        a turn used up its seconds, steps or tokens
└── LeaseLost          another runner took the turn over
"""

from typing import Any


class LearnFlowError(Exception):
    """Something went wrong."""

    def __init__(self, message: str | None = None, **facts: Any) -> None:
        self.message = message or (type(self).__doc__ or "").strip()
        self.facts = facts
        super().__init__(self.message)


class Refused(LearnFlowError):
    """This request cannot be granted."""


class NotFound(Refused):
    """There is no such thing here."""


class Invalid(Refused):
    """The request is not of the form that is needed."""


class TooLarge(Refused):
    """The request is larger than is allowed."""


class Unauthenticated(Refused):
    """Sign in first."""


class Forbidden(Refused):
    """Your role does not allow this."""


class Conflict(Refused):
    """This contradicts what is already there."""


class RateLimited(Refused):
    """Too many requests; wait a moment."""

    def __init__(self, message: str | None = None, *, retry_after_s: float = 1.0, **facts: Any) -> None:
        super().__init__(message, retry_after_s=retry_after_s, **facts)
        self.retry_after_s = retry_after_s


class QueueFull(RateLimited):
    """This conversation has too many messages waiting; let the tutor answer first."""


class Unavailable(LearnFlowError):
    """A part of the service does not answer just now."""


class DatabaseUnavailable(Unavailable):
    """The database does not answer."""


class CourseUnavailable(Unavailable):
    """The course index cannot be read; run `learnflow index` to build it again."""


class SandboxUnavailable(Unavailable):
    """No sandbox that isolates enough is available, so no code is run."""


class MathematicsUnavailable(Unavailable):
    """The mathematics checker does not answer."""


class ModelUnavailable(Unavailable):
    """The language model does not answer."""


class PaymentsUnavailable(Unavailable):
    """The payment provider does not answer just now."""


class BudgetSpent(LearnFlowError):
    """This turn has used up its budget."""


class LeaseLost(LearnFlowError):
    """Another process took this turn over."""
