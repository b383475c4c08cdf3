"""From what was typed to the runs that are wanted: which data, which settings, where to."""

import hashlib
import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agents._prompts import load_prompt
from core.errors import Invalid
from core.settings import Settings
from evals.datasets import Files
from evals.running import Run
from evals.suites import Suite, find_suite
from evals.task import Task, find_task

_GRID_MAX = 24
_NAME_MAX = 80
_ROOMS = {"retrieval": "knowledge", "prompts": "models"}  # what evaluators call a room


def wanted_runs(
    settings: Settings,
    *,
    suite: str | None,
    task: str | None,
    data: Path | None,
    corpus: Path | None,
    qrels: Path | None,
    problems: Path | None,
    out: Path | None,
    limit: int | None,
    seed: int,
    jobs: int | None,
    changes: Sequence[str],
    models: Sequence[str],
    prompts: Sequence[str] = (),
    fresh: bool = False,
) -> list[Run]:
    """One run for each configuration: every model with every prompt with every value of a setting that is named more
    than once. Raises Invalid, with how to say it, for what does not go together."""
    name, chosen, files, shipped = _what(
        suite, task, Files(data=data or Path(), corpus=corpus, qrels=qrels, problems=problems)
    )
    folder = out or Path("out") / "evals" / name
    grid = configurations(changes, models, prompts)
    varied = {key for given in grid for key in given if any(other.get(key) != given[key] for other in grid)}
    return [
        Run(
            task=chosen,
            files=files,
            out=folder / _as_name(given, varied) if len(grid) > 1 else folder,
            settings=with_changes(settings, given),
            name=" ".join([name, *(f"{key}={value}" for key, value in given.items())]),
            limit=limit,
            seed=seed,
            jobs=jobs or (shipped.jobs if shipped else None),
            changes=given,
            fresh=fresh,
            headline=shipped.headline if shipped else "",
        )
        for given in grid
    ]


def configurations(changes: Sequence[str], models: Sequence[str], prompts: Sequence[str]) -> list[dict[str, str]]:
    """The grid, in the order in which it was typed; one empty configuration where nothing was. Raises Invalid."""
    axes: dict[str, list[str]] = {"model": [*models], "models.prompt": [*prompts]}
    for name, value in map(_pair, changes):
        axes.setdefault(_canonical(name), []).append(value)
    named = {name: list(dict.fromkeys(values)) for name, values in axes.items() if values}
    grid = [dict(zip(named, values, strict=True)) for values in itertools.product(*named.values())]
    if len(grid) > _GRID_MAX:
        raise Invalid(f"{len(grid)} configurations are more than {_GRID_MAX}: name fewer values")
    return grid


def _what(suite: str | None, task: str | None, files: Files) -> tuple[str, Task, Files, Suite | None]:
    if suite is not None:
        if task is not None or files.data != Path():
            raise Invalid("name a shipped suite, or --task and --data, not both")
        found = find_suite(suite)
        return found.name, find_task(found.task), found.files, found
    if task is None or files.data == Path():
        raise Invalid("name a shipped suite (`learnflow evals list`), or --task and --data for a dataset of your own")
    return task, find_task(task), files, None


def with_changes(settings: Settings, changes: dict[str, str]) -> Settings:
    """The settings with some named `room.name` or `name` replaced; values are JSON or words. Raises Invalid."""
    held = settings.model_dump()
    for name, value in changes.items():
        place: Any = held
        *rooms, last = _canonical(name).split(".")
        for room in rooms:
            place = place.get(room) if isinstance(place, dict) else None
        if not isinstance(place, dict) or last not in place:
            raise Invalid(f"there is no setting {name!r}; .env.example lists them (LEARNFLOW_A__B is a.b here)")
        place[last] = _value(value)
    try:
        changed = Settings.model_validate(held)
        load_prompt("default", changed.models.prompt)  # raises Invalid for a version that is none
        return changed
    except ValidationError as error:
        fault = error.errors()[0]
        raise Invalid(f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}") from None


def _canonical(name: str) -> str:
    return ".".join(_ROOMS.get(part, part) for part in name.split("."))


def _pair(change: str) -> tuple[str, str]:
    name, found, value = change.partition("=")
    if not found or not name.strip():
        raise Invalid(f"--set takes name=value, such as --set knowledge.passages=3, not {change!r}")
    return name.strip(), value.strip()


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _as_name(given: dict[str, str], varied: set[str]) -> str:
    """A folder's name from what differs between the runs."""
    words = [f"{key.rpartition('.')[2]}={value}" for key, value in given.items() if key in varied]
    kept = "".join(sign if sign.isalnum() or sign in "-._=," else "-" for sign in ",".join(words))
    return kept if len(kept) <= _NAME_MAX else f"{kept[:_NAME_MAX]}-{hashlib.sha256(kept.encode()).hexdigest()[:8]}"
