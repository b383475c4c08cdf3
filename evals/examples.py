"""Datasets to and from the form that LangSmith uses: examples with inputs, outputs and metadata, as JSON lines, JSON or CSV."""

import csv
import io
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.errors import Invalid
from evals.datasets import FORMS, Files, Row, read_cases, texts_of
from evals.personas import PersonaRow
from evals.reading import as_example, read_records
from evals.task import find_task

_NAMES = uuid.UUID("6f0d3b1e-6a0a-5a61-9d1f-2f5a9f6f2a10")  # of ours: the same case gets the same number each time
_METADATA = "metadata."

_FORMS: dict[str, tuple[type[Row], frozenset[str]]] = {**FORMS, "students": (PersonaRow, frozenset[str]())}


def export(task: str, files: Files) -> list[dict[str, Any]]:
    """Each case as an example: what is given in `inputs`, what is expected in `outputs`, our id in `metadata`. Raises
    Invalid for a dataset that is not of its form."""
    schema, labels = _FORMS[find_task(task).name]
    if files.data.is_dir():
        raise Invalid("this suite is the curriculum itself: it has no dataset that could be exported")
    cases = find_task(task).read(files) if task in ("retrieval", "turns") else read_cases(files.data, schema)
    found = []
    for case in cases:
        assert isinstance(case.row, Row)
        row = case.row.model_dump(mode="json", exclude_defaults=True)
        example = as_example(case.id, row, labels)
        found.append({"id": str(uuid.uuid5(_NAMES, f"{task}/{case.id}")), **example})
    return found


def write_examples(examples: Sequence[Mapping[str, Any]], path: Path) -> None:
    """By the file's ending: .jsonl, .json (one list) or .csv (a column a field, lists and objects as JSON)."""
    match path.suffix.lower():
        case ".csv":
            text = _as_csv(examples)
        case ".json":
            text = json.dumps(examples, ensure_ascii=False, indent=1) + "\n"
        case ".jsonl":
            text = _as_lines(examples)
        case other:
            raise Invalid(f"{path}: examples are written as .jsonl, .json or .csv, not as {other or 'that'}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def bring_in(task: str, path: Path, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rows of a file of examples in the form of the task. `names` says which of its fields is which of ours. Raises
    Invalid, naming the line, where they do not fit."""
    schema, _ = _FORMS[find_task(task).name]
    texts = texts_of(schema) | {theirs for theirs, ours in names.items() if ours in texts_of(schema)}
    rows = []
    for number, record in read_records(path, texts | {_METADATA + name for name in texts}):
        if not isinstance(record, dict):
            raise Invalid(f"{path}:{number}: not an example: {record}")
        flat = {key.removeprefix(_METADATA): value for key, value in record.items()}
        rows.append({names.get(key, key): value for key, value in flat.items()})
    if not rows:
        raise Invalid(f"{path} holds no rows")
    _check(schema, path, rows)
    return rows


def _check(schema: type[Row], path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    for number, row in enumerate(rows, 1):
        try:
            schema.model_validate({key: value for key, value in row.items() if value != ""})
        except ValueError as error:
            fault = error.errors()[0] if hasattr(error, "errors") else {"loc": (), "msg": str(error)}
            field = ".".join(str(part) for part in fault["loc"])
            raise Invalid(
                f"{path}: example {number}: {field}: {fault['msg']}; it has {', '.join(row)} "
                f"(--map THEIRS=OURS names a field otherwise)"
            ) from None


def write_rows(rows: Iterable[Mapping[str, Any]], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_as_lines(rows), encoding="utf-8")


def _as_lines(rows: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows)


def _as_csv(examples: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        {**example["inputs"], **example["outputs"], **{_METADATA + key: v for key, v in example["metadata"].items()}}
        for example in examples
    ]
    columns = list(dict.fromkeys(key for row in rows for key in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    return out.getvalue()


def _cell(value: Any) -> Any:
    return value if isinstance(value, str | int | float) else json.dumps(value, ensure_ascii=False)
