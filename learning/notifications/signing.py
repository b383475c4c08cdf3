"""Signs what goes to a webhook as standardwebhooks.com has it, so that its receiver may use a library it knows."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping

PREFIX = "whsec_"
TOLERANCE_S = 300


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def headers(secret: str, ident: str, at_s: int, body: bytes) -> dict[str, str]:
    """`ident` is the same at every try, `at_s`, seconds since 1970, is not."""
    return {
        "webhook-id": ident,
        "webhook-timestamp": str(at_s),
        "webhook-signature": f"v1,{_signature(secret, ident, at_s, body)}",
    }


def is_genuine(secret: str, given: Mapping[str, str], body: bytes, *, now_s: int) -> bool:
    """What a receiver does: the signature fits, and the moment is near."""
    try:
        at_s = int(given["webhook-timestamp"])
        wanted = _signature(secret, given["webhook-id"], at_s, body)
    except (KeyError, ValueError, binascii.Error):
        return False
    signatures = [one.partition(",")[2] for one in given.get("webhook-signature", "").split() if one.startswith("v1,")]
    return abs(now_s - at_s) <= TOLERANCE_S and any(hmac.compare_digest(one, wanted) for one in signatures)


def _signature(secret: str, ident: str, at_s: int, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    signed = hmac.new(key, f"{ident}.{at_s}.".encode() + body, hashlib.sha256)
    return base64.b64encode(signed.digest()).decode()
