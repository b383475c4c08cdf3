"""The public keys of a provider: fetched when they are needed, kept while they are good, asked for again with restraint."""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from core.clock import Clock
from core.errors import Invalid, Unavailable
from core.log import logger

FRESH_S = 3600.0
STALE_S = 24 * 3600.0  # a provider that is down a day long: later a key that it took back must not live on here
AGAIN_S = 30.0  # between two fetches, whatever strangers put into the heads of their tokens
_TIMEOUT_S = 5.0
_BYTES_MAX = 256_000
_KEYS_MAX = 100
_RSA_BITS_MIN = 2048

Fetch = Callable[[str], Awaitable[Any]]

_log = logger("accounts")


class ProviderUnavailable(Unavailable):
    """The sign-in provider does not answer."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """`algorithms` are the only ones under which this key may be used."""

    key: Any
    algorithms: frozenset[str]


class Keys:
    """One provider's. `jwks_url` None: as the provider's discovery document says (OpenID Connect Discovery 1.0, 4)."""

    def __init__(self, issuer: str, jwks_url: str | None, clock: Clock, fetch: Fetch) -> None:
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._clock = clock
        self._fetch = fetch
        self._keys: Mapping[str, PublicKey] = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._lock = asyncio.Lock()

    async def find(self, kid: str | None) -> PublicKey | None:
        """None when the provider has no such key; without a `kid` the only one it has. Raises ProviderUnavailable when
        it was never reached, or not for a day."""
        now = self._clock.monotonic()
        if self._known(kid) is None or now - self._fetched_at > FRESH_S:
            await self._refresh(kid)
        if self._clock.monotonic() - self._fetched_at > STALE_S:
            raise ProviderUnavailable
        return self._known(kid)

    def _known(self, kid: str | None) -> PublicKey | None:
        if kid is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(kid)

    async def _refresh(self, kid: str | None) -> None:
        """Those who wait for the same fetch share it; who has a key that is merely old does not wait for another's. A
        failure leaves the keys that are known."""
        if self._lock.locked() and self._known(kid) is not None:
            return
        async with self._lock:
            now = self._clock.monotonic()
            fresh = now - self._fetched_at <= FRESH_S and self._known(kid) is not None
            if fresh or now - self._tried_at < AGAIN_S:
                return
            self._tried_at = now
            try:
                url = self._jwks_url or await self._discover()
                self._keys = usable(await self._fetch(url))
                self._fetched_at = now
            except (httpx.HTTPError, Invalid, TimeoutError) as error:
                _log.warning("oidc.keys_unavailable", keys=len(self._keys), failure=error)

    async def _discover(self) -> str:
        found = await self._fetch(self._issuer.rstrip("/") + "/.well-known/openid-configuration")
        url = found.get("jwks_uri") if isinstance(found, dict) else None
        if not isinstance(url, str) or found.get("issuer") != self._issuer:
            raise Invalid("the provider's discovery document is of another issuer")
        self._jwks_url = checked_url(url)
        return self._jwks_url


def usable(document: Any) -> dict[str, PublicKey]:
    """The signing keys of a JWK set (RFC 7517) by kid; what is unknown, weak or for encryption is left out. Raises
    Invalid for what is no set."""
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise Invalid("the provider's keys are no JWK set")
    found: dict[str, PublicKey] = {}
    for number, entry in enumerate(entries[:_KEYS_MAX]):
        key = _parse(entry) if isinstance(entry, dict) else None
        if key is not None:
            found[str(entry.get("kid", f" {number}"))] = key  # no token names one with a space before it
    return found


def _parse(entry: dict[str, Any]) -> PublicKey | None:
    if entry.get("use", "sig") != "sig" or entry.get("kty") not in ("RSA", "EC", "OKP"):
        return None
    try:
        key = jwt.PyJWK.from_dict({"alg": _default_algorithm(entry), **entry}).key
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
    match key:
        case RSAPublicKey() if key.key_size >= _RSA_BITS_MIN:
            fitting = {"RS256", "RS384", "RS512", "PS256"}
        case EllipticCurvePublicKey():
            fitting = {{"secp256r1": "ES256", "secp384r1": "ES384"}.get(key.curve.name, "")} - {""}
        case RSAPublicKey():
            return None
        case _ if entry.get("crv") == "Ed25519" and not hasattr(key, "private_bytes"):
            fitting = {"EdDSA"}
        case _:
            return None
    own = entry.get("alg")
    return PublicKey(key, frozenset(fitting & {own} if own else fitting))


def _default_algorithm(entry: dict[str, Any]) -> str:
    if entry["kty"] == "EC":
        return "ES384" if entry.get("crv") == "P-384" else "ES256"
    return "EdDSA" if entry["kty"] == "OKP" else "RS256"


def checked_url(url: str) -> str:
    """Raises Invalid for one whose answer somebody on the way could change."""
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        return url
    raise Invalid("a sign-in provider is asked by https only")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def fetch_json(url: str) -> Any:
    """At most so many bytes, no redirects, a few seconds. Raises httpx.HTTPError, TimeoutError, Invalid."""
    async with (
        asyncio.timeout(_TIMEOUT_S),
        httpx.AsyncClient(timeout=_TIMEOUT_S) as http,
        http.stream("GET", checked_url(url), headers={"accept": "application/json"}) as reply,
    ):
        if reply.status_code != 200:
            raise Invalid("the provider does not give its keys", status=reply.status_code)
        body = b""
        async for piece in reply.aiter_bytes():
            body += piece
            if len(body) > _BYTES_MAX:
                raise Invalid("the provider's answer is too long")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Invalid("the provider's answer is no JSON") from None
