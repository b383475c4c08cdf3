"""`Idempotency-Key`: a request that is sent again gets the first answer, and what it asks for is done once."""

import hashlib
import re
from collections.abc import Awaitable, Callable

from fastapi import Request, Response

from accounts.replays import Kept
from api.services import Replays
from core.errors import Invalid
from core.ports import TurnId, UserId

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_KEPT_HEADERS = ("content-type", "location")
_BODY_BYTES_MAX = 1_000_000
_AGAIN = 0  # `Kept.status` of what is streamed, or too long to be kept


async def answer_once(
    request: Request, who: UserId, replays: Replays, handle: Callable[[Request], Awaitable[Response]]
) -> Response:
    """Without the header it is just answered. A failure is not kept: who asks again may succeed. Raises Invalid for a
    key that is none or was used for another request, Conflict while the first is being worked on."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return await handle(request)
    if not _KEY.fullmatch(key):
        raise Invalid("An Idempotency-Key has 1 to 255 visible ASCII characters.", field="Idempotency-Key")
    kept = await replays.begin(who, key, await _shown(request))
    if kept is not None and kept.status != _AGAIN:
        return Response(kept.body, kept.status, {**kept.headers, "Idempotency-Replayed": "true"})
    request.scope["idempotency_key"] = key
    if kept is not None:
        return await handle(request)
    try:
        response = await handle(request)
        if response.status_code >= 500:
            await replays.abandon(who, key)
        else:
            await replays.finish(who, key, _kept(response))
    except BaseException:
        await replays.abandon(who, key)
        raise
    return response


def turn_named(request: Request, who: UserId) -> TurnId | None:
    """The id that the key gives the request's next turn, so that a stream which broke is the same turn again."""
    key = request.scope.get("idempotency_key")
    if key is None:
        return None
    number = request.scope["idempotent_turns"] = request.scope.get("idempotent_turns", 0) + 1
    return TurnId("once-" + hashlib.sha256(f"{who}\n{key}\n{number}".encode()).hexdigest()[:40])


async def _shown(request: Request) -> bytes:
    """All by which two requests may differ."""
    accepts_stream = b"text/event-stream" in request.headers.get("accept", "").encode("latin-1")
    target = f"{request.method} {request.url.path}?{request.url.query} {accepts_stream}\n"
    return target.encode() + await request.body()


def _kept(response: Response) -> Kept:
    body = getattr(response, "body", None)
    if not isinstance(body, bytes) or len(body) > _BODY_BYTES_MAX:
        return Kept(status=_AGAIN, headers={}, body=b"")
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    return Kept(status=response.status_code, headers=headers, body=body)
