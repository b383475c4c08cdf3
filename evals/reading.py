"""Turns a file's bytes into records with the line each stands on; what cannot be read is one sentence with its place."""

import csv
import gzip
import json
import zlib
from collections.abc import Container, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, cast

from core.errors import Invalid

LINE_BYTES_MAX = 16_000_000  # a case is a message or a program: what is longer is no dataset of cases
FILE_BYTES_MAX = 2_000_000_000  # unpacked: a small packed file may hold anything
_GZIP = b"\x1f\x8b"
_WIDE = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_EXAMPLE = {"inputs", "outputs"}  # what an example of LangSmith's holds its fields in


def read_records(path: Path, texts: Container[str] = ()) -> Iterator[tuple[int, Any]]:
    """(line, record) of a .jsonl, .json or .csv file, packed by gzip or not; a record that is no JSON is a ValueError in
    its place. Examples in LangSmith's form come as the one flat record they hold. `texts` names columns that are text even
    where they look like JSON. Raises Invalid for a file that cannot be read on."""
    kind = path.name.removesuffix(".gz").rpartition(".")[2].lower()
    records = _csv_records(path, texts) if kind == "csv" else _array(path) if kind == "json" else _json_records(path)
    for number, record in records:
        yield number, flat(record)


def flat(record: Any) -> Any:
    """An example of LangSmith's (`inputs`, `outputs`, `metadata`) as one record; anything else as it is. The metadata's
    own `id` comes before the example's, which is a number of no meaning."""
    if not isinstance(record, dict) or not isinstance(record.get("inputs"), dict):
        return record
    parts = [record.get(name) for name in ("metadata", "inputs", "outputs")]
    fields = {key: value for part in parts if isinstance(part, dict) for key, value in part.items()}
    return {"id": str(record.get("id") or ""), **fields}


def _json_records(path: Path) -> Iterator[tuple[int, Any]]:
    for number, line in read_lines(path):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except RecursionError:
            yield number, ValueError("nested too deeply")
        except ValueError as error:
            yield number, error


def _array(path: Path) -> Iterator[tuple[int, Any]]:
    """A JSON file that is one list of records; the number is the record's place. Lines of JSON are read as such."""
    text = "".join(line for _, line in read_lines(path))
    if not text.lstrip().startswith("["):
        yield from _json_records(path)
        return
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"{path} is not JSON: {error}") from None
    yield from enumerate(found, 1)


def _csv_records(path: Path, texts: Container[str]) -> Iterator[tuple[int, Any]]:
    """Cells that hold a JSON list or object are that, but for the `texts`; empty cells and cells without a column are left out."""
    reader = csv.DictReader(line for _, line in read_lines(path))
    try:
        for record in reader:
            yield (
                reader.line_num,
                {
                    key: value if key in texts else _cell(value)
                    for key, value in record.items()
                    if key and value is not None
                },
            )
    except csv.Error as error:
        raise Invalid(f"{path}:{reader.line_num + 1}: not CSV: {error}") from None


def _cell(text: Any) -> Any:
    if not isinstance(text, str) or not text.lstrip().startswith(("[", "{")):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Each line with its number and its line break; only \\n ends one, since other separators may stand inside a string.
    Raises Invalid, naming file and line."""
    try:
        with _open(path) as file:
            total, number = 0, 0
            while raw := file.readline(LINE_BYTES_MAX + 1):
                number, total = number + 1, total + len(raw)
                if len(raw) > LINE_BYTES_MAX or total > FILE_BYTES_MAX:
                    raise Invalid(f"{path}:{number}: {_too_long(total)}")
                yield number, _decoded(path, number, raw)
    except (OSError, EOFError, zlib.error) as error:
        raise Invalid(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _too_long(total: int) -> str:
    if total > FILE_BYTES_MAX:
        return f"more than {FILE_BYTES_MAX / 1e9:g} GB when unpacked"
    return f"a line of more than {LINE_BYTES_MAX / 1e6:g} MB: one case stands on each line"


def _open(path: Path) -> BinaryIO:
    """Packed or not is told by the file's first bytes, not by its name."""
    with path.open("rb") as file:
        head = file.read(2)
    if head == _GZIP:
        return cast(BinaryIO, gzip.open(path, "rb"))
    if head and path.name.endswith(".gz"):
        raise Invalid(f"{path} is named .gz but is not packed by gzip")
    if head in _WIDE:
        raise Invalid(f"{path} is {_WIDE[head]} text: save it as UTF-8")
    return path.open("rb")


def _decoded(path: Path, number: int, raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise Invalid(
            f"{path}:{number}: not UTF-8 text: {error.reason} at byte {error.start + 1} of the line"
        ) from None


def as_example(case: str, row: Mapping[str, Any], labels: frozenset[str]) -> dict[str, Any]:
    """A row as an example of LangSmith's: what is given as inputs, what is expected as outputs."""
    return {
        "inputs": {key: value for key, value in row.items() if key not in labels | {"id", "_id"}},
        "outputs": {key: value for key, value in row.items() if key in labels},
        "metadata": {"id": case},
    }
