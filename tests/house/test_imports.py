"""Importing any module does nothing: no environment read, no socket, no thread, no heavy vendor."""

import subprocess
import sys
from pathlib import Path

from tests.house.test_rooms import MODULES, ROOT

# what must not be loaded by importing: each costs a second or gigabytes, and belongs to the function that needs it
_HEAVY = [
    "torch",
    "sentence_transformers",
    "chromadb",
    "sympy",
    "langmem",
    "ragas",
    "docker",
    "matplotlib",
    "langserve",
]

_SCRIPT = """
import importlib, sys, threading, socket
def refuse(*a, **k): raise AssertionError("a socket was opened while importing")
socket.socket.connect = refuse
for name in sys.argv[2:]:
    importlib.import_module(name)
heavy = [name for name in sys.argv[1].split(",") if name in sys.modules]
assert not heavy, f"loaded while importing: {heavy}"
assert threading.active_count() == 1, threading.enumerate()
"""


def test_importing_every_module_with_an_empty_environment_does_nothing(tmp_path: Path) -> None:
    names = [_module(path) for path in MODULES if "migrations" not in path.parts and "curriculum" not in path.parts]
    shielded = [name for name in names if not name.endswith("__main__") and not _runs_inside_a_child(name)]

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _SCRIPT, ",".join(_HEAVY), *shielded],
        env={"PYTHONPATH": str(ROOT)}, cwd=tmp_path, capture_output=True, text=True, timeout=100,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _runs_inside_a_child(name: str) -> bool:
    """Programs that another process of ours executes, never the server."""
    return name.rpartition(".")[2] in {"zygote", "child", "worker", "harness", "export"}
