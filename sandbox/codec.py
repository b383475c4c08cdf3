"""What a sandbox host and its callers say to each other, as JSON: both sides use this file."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from core.errors import Invalid
from core.ports import Given, Grade, Policy, Program, RunResult, Test, Trace

T = TypeVar("T")

STUDENT_HEADER = "X-LearnFlow-Student"
FED = {"fed": True}  # what was typed last is with the program
_BYTES = "base64"

POLICY = TypeAdapter(Policy | None)
TESTS = TypeAdapter(list[Test])
RUN: TypeAdapter[RunResult] = TypeAdapter(RunResult)
RUNS: TypeAdapter[tuple[RunResult, ...]] = TypeAdapter(tuple[RunResult, ...])
GRADE: TypeAdapter[Grade] = TypeAdapter(Grade)
TRACE: TypeAdapter[Trace] = TypeAdapter(Trace)


def dump(value: Any) -> bytes:
    """One line of JSON, whatever is in it; bytes as {"base64": ...}."""
    return json.dumps(value, default=_bytes).encode() + b"\n"


def load(data: bytes) -> Any:
    """The reverse of `dump`. Raises Invalid."""
    try:
        return json.loads(data, object_hook=_from_bytes)
    except (ValueError, RecursionError) as error:
        raise Invalid("that is not JSON as a sandbox host speaks it") from error


def read(kind: TypeAdapter[T], data: Any) -> T:
    """Raises Invalid."""
    try:
        return kind.validate_python(data)
    except ValidationError as error:
        raise Invalid("that is not what a sandbox host and its callers say", fields=error.error_count()) from error


def show_program(program: Program) -> dict[str, Any]:
    """Texts go as bytes: a student's may hold what is no character."""
    return {
        "language": program.language,
        "code": _encoded(program.code),
        "stdin": _encoded(program.stdin),
        "args": [_encoded(argument) for argument in program.args],
        "files": [[_encoded(name), data] for name, data in program.files.items()],
    }


def read_program(data: Any) -> Program:
    """Raises Invalid."""
    try:
        return Program(
            language=str(data.get("language", "python")),
            code=_decoded(data["code"]),
            stdin=_decoded(data["stdin"]),
            args=tuple(_decoded(argument) for argument in data["args"]),
            files={_decoded(name): bytes(content) for name, content in data["files"]},
        )
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise Invalid("that is not a program") from error


def show_inputs(inputs: Sequence[Given]) -> list[dict[str, Any]]:
    return [{"stdin": _encoded(one.stdin), "args": [_encoded(word) for word in one.args]} for one in inputs]


def read_inputs(data: Any) -> list[Given]:
    """Raises Invalid."""
    try:
        return [Given(stdin=_decoded(one["stdin"]), args=tuple(map(_decoded, one["args"]))) for one in data]
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise Invalid("those are not a batch's inputs") from error


def show(result: RunResult | Grade | Trace | Policy | Test | None) -> dict[str, Any] | None:
    return None if result is None else asdict(result)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


def _bytes(value: object) -> dict[str, str]:
    if isinstance(value, bytes):
        return {_BYTES: base64.b64encode(value).decode()}
    raise TypeError(type(value).__name__)


def _from_bytes(data: Mapping[str, Any]) -> Any:
    if data.keys() == {_BYTES} and isinstance(data[_BYTES], str):
        return base64.b64decode(data[_BYTES], validate=True)
    return data
