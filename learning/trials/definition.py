"""What an experiment is: one readable TOML file, refused with every fault named before anything starts."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from core.errors import Invalid
from core.ports import Role

CONTROL = "control"
KNOBS: Mapping[str, type] = {"model": str, "knowledge.passages": int, "models.prompt": str}
"""Settings that a turn reads anew and that a variant may therefore change; `models.roles.<agent>` as well. A prompt's
version belongs here as soon as it is a setting."""
_ROLE = "models.roles."
_PASSAGES_MAX = 20

MetricName = Literal[
    "degraded", "refused", "leaks_blocked", "thumbs_down", "thumbs_up", "helped", "solved", "latency_p95_s"
]  # fmt: skip
MEANINGS: Mapping[str, str] = {
    "degraded": "turns in which a part of the tutor failed",
    "refused": "turns that asked to be taught something and got nothing that was checked",
    "leaks_blocked": "turns in which words that give a solution away were held back",
    "thumbs_down": "turns that got a thumbs-down",
    "thumbs_up": "turns that got a thumbs-up",
    "helped": "turns of which the student says that they helped",
    "solved": "students who solved an exercise",
}
HIGHER_IS_BETTER = frozenset({"thumbs_up", "helped", "solved"})
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,47}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Variant(_Part):
    """`set` are settings by the names that `learnflow evals run --set` takes."""

    weight: float = Field(1.0, gt=0, le=1000, allow_inf_nan=False)
    set: dict[str, Any] = Field(min_length=1)

    @field_validator("set")
    @classmethod
    def _check(cls, changes: dict[str, Any]) -> dict[str, Any]:
        for knob, value in changes.items():
            kind = KNOBS.get(knob, str if knob.startswith(_ROLE) and knob != _ROLE else None)
            if kind is None:
                raise ValueError(f"{knob!r} cannot be varied; what can: {', '.join(KNOBS)}, {_ROLE}<agent>")
            if not isinstance(value, kind) or isinstance(value, bool):
                raise ValueError(f"{knob} takes {'a number' if kind is int else 'text in quotes'}, not {value!r}")
            if isinstance(value, int) and not 1 <= value <= _PASSAGES_MAX:
                raise ValueError(f"{knob} is from 1 to {_PASSAGES_MAX}, not {value}")
        return changes


class Guard(_Part):
    """A bound that no variant may break: `at_most`, or by how much it may be `worse_by` than control. What is worked out
    for a student are the turns of the first `window_hours` since the variant took effect."""

    metric: MetricName
    at_most: float | None = Field(None, ge=0, allow_inf_nan=False)
    worse_by: float | None = Field(None, ge=0, le=1)
    window_hours: float = Field(1.0, gt=0, le=24 * 90)

    @model_validator(mode="after")
    def _one_bound(self) -> "Guard":
        if (self.at_most is None) == (self.worse_by is None):
            raise ValueError("a guard takes either at_most or worse_by")
        if self.metric == "latency_p95_s" and self.at_most is None:
            raise ValueError("latency_p95_s takes at_most, in seconds")
        if self.at_most is not None and self.metric in HIGHER_IS_BETTER:
            raise ValueError(f"more of {self.metric} is better: it takes worse_by")
        if self.metric != "latency_p95_s" and self.at_most is not None and self.at_most >= 1:
            raise ValueError(f"{self.metric} is a share: at_most is below 1")
        return self


class Experiment(_Part):
    """`traffic` is the stretch of its layer that takes part, in percent: raise the second number to let more in."""

    name: Name
    about: str = Field(min_length=1)
    layer: Name = "default"
    traffic: tuple[float, float] = (0.0, 100.0)
    roles: tuple[Role, ...] = (Role.STUDENT,)
    classes: tuple[str, ...] = ()
    control_weight: float = Field(1.0, gt=0, le=1000, allow_inf_nan=False)
    variants: dict[Name, Variant] = Field(min_length=1)
    metrics: tuple[MetricName, ...] = Field(("solved", "thumbs_down", "degraded"), min_length=1)
    window_hours: float = Field(24.0, gt=0, le=24 * 90)
    alpha: float = Field(0.05, gt=0, lt=0.5)
    students_planned: int = Field(500, ge=20)
    guards: tuple[Guard, ...] = (Guard(metric="degraded", worse_by=0.05), Guard(metric="leaks_blocked", worse_by=0.05))

    @field_validator("traffic")
    @classmethod
    def _stretch(cls, traffic: tuple[float, float]) -> tuple[float, float]:
        if not 0 <= traffic[0] < traffic[1] <= 100:
            raise ValueError("traffic is [from, to] in percent of the layer's students, such as [0, 20]")
        return traffic

    @field_validator("metrics")
    @classmethod
    def _shares(cls, metrics: tuple[MetricName, ...]) -> tuple[MetricName, ...]:
        if "latency_p95_s" in metrics:
            raise ValueError("latency_p95_s is for guards: what is compared is a share")
        return metrics

    @field_validator("variants")
    @classmethod
    def _no_second_control(cls, variants: dict[str, Variant]) -> dict[str, Variant]:
        if CONTROL in variants:
            raise ValueError(f"{CONTROL!r} is what everyone else gets; its weight is control_weight")
        return variants

    @property
    def weights(self) -> dict[str, float]:
        return {CONTROL: self.control_weight} | {name: variant.weight for name, variant in self.variants.items()}

    @property
    def design(self) -> str:
        """Variants with their chances, as an exposure keeps it."""
        total = sum(self.weights.values())
        return " ".join(f"{name}={weight / total:.6f}" for name, weight in sorted(self.weights.items()))

    @property
    def knobs(self) -> frozenset[str]:
        return frozenset(knob for variant in self.variants.values() for knob in variant.set)


@lru_cache(maxsize=256)
def read_design(design: str) -> Mapping[str, float]:
    """The chance of each variant, of `Experiment.design`."""
    return {name: float(chance) for name, _, chance in (part.partition("=") for part in design.split())}


class _File(_Part):
    experiments: tuple[Experiment, ...] = ()


def read_experiments(path: Path | None) -> tuple[Experiment, ...]:
    """None without a file. Raises Invalid with every fault, each with the place where it stands."""
    if path is None:
        return ()
    try:
        found = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise Invalid(f"experiments: {path} cannot be read: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise Invalid(f"experiments: {path} is not TOML: {error}") from error
    except UnicodeDecodeError as error:
        raise Invalid(f"experiments: {path} is not UTF-8 text") from error
    except ValidationError as error:
        faults = [f"{path}: {_where(fault['loc'])}: {fault['msg']}" for fault in error.errors()]
        raise Invalid("experiments are not of their form:\n" + "\n".join(faults)) from None
    if faults := [f"{path}: {fault}" for fault in _clashes(found.experiments)]:
        raise Invalid("experiments get in each other's way:\n" + "\n".join(faults))
    return found.experiments


def _where(place: Sequence[int | str]) -> str:
    """`experiments.1.guards.0` counts from one for people."""
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in place) or "file"


def _clashes(experiments: Sequence[Experiment]) -> Iterator[str]:
    for a, b in combinations(experiments, 2):
        if a.name == b.name:
            yield f"two experiments are called {a.name!r}"
        elif a.layer == b.layer:
            if a.traffic[0] < b.traffic[1] and b.traffic[0] < a.traffic[1]:
                yield f"{a.name} and {b.name} share the layer {a.layer!r}, and their traffic overlaps"
        elif shared := _shared(a, b):
            yield f"{a.name} and {b.name} both change {', '.join(shared)}: put them in one layer"


def _shared(a: Experiment, b: Experiment) -> list[str]:
    return sorted(a.knobs & b.knobs)
