"""Reads a dataset line by line into validated cases; a fault is told with its file and line."""

import csv
import gzip
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from core.errors import Invalid

_FAULTS_MAX = 10


class Row(BaseModel):
    """One line of a dataset. What the schema does not name is left alone, so that sources and licences may stand there."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class TriageRow(Row):
    """A student's message: `intent` is the label, `also` further intents, `flags` injection, safeguarding, non_english.
    A post with several acceptable `labels` in place of an intent may stand there too."""

    id: str = ""
    text: str = ""
    title: str = ""
    body: str = ""
    intent: str | None = None
    labels: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    subject: str | None = None


class QueryRow(Row):
    """A query; `relevant` may name what is relevant in place of a qrels file."""

    id: str = Field("", alias="_id")
    text: str = Field(min_length=1)
    relevant: tuple[str, ...] = ()
    subject: str | None = None


class DocumentRow(Row):
    id: str = Field(alias="_id", min_length=1)
    text: str = ""
    title: str = ""


class MathsRow(Row):
    """An answer and its reference; without a reference it is a hostile answer, which only has to be survived."""

    id: str = ""
    student: str
    reference: str | None = None
    equal: int | None = Field(None, ge=0, le=1)
    topic: str = ""
    task: str = Field("equiv", pattern="^(equiv|antiderivative|units)$")
    form: str = Field("any", pattern="^(any|factorised|simplified|expanded|exact)$")
    sigfigs: int | None = None


class ErrorRow(Row):
    """A program that raises when `call` is appended, with what it raises and the concept behind it."""

    id: str = ""
    code: str = Field(min_length=1)
    call: str = ""
    type: str = ""
    message: str = ""
    line: int | None = None
    concept: str = ""


class SyntaxRow(Row):
    """A program that does not compile; `line` is where the slip is, `concept` which it is."""

    id: str = ""
    code: str = Field(min_length=1, alias="buggy")
    line: int | None = None
    concept: str = ""


class TestRow(Row):
    __test__ = False

    call: str = ""
    expect: str = ""
    assertion: str = ""
    stdin: str = ""
    stdout: str = ""
    cmp: str = ""


class ProblemRow(Row):
    """A programming task with tests, a reference and programs that are known to be correct."""

    problem: str = Field(min_length=1)
    title: str = ""
    statement: str = ""
    statement_note: str = ""
    mode: str = Field("call", pattern="^(call|assert|stdin)$")
    prelude: str = ""
    tests: tuple[TestRow, ...] = Field(min_length=1)
    reference: str = ""
    correct_pool: tuple[str, ...] = ()


class BugRow(Row):
    """A program that fails tests of its problem; `failing` are their indices, `line` or `lines` where it is wrong."""

    id: str = ""
    problem: str
    buggy: str = Field(min_length=1)
    failing: tuple[int, ...] = ()
    line: int | None = None
    lines: tuple[int, ...] = ()


class AnswerRow(Row):
    """One answer of a log in time order."""

    user_id: str = Field(min_length=1)
    item_id: str
    skill_id: str
    correct: int = Field(ge=0, le=1)


class PrerequisiteRow(Row):
    concept: str = Field(min_length=1)
    candidate_prerequisite: str = Field(min_length=1)
    is_prerequisite: int = Field(ge=0, le=1)


class SubmissionRow(Row):
    """An answer handed in for an exercise of the course."""

    id: str = ""
    exercise: str = Field(min_length=1)
    answer: str
    correct: int = Field(ge=0, le=1)
    misconception: str = ""


class ExplanationRow(Row):
    """A question about an idea; `topics` may be cited for it, `reference` says it well."""

    id: str = ""
    text: str = Field(min_length=1)
    topics: tuple[str, ...] = ()
    reference: str = ""


class Expected(Row):
    """What a reply must be like. `intents`: one of them is served; `says` and `never`: regular expressions."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    intents: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    hint_level: int | None = None
    cites: bool = False
    exercise: bool = False
    no_leak: bool = False
    words_max: int | None = None

    @field_validator("says", "never")
    @classmethod
    def _compile(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is not a regular expression: {error}") from None
        return patterns


class TurnRow(Row):
    """One message of a student, with the program, error or exercise that comes with it."""

    message: str = Field(min_length=1)
    code: str | None = None
    error: str | None = None
    exercise: str | None = None
    submission: bool = False
    expect: Expected = Expected()


class ConversationRow(Row):
    """Messages of one thread in order; `about` groups conversations in a report."""

    id: str = ""
    about: str = ""
    turns: tuple[TurnRow, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Where a dataset lies."""

    data: Path
    corpus: Path | None = None
    qrels: Path | None = None
    problems: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One thing to try. `id` is unique within its dataset; `row` is what the task reads of it."""

    id: str
    row: Any


R = TypeVar("R", bound=Row)


def read_rows(path: Path, schema: type[R]) -> list[R]:
    """The rows of a .jsonl or .csv file, packed by gzip or not. Raises Invalid with the first faults, each with its line."""
    packed = path.name.removesuffix(".gz")
    rows, faults = [], []
    for number, record in _csv_records(path) if packed.endswith(".csv") else _json_records(path):
        try:
            rows.append(schema.model_validate(record if not isinstance(record, str) else json.loads(record)))
        except ValidationError as error:
            faults += [f"{path}:{number}: {_field(fault)}{fault['msg']}" for fault in error.errors()]
        except ValueError as error:
            faults.append(f"{path}:{number}: not JSON: {error}")
        if len(faults) >= _FAULTS_MAX:
            break
    if faults:
        raise Invalid(f"{schema.__name__.removesuffix('Row').lower()} data is not of its form:\n" + "\n".join(faults))
    if not rows:
        raise Invalid(f"{path} holds no rows")
    return rows


def _field(fault: Any) -> str:
    return "".join(f"{part}: " for part in fault["loc"])


def read_text(path: Path) -> str:
    """Raises Invalid, naming the file, when it cannot be read."""
    try:
        raw = path.read_bytes()
        return (gzip.decompress(raw) if path.name.endswith(".gz") else raw).decode()
    except (OSError, EOFError, zlib.error) as error:
        raise Invalid(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    except UnicodeDecodeError as error:
        raise Invalid(f"{path} is not UTF-8 text: {error.reason} at byte {error.start}") from error


def _json_records(path: Path) -> Iterator[tuple[int, Any]]:
    # only \n ends a line: other separators may stand inside a JSON string
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if line.strip():
            yield number, line


def _csv_records(path: Path) -> Iterator[tuple[int, Any]]:
    reader = csv.DictReader(read_text(path).splitlines())
    for record in reader:
        yield reader.line_num, {key: value for key, value in record.items() if key is not None and value is not None}


def read_qrels(path: Path) -> dict[str, frozenset[str]]:
    """What is relevant for each query: tab-separated query-id, corpus-id, score, with a head; a score of 0 is not."""
    relevant: dict[str, set[str]] = {}
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if not line.strip() or number == 1:
            continue
        parts = line.rstrip("\r").split("\t")
        try:
            query, document, score = parts[0], parts[1], float(parts[2])
        except (IndexError, ValueError):
            raise Invalid(f"{path}:{number}: needs query-id, corpus-id and score between tabs") from None
        if score > 0:
            relevant.setdefault(query, set()).add(document)
    return {query: frozenset(found) for query, found in relevant.items()}


def prelude(problem: ProblemRow) -> str:
    """What stands in front of every program for the problem, ended by a line break; empty for most."""
    return problem.prelude.rstrip("\n") + "\n" if problem.prelude.strip() else ""


def named(rows: Sequence[R], path: Path) -> list[Case]:
    """Each row as a case under its own id, or under its place where it has none. Raises Invalid for an id used twice."""
    cases, seen = [], set()
    for number, row in enumerate(rows, 1):
        name = str(getattr(row, "id", "")) or f"row-{number}"
        if name in seen:
            raise Invalid(f"{path}: row {number}: the id {name!r} is used twice")
        seen.add(name)
        cases.append(Case(id=name, row=row))
    return cases
