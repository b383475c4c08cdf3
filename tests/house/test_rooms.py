"""The building code: who may import whom, and which vendor lives where."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = [
    "cli",
    "evals",
    "server",
    "api",
    "graphs",
    "agents",
    "tools",
    "memory knowledge sandbox cas learning accounts",
    "core",
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms.split()}
HOME = {
    "fastapi": "api", "starlette": "api", "langserve": "api", "chromadb": "knowledge", "sentence_transformers": "knowledge",
    "langmem": "memory", "docker": "sandbox", "stripe": "accounts", "ragas": "evals", "sympy": "cas", "typer": "cli evals",
    "opentelemetry": "core", "alembic": "core", "langgraph": "graphs agents memory evals", "langchain": "agents",
}  # fmt: skip
MODULES = sorted(path for room in FLOOR for path in [*ROOT.glob(f"{room}.py"), *ROOT.glob(f"{room}/**/*.py")])


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down_and_each_vendor_has_one_home(path: Path) -> None:
    room = room_of(path)
    for name in imports(path):
        head = name.partition(".")[0]
        if head in FLOOR and head != room:
            assert FLOOR[head] > FLOOR[room], f"{room} may not import {name}"
        assert room in HOME.get(head, room).split(), f"{head} lives in {HOME.get(head)}, not in {room}"
        if room == "agents" and name.startswith("agents."):
            shared = name.split(".")[1] in ("turn", "spec", "models", "prompts") or name.split(".")[1].startswith("_")
            assert path.parent.name != "agents" or shared, f"an agent imports no other agent: {name}"


def test_every_folder_of_code_is_a_known_room() -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench"}

    assert rooms <= FLOOR.keys()
