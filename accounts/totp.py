"""One-time passwords by the clock (RFC 6238: SHA-1, six digits, 30 seconds, as every authenticator app takes them); pure."""

import base64
import hashlib
import hmac
import secrets
from urllib.parse import quote

STEP_S = 30
_DIGITS = 6
_SECRET_BYTES = 20  # RFC 4226, 4: as long as the hash
_DRIFT = 1  # steps that a telephone's clock may be off, either way
_RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read for something else
_RECOVERY_CHARS = 12  # 59 bits: guessing needs no limit beyond that of passwords


def new_secret() -> bytes:
    return secrets.token_bytes(_SECRET_BYTES)


def code_at(secret: bytes, step: int) -> str:
    """RFC 4226, 5.3."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), hashlib.sha1)
    at = digest[-1] & 0x0F
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFFFFFF
    return str(number % 10**_DIGITS).zfill(_DIGITS)


def matching_step(secret: bytes, code: str, now_s: float, *, after: int = 0) -> int | None:
    """The step whose code this is, if it is near and later than `after`; all are looked at, so that time does not tell."""
    given, now, found = _plain(code), int(now_s) // STEP_S, None
    for step in range(now - _DRIFT, now + _DRIFT + 1):
        same = hmac.compare_digest(code_at(secret, step).encode(), given.encode(errors="replace"))
        found = step if same and step > after else found
    return found


def uri(secret: bytes, *, account: str, issuer: str = "LearnFlow") -> str:
    """The otpauth address that authenticator apps read, often from a QR code."""
    return f"otpauth://totp/{quote(issuer)}:{quote(account)}?secret={base32(secret)}&issuer={quote(issuer)}"


def base32(secret: bytes) -> str:
    return base64.b32encode(secret).decode().rstrip("=")


def new_recovery_codes() -> list[str]:
    """Ten, in groups of four characters."""
    codes = ("".join(secrets.choice(_ALPHABET) for _ in range(_RECOVERY_CHARS)) for _ in range(_RECOVERY_CODES))
    return ["-".join(code[at : at + 4] for at in range(0, _RECOVERY_CHARS, 4)) for code in codes]


def is_recovery_code(code: str) -> bool:
    return len(_plain(code)) == _RECOVERY_CHARS


def recovery_hash(user: str, code: str) -> bytes:
    """A code has 59 random bits: one fast hash, salted with whose it is, hides it well enough behind the database."""
    return hashlib.sha256(f"{user}:{_plain(code).lower()}".encode(errors="surrogatepass")).digest()


def _plain(code: str) -> str:
    return "".join(char for char in code if char not in " -\t")
