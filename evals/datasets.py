"""The forms of datasets, one schema a task, and how a file becomes validated cases; a fault is told with its line."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from core.errors import Invalid
from evals.reading import read_lines, read_records

_FAULTS_MAX = 10


class Row(BaseModel):
    """One line of a dataset. What the schema does not name is left alone, so that sources and licences may stand there."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, coerce_numbers_to_str=True)


class TriageRow(Row):
    """A student's message: `intent` is the label, `also` further intents, `flags` injection, safeguarding, non_english.
    `code`, `error` and the open `exercise` come with it in fields of their own. A post with several acceptable `labels` in
    place of an intent may stand there too."""

    id: str = ""
    text: str = ""
    code: str | None = None
    error: str | None = None
    exercise: str | None = None
    title: str = ""
    body: str = ""
    intent: str | None = None
    labels: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    subject: str | None = None

    @model_validator(mode="after")
    def _whole(self) -> "TriageRow":
        if not (self.text or self.title or self.body):
            raise ValueError("needs a text, or a title and a body")
        if not (self.intent or self.labels):
            raise ValueError("needs an intent, or labels")
        return self


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

    @model_validator(mode="after")
    def _whole(self) -> "MathsRow":
        if self.equal is not None and self.reference is None:
            raise ValueError("equal needs a reference")
        if self.equal is None and self.reference is not None:
            raise ValueError("a reference needs equal, 0 or 1")
        return self


class WorkingRow(Row):
    """Lines of working; `first_wrong` counts from 0, none where all follow. `slip` gives the names that fit, as a pattern."""

    id: str = ""
    lines: tuple[str, ...] = Field(min_length=1)
    first_wrong: int | None = Field(None, ge=0)
    slip: str = ""

    @model_validator(mode="after")
    def _whole(self) -> "WorkingRow":
        if self.first_wrong is not None and (self.first_wrong >= len(self.lines) or not self.slip):
            raise ValueError("first_wrong must be one of the lines, with the slip's names")
        return self


class QuestionRow(Row):
    """A question in mathematics; without a reference it is one that should be declined."""

    id: str = ""
    text: str = Field(min_length=1)
    reference: str | None = None


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


# By task: the form of --data, and which of its fields say what is right; the others are given.
FORMS: dict[str, tuple[type[Row], frozenset[str]]] = {
    "triage": (TriageRow, frozenset({"intent", "labels", "also", "flags", "subject"})),
    "retrieval": (QueryRow, frozenset({"relevant"})),
    "maths": (MathsRow, frozenset({"equal"})),
    "working": (WorkingRow, frozenset({"first_wrong", "slip"})),
    "solving": (QuestionRow, frozenset({"reference"})),
    "errors": (ErrorRow, frozenset({"type", "message", "line", "concept"})),
    "syntax": (SyntaxRow, frozenset({"line", "concept"})),
    "repair": (BugRow, frozenset({"failing", "line", "lines"})),
    "leak": (BugRow, frozenset({"failing", "line", "lines"})),
    "tracing": (AnswerRow, frozenset({"correct"})),
    "struggle": (AnswerRow, frozenset({"correct"})),
    "prerequisites": (PrerequisiteRow, frozenset({"is_prerequisite"})),
    "grading": (SubmissionRow, frozenset({"correct", "misconception"})),
    "explanation": (ExplanationRow, frozenset({"topics", "reference"})),
    "turns": (ConversationRow, frozenset()),
}


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


def read_rows(path: Path, schema: type[R], *, unique: str = "") -> list[R]:
    """The rows of a dataset's file. `unique` names a field that no two rows may share. Raises Invalid with the first
    faults, each with its line."""
    return [row for _, row in _numbered(path, schema, unique)]


def read_cases(path: Path, schema: type[R]) -> list[Case]:
    """Each row as a case under its own id, or under its place where it has none. Raises Invalid as `read_rows` does, and
    for an id used twice."""
    rows = _numbered(path, schema, "id")
    return [Case(id=_name(row) or f"row-{place}", row=row) for place, (_, row) in enumerate(rows, 1)]


def texts_of(schema: type[Row]) -> set[str]:
    """The fields that hold text and nothing else, by every name they may have: the set `{1, 2}` of a student is no list."""
    fields = [(name, field) for name, field in schema.model_fields.items() if field.annotation in (str, str | None)]
    return {name for name, _ in fields} | {field.alias for _, field in fields if field.alias}


def _name(row: Row) -> str:
    return str(getattr(row, "id", "") or "")


def _numbered(path: Path, schema: type[R], unique: str) -> list[tuple[int, R]]:
    rows: list[tuple[int, R]] = []
    faults: list[str] = []
    seen: dict[str, int] = {}
    for number, record in read_records(path, texts_of(schema)):
        try:
            row = schema.model_validate(_without_blanks(record, schema))
        except ValidationError as error:
            faults += [f"{path}:{number}: {_field(fault)}{fault['msg']}" for fault in error.errors()]
        except ValueError as error:
            faults.append(f"{path}:{number}: not JSON: {error}")
        else:
            name = str(getattr(row, unique, "") or "") if unique else ""
            if name and name in seen:
                faults.append(f"{path}:{number}: the {unique} {name[:80]!r} is used twice, first on line {seen[name]}")
            seen.setdefault(name, number)
            rows.append((number, row))
        if len(faults) >= _FAULTS_MAX:
            break
    if faults:
        kind = schema.__name__.removesuffix("Row").lower()
        told = faults[:_FAULTS_MAX]
        raise Invalid(f"{kind} data is not of its form:{' ' if len(told) == 1 else chr(10)}" + "\n".join(told))
    if not rows:
        raise Invalid(f"{path} holds no rows")
    return rows


def _without_blanks(record: Any, schema: type[Row]) -> Any:
    """A CSV has no other way to leave a field out than an empty cell."""
    if isinstance(record, ValueError):
        raise record
    if not isinstance(record, dict):
        return record
    needed = {name for name, field in schema.model_fields.items() if field.is_required()}
    return {key: value for key, value in record.items() if value != "" or key in needed}


def _field(fault: Any) -> str:
    return "".join(f"{part}: " for part in fault["loc"])


def read_qrels(path: Path, corpus: Collection[str] | None = None) -> dict[str, frozenset[str]]:
    """What is relevant for each query: tab-separated query-id, corpus-id, score, with a head; a score of 0 is not.
    Raises Invalid for a torn line, and for a document that `corpus` does not hold."""
    relevant: dict[str, set[str]] = {}
    for number, line in read_lines(path):
        if not line.strip() or number == 1:
            continue
        parts = line.rstrip("\r\n").split("\t")
        try:
            query, document, score = parts[0], parts[1], float(parts[2])
        except (IndexError, ValueError):
            raise Invalid(f"{path}:{number}: needs query-id, corpus-id and score between tabs") from None
        if corpus is not None and document not in corpus:
            raise Invalid(f"{path}:{number}: the corpus holds no document {document[:80]!r}")
        if score > 0:
            relevant.setdefault(query, set()).add(document)
    if not relevant:
        raise Invalid(f"{path} says of nothing that it is relevant")
    return {query: frozenset(found) for query, found in relevant.items()}


def prelude(problem: ProblemRow) -> str:
    """What stands in front of every program for the problem, ended by a line break; empty for most."""
    return problem.prelude.rstrip("\n") + "\n" if problem.prelude.strip() else ""
