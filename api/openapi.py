"""The OpenAPI document, made true: who may call what, and every problem that can come back."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api import problems, wire
from api.guard import Route, policy_of

_DESCRIPTION = """A tutor for students of Python and mathematics whose answers are verified before they are sent.

Every failure is an RFC 9457 problem document, in streams too. Sign in at `/api/v1/auth/login` and send the access
token as `Authorization: Bearer <token>`."""

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
    schemas["Problem"] = wire.Problem.model_json_schema()
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    for route in app.routes:
        if isinstance(route, Route) and route.include_in_schema:
            for method in route.methods or ():
                _complete(found["paths"][route.path_format][method.lower()], route)
    return found


def _complete(operation: dict[str, Any], route: Route) -> None:
    policy = policy_of(route.endpoint)
    responses = operation["responses"]
    codes = {500, 503}
    if policy and policy.roles:
        operation["security"] = [{"bearer": []}]
        operation["x-roles"] = sorted(policy.roles)
        codes |= {401, 403}
    if policy and policy.rate != "none":
        codes.add(429)
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
