"""Every failure as an RFC 9457 document: one table from class to status, slug and title, and the one way to render it."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from core import errors

MEDIA_TYPE = "application/problem+json"

TABLE: Mapping[type[Exception], tuple[int, str, str]] = {
    errors.NotFound: (404, "not-found", "Not found"),
    errors.Invalid: (422, "invalid", "The request is not valid"),
    errors.TooLarge: (413, "too-large", "Too large"),
    errors.Unauthenticated: (401, "unauthenticated", "Sign in first"),
    errors.Forbidden: (403, "forbidden", "Not allowed"),
    errors.Conflict: (409, "conflict", "Conflict"),
    errors.QueueFull: (429, "queue-full", "Too many messages are waiting"),
    errors.RateLimited: (429, "rate-limited", "Too many requests"),
    errors.Refused: (400, "refused", "Refused"),
    errors.DatabaseUnavailable: (503, "database-unavailable", "The database does not answer"),
    errors.CourseUnavailable: (503, "course-unavailable", "The course cannot be searched"),
    errors.SandboxUnavailable: (503, "sandbox-unavailable", "No program can be run"),
    errors.MathematicsUnavailable: (503, "mathematics-unavailable", "The mathematics checker does not answer"),
    errors.ModelUnavailable: (503, "model-unavailable", "The language model does not answer"),
    errors.PaymentsUnavailable: (503, "payments-unavailable", "The payment provider does not answer"),
    errors.Unavailable: (503, "unavailable", "Not available just now"),
    errors.BudgetSpent: (503, "budget-spent", "The turn used up its budget"),
    errors.LeaseLost: (503, "lease-lost", "The turn moved to another process"),
    errors.LearnFlowError: (500, "internal", "Something went wrong on our side"),
}

_INTERNAL = (500, "internal", "Something went wrong on our side")
_RESERVED = frozenset({"type", "title", "status", "detail", "instance", "errors", "trace_id"})
_RETRY_UNAVAILABLE_S = 5


def kind(error: BaseException) -> tuple[int, str, str]:
    """(status, slug, title) by the nearest class in the table; a stranger is an internal error."""
    for base in type(error).__mro__:
        if base in TABLE:
            return TABLE[base]
    return _INTERNAL


def describe(error: BaseException, *, trace: str | None = None) -> dict[str, Any]:
    """The RFC 9457 document of any exception. Only a refusal's own words and facts are shown: what our parts say of
    themselves when they fail may hold paths, hosts or a student's words."""
    match error:
        case RequestValidationError():
            return _validation(error.errors(), trace)
        case ValidationError():
            return _validation(error.errors(include_url=False, include_context=False, include_input=False), trace)
        case HTTPException():
            return _plain(error, trace)
    status, slug, title = kind(error)
    document = _document(status, slug, title, trace)
    match error:
        case errors.Refused():
            document["detail"] = error.message
            document |= {k: v for k, v in error.facts.items() if k not in _RESERVED and _is_scalar(v)}
        case errors.LearnFlowError():
            document["detail"] = (type(error).__doc__ or "").strip()
    return document


def completed(document: Mapping[str, Any], *, trace: str | None = None) -> dict[str, Any]:
    """A whole RFC 9457 document from what a room below said of a failure: any of its fields, and `error`, the name of
    a class in core/errors.py."""
    named = getattr(errors, str(document.get("error")), errors.LearnFlowError)
    status, slug, title = TABLE.get(named, _INTERNAL)
    given = {key: value for key, value in document.items() if key != "error"}
    return _document(status, slug, title, trace) | given


def headers(error: BaseException) -> dict[str, str]:
    """The response headers that belong to the error."""
    match error:
        case errors.Unauthenticated():
            return {"WWW-Authenticate": 'Bearer realm="learnflow"'}
        case errors.RateLimited():
            return {"Retry-After": str(max(1, round(error.retry_after_s + 0.5)))} | _rate_headers(error.facts)
        case errors.Unavailable():
            return {"Retry-After": str(_RETRY_UNAVAILABLE_S)}
        case HTTPException():
            return dict(error.headers or {})
    return {}


def response(error: BaseException, *, trace: str | None = None) -> Response:
    document = describe(error, trace=trace)
    return Response(encode(document), document["status"], headers(error), MEDIA_TYPE)


def encode(value: Any) -> bytes:
    """Compact JSON of anything JSON-able: what orjson refuses (lone surrogates, very large integers) is escaped."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return json.dumps(value, separators=(",", ":"), default=str).encode("ascii")


def _plain(error: HTTPException, trace: str | None) -> dict[str, Any]:
    """What the framework itself refuses: an unknown path, a wrong method, a body that cannot be read."""
    known = {404: errors.NotFound(), 413: errors.TooLarge()}.get(error.status_code)
    if known is not None:
        return describe(known, trace=trace)
    phrase = HTTPStatus(error.status_code).phrase
    document = _document(error.status_code, phrase.lower().replace(" ", "-"), phrase, trace)
    return document if error.detail == phrase else document | {"detail": error.detail}


def _validation(found: Sequence[Any], trace: str | None) -> dict[str, Any]:
    """The values themselves are left out: they may be a password, or not encodable at all."""
    document = _document(*TABLE[errors.Invalid], trace)
    document["detail"] = "Some fields are missing or not of the form that is needed."
    document["errors"] = [{"pointer": _pointer(e.get("loc", ())), "in": _place(e), "detail": e["msg"]} for e in found]
    return document


def _place(error: Mapping[str, Any]) -> str:
    loc = error.get("loc") or ("body",)
    return str(loc[0]) if loc[0] in ("body", "query", "path", "header") else "body"


def _pointer(loc: Sequence[str | int]) -> str:
    """An RFC 6901 pointer into the part of the request that `in` names."""
    parts = loc[1:] if loc and loc[0] in ("body", "query", "path", "header") else loc
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _document(status: int, slug: str, title: str, trace: str | None) -> dict[str, Any]:
    document: dict[str, Any] = {"type": f"urn:learnflow:problem:{slug}", "title": title, "status": status}
    if trace:
        document["trace_id"] = trace
    return document


def _rate_headers(facts: Mapping[str, Any]) -> dict[str, str]:
    if "limit" not in facts:
        return {}
    return {
        "RateLimit-Limit": str(facts["limit"]),
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": str(facts.get("reset_s", 1)),
    }


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)
