"""Posts to addresses that people name: only to such as the whole internet can reach, and to exactly the one looked at."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import httpx

from core.errors import Invalid

URL_CHARS_MAX = 1_000
_PORTS = {"https": 443, "http": 80}
_TUNNELS = (ipaddress.ip_network("2002::/16"), ipaddress.ip_network("2001::/23"))  # an address inside an address
_UNICAST = ipaddress.ip_network("2000::/3")

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class Refusal(Exception):
    """It will never be taken: trying again would not help."""


class Failure(Exception):
    """It was not taken this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to connect, and as whom to speak to it: the name was looked up once and is not looked up again."""

    url: str
    host: str
    name: str


class Poster:
    """`private` also allows addresses of one's own network, and http."""

    def __init__(self, client: httpx.AsyncClient, *, private: bool, resolve: Resolve, timeout_s: float) -> None:
        self._client = client
        self._private = private
        self._resolve = resolve
        self._timeout_s = timeout_s

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Taken is a status from 200 to 299; nothing of what is answered is read. No redirect is followed. Raises
        Refusal, Failure."""
        try:
            async with asyncio.timeout(self._timeout_s):
                target = await self.target(url)
                status = await self._send(target, headers, body)
        except TimeoutError:
            raise Failure("no answer in time") from None
        except (httpx.HTTPError, OSError) as error:
            raise Failure(type(error).__name__) from error
        if status in (404, 410):
            raise Refusal(f"the receiver answered {status}")
        if not 200 <= status < 300:
            raise Failure(f"the receiver answered {status}")

    async def target(self, url: str) -> Target:
        """Raises Refusal where one of the name's addresses is not to be reached, Failure where it has none."""
        try:
            parts = check_url(url, private=self._private)
        except Invalid as error:
            raise Refusal(error.message) from None
        host = parts.hostname or ""
        port = parts.port or _PORTS[parts.scheme]
        addresses = await self._resolve(host, port)
        if not addresses:
            raise Failure("the name has no address")
        if not self._private and not all(is_public(address) for address in addresses):
            raise Refusal("the address is not one of the public internet")
        pinned = f"[{addresses[0]}]" if ":" in addresses[0] else addresses[0]
        query = f"?{parts.query}" if parts.query else ""
        return Target(
            url=f"{parts.scheme}://{pinned}:{port}{parts.path or '/'}{query}",
            host=parts.netloc.rpartition("@")[2],
            name=host,
        )

    async def _send(self, target: Target, headers: Mapping[str, str], body: bytes) -> int:
        request = self._client.build_request(
            "POST", target.url, content=body, headers={**headers, "host": target.host, "user-agent": "LearnFlow"},
            extensions={"sni_hostname": target.name, "timeout": httpx.Timeout(self._timeout_s).as_dict()},
        )  # fmt: skip
        response = await self._client.send(request, stream=True)
        await response.aclose()
        return response.status_code


def check_url(url: str, *, private: bool) -> SplitResult:
    """The parts of an address that may be posted to. Raises Invalid."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise Invalid("this is no address", field="url") from None
    if len(url) > URL_CHARS_MAX or not url.isascii() or any(char <= " " for char in url):
        raise Invalid("an address is at most 1,000 plain characters", field="url")
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise Invalid("an address begins with https://", field="url")
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        raise Invalid("an address names a host, and neither a user nor a part of a page", field="url")
    if not private and _is_address(host) and not is_public(host):
        raise Invalid("this address is not one of the public internet", field="url")
    return parts


def is_public(address: str) -> bool:
    """Whether anybody may reach it: no machine of our own network, no cloud's inner service, no tunnel to either."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if found.version == 6 and (found not in _UNICAST or any(found in tunnel for tunnel in _TUNNELS)):
        return False
    return found.is_global and not found.is_multicast


async def resolve(host: str, port: int) -> Sequence[str]:
    """Every address of the name."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@asynccontextmanager
async def open_poster(
    *, private: bool, timeout_s: float, resolve: Resolve = resolve, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Poster]:
    """The environment's proxies are not used: they would look names up again."""
    verify = tls if tls is not None else await asyncio.to_thread(ssl.create_default_context)
    async with httpx.AsyncClient(trust_env=False, follow_redirects=False, verify=verify) as client:
        yield Poster(client, private=private, resolve=resolve, timeout_s=timeout_s)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
