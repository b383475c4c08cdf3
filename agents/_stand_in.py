"""Modules that open windows, which no sandbox has: the program runs with a stand-in for them that does nothing."""

import ast

from core.ports import Raised
from tools.parse_program import compiles, parse_program

_WINDOWS = ("pygame", "turtle", "tkinter")
_HELD = "StandIn"
_SOURCE = """
import sys
class StandIn:
    def __init__(self, *given, **named): pass
    def __call__(self, *given, **named): return self
    def __getattr__(self, name):
        if name in ("__all__", "__path__"): return []
        return self
    def __setitem__(self, key, value): pass
    def __getitem__(self, key): return self
    def __iter__(self): return iter(())
    def __len__(self): return 0
    def __int__(self): return 0
    def __index__(self): return 0
    def __float__(self): return 0.0
    def __str__(self): return ""
    def __enter__(self): return self
    def __exit__(self, *given): return False
    def same(self, *given): return self
    def no(self, *given): return False
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __floordiv__ = __mod__ = __neg__ = __iadd__ = same
    __lt__ = __gt__ = __le__ = __ge__ = __contains__ = no
"""


def module_missed(raised: Raised | None, program: str) -> str:
    """The module that opens windows and for want of which the program stopped; empty when it stopped for another reason."""
    tree = parse_program(program)
    if (
        raised is None
        or isinstance(tree, SyntaxError)
        or raised.type not in ("ModuleNotFoundError", "ImportError", "TclError")
    ):
        return ""
    names = [alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names]
    names += [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    return next((name for name in _WINDOWS if any(found.split(".")[0] == name for found in names)), "")


def replaced(program: str, module: str) -> str:
    """The program with the stand-in put before its first statement, on the same line, so that lines keep their numbers;
    empty where that cannot be done, or where names come in by a star and could not be stood in for."""
    tree = parse_program(program)
    if isinstance(tree, SyntaxError) or not tree.body:
        return ""
    if any(isinstance(n, ast.ImportFrom) and n.names[0].name == "*" for n in ast.walk(tree)):
        return ""
    lines, first = program.split("\n"), tree.body[0].lineno - 1
    parts = (module, *(f"{module}.{part}" for part in ("messagebox", "ttk", "font", "locals")))
    source = f"{_SOURCE}\nfor part in {parts!r}: sys.modules[part] = StandIn()\n"
    lines[first] = f"exec({source!r}, {{}}); {lines[first]}"
    changed = "\n".join(lines)
    return changed if compiles(changed) else ""


def told(module: str) -> str:
    return f"I cannot open a window here, so I ran your program with a stand-in for `{module}` that does nothing."


def to_blame(raised: Raised) -> bool:
    return _HELD in raised.message or any(_HELD in value for value in raised.locals.values())
