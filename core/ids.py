"""Names for new things: time-ordered, so that an index on them grows at one end."""

from uuid_utils import uuid7


def new_id() -> str:
    """A fresh UUIDv7 in its 36-character form."""
    return str(uuid7())
