"""E-mail addresses: which ones are, and the one form under which each is kept; pure."""

import unicodedata

from email_validator import EmailNotValidError, validate_email

from core.errors import Invalid

DEMO_DOMAIN = "learnflow.example"  # RFC 2606: nobody can have mail there
_EMAIL_CHARS_MAX = 254
_NO_DOMAIN = "sign-in.invalid"  # RFC 2606 too: for people whose provider proves no address


def normal_email(email: str) -> str:
    """The one form under which an address is kept. Raises Invalid."""
    if len(email) > _EMAIL_CHARS_MAX:
        raise Invalid("this e-mail address is too long", field="email")
    try:
        found = validate_email(email.strip(), check_deliverability=False).normalized.lower()
    except (EmailNotValidError, UnicodeError):
        raise Invalid("this is not an e-mail address", field="email") from None
    if not has_mailbox(found):
        raise Invalid("this e-mail domain is kept for demonstrations", field="email")
    return found


def has_mailbox(email: str) -> bool:
    """Whether a letter may be sent there."""
    return not email.endswith(("@" + DEMO_DOMAIN, "@" + _NO_DOMAIN))


def placeholder_email(id_: str) -> str:
    """For a person without an address of their own."""
    return f"{id_}@{_NO_DOMAIN}"


def email_key(email: str) -> str:
    """What to look an address up by; never raises, and one that cannot exist becomes the empty string."""
    key = unicodedata.normalize("NFC", email.strip()).lower()
    return key if len(key) <= _EMAIL_CHARS_MAX and can_be_stored(key) else ""


def can_be_stored(text: str) -> bool:
    """Postgres takes neither NUL nor half of a surrogate pair."""
    return not any(char == "\0" or "\ud800" <= char <= "\udfff" for char in text)
