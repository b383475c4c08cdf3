"""Whether the process lives, and whether everything it depends on answers."""

import asyncio
import time
from typing import Any

from fastapi import APIRouter, Request, Response

from api import problems
from api.guard import Route, public, services
from api.openapi import document
from api.reply import json_response
from api.services import Ready
from api.wire.health import Health, Readiness
from core import metrics
from core.errors import LearnFlowError, Unavailable

router = APIRouter(route_class=Route, tags=["health"])

_CHECK_S = 3.0


@router.get("/health", response_model=Health)
@public(rate="none")
async def health() -> Health:
    """The process answers."""
    return Health()


@router.get("/ready", responses={200: {"model": Readiness}})
@public()
async def ready(request: Request) -> Response:
    """Each dependency by name, with what one lacks that still serves; 503 when one does not answer."""
    checks = services(request).readiness
    found = dict(zip(checks, await asyncio.gather(*map(_check, checks.values())), strict=True))
    if all(one["ok"] for one in found.values()):
        return json_response({"status": "ready", "dependencies": found})
    refusal = problems.describe(Unavailable(), trace=request.scope.get("trace_id"))
    content = refusal | {"dependencies": found}
    return Response(problems.encode(content), 503, problems.headers(Unavailable()), problems.MEDIA_TYPE)


@router.get("/metrics", responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}})
@public()
async def read_metrics() -> Response:
    """Counters for Prometheus, without a student's words or names."""
    return Response(metrics.render(), media_type="text/plain; version=0.0.4")


@router.get("/openapi.json", include_in_schema=False)
@public()
async def openapi(request: Request) -> Response:
    return Response(await asyncio.to_thread(document, request.app), media_type="application/json")


async def _check(check: Ready) -> dict[str, Any]:
    """The boundary of one check: whatever it raises means that the dependency is down, and only our own words for that
    are shown."""
    began = time.perf_counter()
    detail = ""
    try:
        async with asyncio.timeout(_CHECK_S):
            detail = await check() or ""
        ok = True
    except Exception as error:
        ok = False
        detail = problems.describe(error)["detail"] if isinstance(error, LearnFlowError) else "It does not answer."
    return {"ok": ok, "ms": round((time.perf_counter() - began) * 1000, 1), "detail": detail}
