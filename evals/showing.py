"""One case of a run in words, for a terminal: what was said, what the agents found, what came out, how it scored."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.errors import NotFound
from evals.metrics import Line
from evals.running import Result

_LONG = 4_000


def find_case(result: Result, name: str) -> Line:
    """By its id, or by a part of it that only one id has. Raises NotFound, with ids that come near."""
    cases: Sequence[Line] = result["cases"]
    exact = [line for line in cases if line["id"] == name]
    near = exact or [line for line in cases if name.casefold() in str(line["id"]).casefold()]
    if len(near) == 1:
        return near[0]
    some = ", ".join(str(line["id"]) for line in (near or cases)[:8])
    raise NotFound(f"{'several cases are' if near else 'no case is'} called {name[:80]!r}: {some}")


def as_text(line: Line, *, whole: bool = False) -> str:
    """With headings. Long texts are cut unless `whole`."""
    parts = [f"# {line['id']}"]
    for title, value in _parts(line):
        if value in (None, "", [], {}):
            continue
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1, default=str)
        parts.append(f"## {title}\n{text if whole or len(text) <= _LONG else text[:_LONG] + ' … (--whole shows all)'}")
    return "\n\n".join(parts) + "\n"


def _parts(line: Line) -> Iterator[tuple[str, Any]]:
    yield "Went wrong", line.get("broke") or line.get("note")
    turns = [turn for turn in line.get("trace") or () if isinstance(turn, Mapping) and "ask" in turn]
    if not turns:
        yield "Given", line.get("given") or line.get("shown")
    yield "Wanted", line.get("wanted") or line.get("expected")
    yield "Answered", line.get("predicted")
    for number, turn in enumerate(turns, 1):
        yield f"Turn {number}: student", _asked(turn["ask"])
        for step in turn.get("steps", ()):
            yield f"Turn {number}: {step['agent']} ({step['ms']:g} ms) found", step.get("raised") or step.get("found")
        yield f"Turn {number}: tutor ({turn.get('ms', 0):g} ms)", (turn.get("answer") or {}).get("reply")
    if not turns:
        yield "Output", line.get("output")
    yield "Scores", line.get("scores")


def _asked(ask: Mapping[str, Any]) -> str:
    rest = [f"[{name}]\n{value}" for name, value in ask.items() if name != "message"]
    return "\n\n".join([str(ask.get("message", "")), *rest])
