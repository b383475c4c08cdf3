"""A sign-in provider of this test's own: real RSA and EC keys, real discovery and keys on a socket."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from core.clock import FakeClock

# made once: a key of 2048 bits takes a tenth of a second
RSA_KEYS = {name: rsa.generate_private_key(public_exponent=65537, key_size=2048) for name in ("rsa-1", "rsa-2")}
WEAK_KEY = rsa.generate_private_key(public_exponent=65537, key_size=1024)
EC_KEY = ec.generate_private_key(ec.SECP256R1())


def jwk(kid: str, key: Any, **more: Any) -> dict[str, Any]:
    algorithm: Any = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    return {**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig", **more}


class Issuer:
    """`keys` is what it publishes; `asked` are the paths that were fetched; `down` answers nothing but 503."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.url = ""
        self.keys = [jwk("rsa-1", RSA_KEYS["rsa-1"], alg="RS256"), jwk("ec-1", EC_KEY)]
        self.asked: list[str] = []
        self.down = False

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(self.clock.now().timestamp())
        own = {"iss": self.url, "aud": "our-app", "sub": "subject-1", "iat": now, "exp": now + 3600, "name": "Grace"}
        return {name: value for name, value in (own | changes).items() if value is not ...}

    def token(
        self, *, key: Any = None, alg: str = "RS256", kid: Any = "rsa-1", head: Any = None, **changes: Any
    ) -> str:
        """Signed as an honest issuer would unless told otherwise; a claim of `...` is left out."""
        headers = {"kid": kid, **(head or {})} if kid is not None else {**(head or {})}
        return jwt.encode(self.claims(**changes), key or RSA_KEYS["rsa-1"], algorithm=alg, headers=headers)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split(" ")[1]
        self.asked.append(path)
        documents: dict[str, Any] = {
            "/.well-known/openid-configuration": {"issuer": self.url, "jwks_uri": f"{self.url}/keys"},
            "/keys": {"keys": self.keys},
        }
        found = None if self.down else documents.get(path)
        body = json.dumps(found or {}).encode()
        status = b"503 Down" if self.down else b"200 OK" if found else b"404 Not Found"
        writer.write(b"HTTP/1.1 %b\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (status, len(body), body))
        await writer.drain()
        writer.close()


@asynccontextmanager
async def issuing(clock: FakeClock) -> AsyncIterator[Issuer]:
    issuer = Issuer(clock)
    server = await asyncio.start_server(issuer.answer, "127.0.0.1", 0)
    issuer.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield issuer
