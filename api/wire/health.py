"""Whether the service is alive and ready."""

from typing import Literal

from api.wire.base import Out


class Health(Out):
    status: Literal["ok"] = "ok"


class DependencyView(Out):
    ok: bool
    ms: float
    detail: str = ""


class Readiness(Out):
    status: Literal["ready", "not ready"]
    dependencies: dict[str, DependencyView]
