"""Builds the HTTP application from its services: routers, limits, and how failures look. Nothing global."""

import asyncio
import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Match

from api import langserve, problems
from api.guard import policy_of
from api.middleware import BodyLimit, Outermost
from api.rates import Rates
from api.routes import (
    achievements,
    admin,
    alerts,
    answers,
    auth,
    billing,
    chat,
    classes,
    community,
    concepts,
    course_dashboard,
    curriculum,
    execute,
    exercises,
    feedback,
    gaps,
    health,
    memories,
    notifications,
    overviews,
    privacy,
    profile,
    progress,
    quizzes,
    streaks,
    students,
    threads,
    turns,
)
from api.services import Services
from core.clock import Clock, SystemClock
from core.errors import LearnFlowError

App = FastAPI
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[Any]]

# The tutor's routes first: routes are tried in order, and most requests are turns.
_ROUTERS = (
    turns,
    threads,
    exercises,
    execute,
    progress,
    streaks,
    achievements,
    overviews,
    gaps,
    feedback,
    concepts,
    quizzes,
    memories,
    notifications,
    community,
    answers,
    alerts,
    classes,
    course_dashboard,
    curriculum,
    auth,
    billing,
    privacy,
    students,
    profile,
    admin,
    langserve,
    chat,
    health,
)

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:\d+)?")
_EXPOSED = (
    "Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "RateLimit-Policy", "Location", "Trace-Id",
    "Idempotency-Replayed", "Deprecation", "Sunset", "Link",
)  # fmt: skip


def build_app(
    services: Services, *, clock: Clock | None = None, lifespan: Lifespan | None = None, version: str = "0.1.0"
) -> FastAPI:
    """Raises ValueError for a CORS origin that is not one (such as *), TypeError for a route that does not say who may use it."""
    app = FastAPI(
        title="LearnFlow",
        version=version,
        openapi_url=None,  # served by routes/health.py; the usual pages around it load scripts from a CDN
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=_middleware(services),
        exception_handlers=dict.fromkeys((LearnFlowError, HTTPException, RequestValidationError), _refuse),
        lifespan=lifespan,
    )
    app.state.services = services
    app.state.clock = clock or SystemClock()
    app.state.rates = Rates(services.settings, app.state.clock)
    app.state.rendered = {}
    app.state.langserve = None
    app.state.langserve_lock = asyncio.Lock()
    for room in _ROUTERS:
        # taken over as they are: include_router would resolve each request through one more layer
        app.router.routes.extend(room.router.routes)
    _deny_by_default(app)
    return app


def _middleware(services: Services) -> list[Middleware]:
    origins = [origin.rstrip("/") for origin in services.settings.cors_origins]
    if not all(_ORIGIN.fullmatch(origin) for origin in origins):
        raise ValueError(
            "cors_origins must name each origin, as https://host: * would let any site speak for a student"
        )
    layers = [
        Middleware(Outermost),
        Middleware(
            BodyLimit,
            bytes_max=services.settings.body_bytes_max,
            wider={curriculum.UPLOADS: services.settings.upload_bytes_max},
        ),
    ]
    if origins:
        cors = Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Last-Event-ID", "Idempotency-Key", "traceparent"],
            expose_headers=list(_EXPOSED),
            max_age=600,
        )
        layers.insert(0, cors)
    return layers


async def _refuse(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.status_code == 405:
        error = HTTPException(405, headers={"Allow": ", ".join(_methods(request))})
    return problems.response(error, trace=request.scope.get("trace_id"))


def _methods(request: Request) -> list[str]:
    """What this path takes: the router itself names only the first route's methods."""
    routes = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    return sorted({method for route in routes for method in getattr(route, "methods", None) or ()})


def _deny_by_default(app: FastAPI) -> None:
    for route in app.routes:
        policy_of(getattr(route, "endpoint", route))
