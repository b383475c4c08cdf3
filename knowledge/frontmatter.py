"""A Markdown file with YAML front matter, read so that every value still knows the line it stands on."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

if TYPE_CHECKING:
    _Loader = yaml.SafeLoader
else:  # the C loader is ten times faster and not built everywhere
    _Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

FILE_BYTES_MAX = 1_000_000
_FENCE = "---"
_DEPTH_MAX = 50
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong, and where; `line` is 1-based."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class Unreadable(Exception):
    """This file cannot be read at all; carries its one problem."""

    def __init__(self, file: str, line: int, message: str) -> None:
        self.problem = Problem(file=file, line=line, message=message)
        super().__init__(str(self.problem))


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One file: the front matter as values and as YAML nodes, and the body with the line that it starts on."""

    file: str
    front: Any
    node: yaml.Node
    body: str
    body_line: int

    def line_of(self, where: Sequence[int | str]) -> int:
        """The 1-based line of a value in the front matter; of the nearest value around it when it is missing."""
        node = self.node
        for step in where:
            child = _child(node, step)
            if child is None:
                break
            node = child
        return int(node.start_mark.line) + 2

    def problem(self, where: Sequence[int | str], message: str) -> Problem:
        return Problem(file=self.file, line=self.line_of(where), message=message)

    def parse(self, form: type[M]) -> tuple[M | None, list[Problem]]:
        """The front matter as `form`, or every reason why it is not one."""
        try:
            return form.model_validate(self.front), []
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)
            inner = {e["loc"][:-1] for e in found}
            # pydantic counts a list whose items are wrong as empty too
            told = [e for e in found if not (e["type"] == "too_short" and e["loc"] in inner)]
            return None, [self.problem(e["loc"], f"{_dotted(e['loc'])}: {_said(e['type'], e['msg'])}") for e in told]


def read_page(content: bytes, file: str) -> Page:
    """Raises Unreadable."""
    lines = _text_of(content, file).split("\n")
    if lines[0].rstrip() != _FENCE:
        raise Unreadable(file, 1, "a file starts with front matter between two lines of ---")
    end = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)
    if end is None:
        raise Unreadable(file, 1, "the front matter has no closing ---")
    node, front = _parse_yaml("\n".join(lines[1:end]), file)
    return Page(file=file, front=front, node=node, body="\n".join(lines[end + 1 :]), body_line=end + 2)


def read_bytes(path: Path, file: str) -> bytes:
    """What a file holds; one that is too large is not read. Raises Unreadable."""
    try:
        size = path.stat().st_size
        if size > FILE_BYTES_MAX:
            raise Unreadable(file, 1, f"{size} bytes; a file may have {FILE_BYTES_MAX}")
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(file, 1, f"cannot be read: {error.strerror}") from error


def _text_of(content: bytes, file: str) -> str:
    if not content.strip():
        raise Unreadable(file, 1, "is empty")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise Unreadable(file, line, "not UTF-8 text; save it as UTF-8") from error
    if "\0" in text:
        raise Unreadable(file, text[: text.index("\0")].count("\n") + 1, "holds a NUL character")
    return text.replace("\r\n", "\n")


def _parse_yaml(front: str, file: str) -> tuple[yaml.Node, Any]:
    try:
        loader = _Loader(front)
        try:
            node = loader.get_single_node()
            if not isinstance(node, yaml.MappingNode):
                raise Unreadable(file, 1, "the front matter is not a list of `name: value` lines")
            _refuse_twice(node, file)
            return node, loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 2 if mark else 1
        tab = front.split("\n")[line - 2 : line - 1] if mark else []
        what = "it is moved in by a tab; use spaces" if tab and re.match(r" *\t", tab[0]) else error.problem
        raise Unreadable(file, line, f"the front matter is not YAML: {what}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise Unreadable(file, 1, f"the front matter is not YAML: {error}") from error


def _refuse_twice(node: yaml.Node, file: str, above: tuple[yaml.Node, ...] = ()) -> None:
    """YAML lets a later key silently win over an earlier one of the same name."""
    if node in above or len(above) > _DEPTH_MAX:
        raise Unreadable(file, node.start_mark.line + 2, "the front matter is nested too deeply, or in itself")
    if isinstance(node, yaml.SequenceNode):
        held = list(node.value)
    elif isinstance(node, yaml.MappingNode):
        held = [value for _, value in node.value]
        _refuse_keys(node, file)
    else:
        return
    for value in held:
        # an alias leads to what was read where it stands
        if value.start_mark.index >= node.start_mark.index:
            _refuse_twice(value, file, (*above, node))


def _refuse_keys(node: yaml.MappingNode, file: str) -> None:
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise Unreadable(file, key.start_mark.line + 2, "the front matter has a list or a mapping as a name")
        if key.value in seen:
            raise Unreadable(file, key.start_mark.line + 2, f"`{key.value}` stands here twice")
        seen.add(key.value)


def _child(node: yaml.Node, step: int | str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        child: yaml.Node = node.value[step]
        return child
    return None


def _said(kind: str, message: str) -> str:
    """In the words of somebody who writes a course, where pydantic's are those of a program."""
    return "there is no such field here; is it misspelt?" if kind == "extra_forbidden" else message


def _dotted(where: Sequence[int | str]) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in where)
    return text.lstrip(".") or "front matter"
