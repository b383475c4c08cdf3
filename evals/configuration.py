"""From what was typed to the runs that are wanted: which data, which settings, where to."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from core.errors import Invalid
from core.settings import Settings
from evals.datasets import Files
from evals.running import Run
from evals.task import Task, find_task


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
    fresh: bool,
) -> list[Run]:
    """One run a model that is named, else one. Raises Invalid, with how to say it, for what does not go together."""
    name, chosen, files = _what(suite, task, Files(data=data or Path(), corpus=corpus, qrels=qrels, problems=problems))
    folder = out or Path("out") / "evals" / name
    runs = []
    for model in models or [""]:
        given = dict(_pair(change) for change in changes) | ({"model": model} if model else {})
        runs.append(
            Run(
                task=chosen,
                files=files,
                out=folder / _as_name(model) if len(models) > 1 else folder,
                settings=with_changes(settings, given),
                name=" ".join([name, *(f"{key}={value}" for key, value in given.items())]),
                limit=limit,
                seed=seed,
                jobs=jobs,
                changes=given,
                fresh=fresh,
            )
        )
    return runs


def _what(suite: str | None, task: str | None, files: Files) -> tuple[str, Task, Files]:
    if suite is not None:
        from evals.suites import find_suite

        if task is not None or files.data != Path():
            raise Invalid("name a shipped suite, or --task and --data, not both")
        found = find_suite(suite)
        return found.name, find_task(found.task), found.files
    if task is None or files.data == Path():
        raise Invalid("name a shipped suite (`learnflow evals list`), or --task and --data for a dataset of your own")
    return task, find_task(task), files


def with_changes(settings: Settings, changes: dict[str, str]) -> Settings:
    """The settings with some named `room.name` or `name` replaced; values are JSON or words. Raises Invalid."""
    held = settings.model_dump()
    for name, value in changes.items():
        place: Any = held
        *rooms, last = name.split(".")
        for room in rooms:
            place = place.get(room) if isinstance(place, dict) else None
        if not isinstance(place, dict) or last not in place:
            raise Invalid(f"there is no setting {name!r}; .env.example lists them (LEARNFLOW_A__B is a.b here)")
        place[last] = _value(value)
    try:
        return Settings.model_validate(held)
    except ValidationError as error:
        fault = error.errors()[0]
        raise Invalid(f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}") from None


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


def _as_name(model: str) -> str:
    return "".join(sign if sign.isalnum() or sign in "-._" else "-" for sign in model)
