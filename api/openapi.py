"""The OpenAPI document, made true: who may call what, and every problem that can come back."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api import problems, versions
from api.guard import Route, policy_of
from api.wire.base import Problem

_DESCRIPTION = """A tutor for students of Python and mathematics whose answers are verified before they are sent.

Every failure is an RFC 9457 problem document, in streams too. Sign in at `/api/v1/auth/login` and send the access
token as `Authorization: Bearer <token>`.

**Asking twice.** A POST of someone who is signed in may carry `Idempotency-Key`, a name that the client makes up. Sent again
within 24 hours with the same key and body, it gets the first answer with `Idempotency-Replayed: true`; with another body
422; while the first is being worked on 409.

**Limits.** Each answer tells with `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` (seconds) what is left of the
minute; 429 comes with `Retry-After`.

**What will go** answers with `Deprecation`, `Sunset` and a `Link` to its successor.

**A turn as a stream.** Ask for `text/event-stream` and each frame has `id:` (its number, for `Last-Event-ID`), `event:`
and `data:` (JSON):

| event | data |
|---|---|
| `accepted` | `turn`, `thread`, `position` in the queue |
| `resumed` | nothing: the turn was taken up again after a failure, its words are said anew |
| `status` | `node`, `doing`: what the tutor does now, in words |
| `token` | `t`: the next piece of the reply, Markdown |
| `citation` | `n`, `passage`, `topic`, `title`, `quote`, `version` of the index |
| `code_result` | `code`, `stdout`, `status`, `level`, `error`, `line` |
| `picture` | `svg`, `alt` |
| `hint` | `level`, `of`, `exercise` |
| `mastery` | `skill`, `before`, `after` |
| `achievement` | `kind`, `about`, `title`, `words`: earned by this turn, once |
| `problem` | `problem`: a problem document; the stream ends |
| `done` | `turn`, `answer`; the stream ends |

A client that leaves stops nothing: `GET /api/v1/turns/{turn_id}/events` goes on where it was.

**Alerts as a stream.** `GET /api/v1/alerts/stream`, for teachers and admins: first `watching`, then for each change `alert`
with `what` (`raised`, `changed`, `returned` from a snooze, `noted`) and `alert` as it is now. It ends after 15 minutes, or with
`problem`; connect again with the last `id:` as `Last-Event-ID` and nothing is missed.

**A turn on a WebSocket**, `/ws/chat/{student_id}`: send `{"token": "<access token>"}` first, then bodies of
`POST /api/v1/query` or `{"watch": "<turn>", "after": 12}`; each frame received is an event with `type`, `seq` and `turn`.

**A program that asks for input** runs on a WebSocket of its own, `/api/v1/execute/live`: send the token, then
`{"code": "name = input('Name? ')"}`. Its output comes as `{"type": "output", "stream": "stdout", "text": "Name? "}` while
it runs; answer with `{"input": "Ada\\n"}`, end the input with `{"end": true}`, kill it with `{"kill": true}`. The last
frame is `{"type": "result", "run": …}`. A program that nobody types to for two minutes is ended, and so is one whose
client has left; a student may have two of them at once."""

# public, yet the body must prove who is asking
_PROVING = ("/api/v1/auth/login", "/api/v1/auth/refresh", "/api/v1/auth/oidc")
_ONCE = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "sent again with the same request within a day, the first answer comes again; see above",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"},
}
_PROBLEM = {"$ref": "#/components/schemas/Problem"}


def document(app: FastAPI) -> bytes:
    """The document as JSON, made once an app."""
    if app.openapi_schema is None:
        app.openapi_schema = _build(app)
    return problems.encode(app.openapi_schema)


def _build(app: FastAPI) -> dict[str, Any]:
    found = get_openapi(
        title=app.title,
        version=app.version,
        description=_DESCRIPTION,
        routes=app.routes,
        separate_input_output_schemas=False,
    )
    components = found.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = Problem.model_json_schema()
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    for route in app.routes:
        if isinstance(route, Route) and route.include_in_schema:
            for method in route.methods or ():
                if (method, route.path) in versions.DEPRECATED:
                    found["paths"][route.path_format][method.lower()]["deprecated"] = True
                _complete(found["paths"][route.path_format][method.lower()], route)
    return found


def _complete(operation: dict[str, Any], route: Route) -> None:
    policy = policy_of(route.endpoint)
    responses = operation["responses"]
    codes = {500, 503}
    if policy.roles:
        operation["security"] = [{"bearer": []}]
        operation["x-roles"] = sorted(policy.roles)
        codes |= {401, 403}
    if route.path in _PROVING:
        codes.add(401)
    if policy.rate != "none":
        codes.add(429)
    if policy.roles and policy.replay and "POST" in (route.methods or ()):
        operation.setdefault("parameters", []).append(_ONCE)
        codes |= {409, 422}
    if "{" in route.path or route.body_field is not None:
        codes |= {404, 422}
    if route.body_field is not None:
        codes |= {400, 409, 413}
    if responses.get("422"):
        codes.add(422)
    for code in sorted(codes):
        responses[str(code)] = {"description": _title(code), "content": {problems.MEDIA_TYPE: {"schema": _PROBLEM}}}


def _title(code: int) -> str:
    for status, _, title in problems.TABLE.values():
        if status == code:
            return title
    return "Something went wrong"
