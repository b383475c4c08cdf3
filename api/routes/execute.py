"""Running a student's program, in the sandbox or not at all."""

import base64
import math
from dataclasses import replace

from fastapi import APIRouter, Request, Response

from api import wire
from api.guard import SIGNED_IN, Route, requires, services, student
from api.reply import json_response
from core.errors import RateLimited, TooLarge
from core.ids import new_id
from core.ports import Allowance, Policy, Program
from sandbox.gate import on_behalf_of

router = APIRouter(prefix="/api/v1/execute", route_class=Route, tags=["programs"])


@router.post("", responses={200: {"model": wire.Run}})
@requires(SIGNED_IN, rate="runs")
async def execute(request: Request, body: wire.Execute) -> Response:
    """Run a program. One that fails, or is stopped, is a result and not an error."""
    edge, who = services(request), student(request)
    if max(len(body.code), len(body.stdin)) > edge.settings.code_chars_max:
        raise TooLarge("The program or its input is too long.", code_chars_max=edge.settings.code_chars_max)
    _allowed(await edge.entitlements.allow(who, "sandbox_seconds"), request)
    program = Program(code=body.code, stdin=body.stdin, args=tuple(body.args))
    policy = replace(Policy(), wall_s=body.timeout_s, cpu_s=body.timeout_s)
    with on_behalf_of(who.id):
        result = await edge.sandbox.run(program, policy)
    await edge.entitlements.spend(who, "sandbox_seconds", math.ceil(result.wall_s), key=f"execute:{new_id()}")
    figures = [base64.b64encode(figure).decode() for figure in result.figures]
    return json_response(wire.run(result, figures))


def _allowed(allowance: Allowance, request: Request) -> None:
    if allowance.allowed:
        return
    wait_s = (allowance.resets_at - request.app.state.clock.now()).total_seconds()
    raise RateLimited(allowance.message, retry_after_s=max(1.0, wait_s), plan=allowance.plan, limit=allowance.limit)
