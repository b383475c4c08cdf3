"""What an agent declares of itself; the registry reads the folder and refuses a file whose spec is off."""

import importlib
import inspect
import pkgutil
from dataclasses import dataclass
from functools import cache

import agents
from agents.turn import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """`doing` is what the student reads while it works; `intents` are those that triage sends to it; `stage` says
    where it stands: before the plan, in the plan, after it, or where a person speaks. `order` sorts agents of one stage."""

    name: str
    doing: str
    node: Node
    stage: str = "plan"
    intents: tuple[str, ...] = ()
    order: int = 50


_NOT_AGENTS = {"turn", "spec", "models", "prompts"}
_STAGES = {"before", "plan", "after", "person"}


@cache
def load_specs() -> dict[str, Spec]:
    """Every agent in the folder by name, in order. Raises ValueError with one readable line when a file is off."""
    names = sorted(
        m.name
        for m in pkgutil.iter_modules(agents.__path__)
        if m.name not in _NOT_AGENTS and not m.name.startswith("_")
    )
    specs = [_read(name) for name in names]
    claimed: dict[str, str] = {}
    for spec in specs:
        for intent in spec.intents:
            if intent in claimed:
                raise ValueError(
                    f"agents/{spec.name}.py: intent {intent!r} belongs to agents/{claimed[intent]}.py already"
                )
            claimed[intent] = spec.name
    return {spec.name: spec for spec in sorted(specs, key=lambda s: (s.order, s.name))}


def _read(name: str) -> Spec:
    spec = getattr(importlib.import_module(f"agents.{name}"), "SPEC", None)
    if not isinstance(spec, Spec):
        raise ValueError(f"agents/{name}.py: needs a SPEC = Spec(...)")
    if spec.name != name:
        raise ValueError(f"agents/{name}.py: SPEC.name is {spec.name!r}, the file says {name!r}")
    if spec.stage not in _STAGES:
        raise ValueError(f"agents/{name}.py: SPEC.stage is {spec.stage!r}, must be one of {sorted(_STAGES)}")
    if not inspect.iscoroutinefunction(spec.node):
        raise ValueError(f"agents/{name}.py: SPEC.node must be an async function")
    return spec
