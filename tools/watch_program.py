"""Runs a program under a watcher that notes who calls whom, what comes back, and which names share one object."""

import ast
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from core.ports import Policy, Program, RunResult
from tools.parse_program import parse_program
from tools.run_code import Runner

CALLS_MAX = 60
OBJECTS_MAX = 12
_FILE = "watched.py"
_MARK = "\x1ewatched "


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a function of the program; `caller` is the place of the calling call, -1 for the program itself."""

    function: str
    given: tuple[str, ...]
    caller: int
    returned: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a name, or a place in an object, holds: the number of an object, or (`held` is None) a plain value."""

    name: str
    held: int | None
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """An object that can be shared: its type, itself as Python shows it, and what it holds."""

    type: str
    shown: str
    parts: tuple[Held, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Names by frame, the program's own first (its name is empty), and the objects they point to."""

    frames: tuple[tuple[str, tuple[Held, ...]], ...]
    things: tuple[Thing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """`run` is the run as it would have been without a watcher; `memory` is None where no name holds an object."""

    run: RunResult
    calls: tuple[Call, ...] = ()
    memory: Memory | None = None


async def watch_program(runner: Runner, code: str, policy: Policy | None = None) -> Watched:
    """Raises what `Runner.run_program` raises. A program that does not end well is returned with its run alone."""
    watcher = Program(code=_WATCHER, files={_FILE: code.encode("utf-8", "surrogatepass")})
    run = await runner.run_program(watcher, policy)
    out, mark, report = run.stdout.rpartition(_MARK)
    if run.status != "ok" or not mark:
        return Watched(run=run)
    told = replace(run, stdout=out.removesuffix("\n"))
    try:
        return _read(told, json.loads(report))
    except (ValueError, KeyError, TypeError, IndexError):  # a program can print what it likes, our mark included
        return Watched(run=told)


def worth_watching(code: str) -> bool:
    """Whether the program calls itself, or gives one object several names."""
    tree = parse_program(code)
    return not isinstance(tree, SyntaxError) and (recursive(tree) or any(_shares(tree)))


def recursive(tree: ast.AST) -> bool:
    return any(
        isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id == node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for inner in ast.walk(node)
    )


def _shares(tree: ast.Module) -> Iterator[bool]:
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    changed = _changed_names(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name(id=other)) if other not in own:
                yield bool({name, other} & changed)
            case ast.Assign(value=ast.Call(func=ast.Attribute(attr="copy" | "deepcopy"))):
                yield True
            case ast.Assign(value=ast.Subscript(slice=ast.Slice(lower=None, upper=None, step=None))):
                yield True
            case ast.BinOp(left=ast.List(elts=[inner]), op=ast.Mult()):
                yield any(isinstance(part, (ast.List, ast.Dict, ast.Set)) for part in ast.walk(inner))
            case ast.FunctionDef():
                defaults = (*node.args.defaults, *(d for d in node.args.kw_defaults if d))
                yield any(isinstance(default, (ast.List, ast.Dict, ast.Set)) for default in defaults)
                yield bool({argument.arg for argument in node.args.args} & changed - {"self"})


def _changed_names(tree: ast.Module) -> set[str]:
    """Names whose object is changed in place somewhere, or that are asked about with `is`."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)) if attr in _IN_PLACE:
                found.add(name)
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.Attribute(value=ast.Name(id=name), ctx=ast.Store()) if name != "self":
                found.add(name)
            case ast.Compare(left=ast.Name(id=name), ops=[ast.Is() | ast.IsNot()], comparators=[ast.Name(id=other)]):
                found |= {name, other}
    return found


_IN_PLACE = frozenset(
    [
        "append",
        "extend",
        "insert",
        "remove",
        "sort",
        "reverse",
        "clear",
        "add",
        "update",
        "discard",
        "pop",
        "setdefault",
        "popitem",
    ]
)


def _read(run: RunResult, report: dict[str, object]) -> Watched:
    calls, frames, things = _list(report["calls"]), _list(report["frames"]), _list(report["things"])
    memory = Memory(
        frames=tuple((str(name), tuple(_held(one) for one in names)) for name, names in frames),
        things=tuple(
            Thing(type=str(type), shown=str(shown), parts=tuple(_held(one) for one in parts))
            for type, shown, parts in things
        ),
    )
    made = tuple(
        Call(function=str(name), given=tuple(map(str, given)), caller=int(caller), returned=str(returned))
        for name, given, caller, returned in calls
    )
    return Watched(run=run, calls=made, memory=memory if things else None)


def _list(value: object) -> Sequence[tuple]:  # type: ignore[type-arg]
    if not isinstance(value, list):
        raise TypeError("a list was expected")
    return value


def _held(one: Sequence[object]) -> Held:
    name, held, value = one
    return Held(name=str(name), held=held if isinstance(held, int) else None, value=str(value))


_WATCHER = f'''
import json, sys

CALLS_MAX, OBJECTS_MAX, PARTS_MAX, CHARS_MAX = {CALLS_MAX}, {OBJECTS_MAX}, 8, 40
PLAIN = (int, float, complex, str, bytes, bool, type(None), range)
calls, stack, kept = [], [], []

def short(value):
    try:
        words = repr(value)
    except Exception:
        words = "?"
    if " object at 0x" in words:
        words = "a " + type(value).__name__
    return words if len(words) <= CHARS_MAX else words[:CHARS_MAX - 1] + "\\u2026"

def is_thing(value):
    return not isinstance(value, PLAIN) and not callable(value) and type(value).__name__ != "module"

def noticed(frame, event, arg):
    code = frame.f_code
    if code.co_filename != "{_FILE}" or code.co_name.startswith("<"):
        return
    if event == "call" and len(calls) < CALLS_MAX:
        given = [short(frame.f_locals[n]) for n in code.co_varnames[:code.co_argcount] if n in frame.f_locals and n != "self"]
        calls.append([code.co_name, given, stack[-1][0] if stack else -1, "None"])
        stack.append((len(calls) - 1, frame))
    elif event == "return" and stack and stack[-1][1] is frame:
        calls[stack.pop()[0]][3] = short(arg)
        own = {{id(v) for n, v in frame.f_globals.items() if is_thing(v) and not n.startswith("__")}}
        local = dict(frame.f_locals)
        if not kept and not stack and any(id(v) in own for n, v in local.items() if is_thing(v)):
            kept.append(snapshot([("", dict(frame.f_globals)), (code.co_name, local)]))

def parts_of(value):
    if isinstance(value, dict):
        return [(short(key), held) for key, held in value.items()]
    if isinstance(value, (list, tuple)):
        return [(str(n), held) for n, held in enumerate(value)]
    if isinstance(value, (set, frozenset)):
        return []
    return list(getattr(value, "__dict__", {{}}).items())

def snapshot(frames):
    places, things = {{}}, []
    def look(name, value):
        if not is_thing(value):
            return [name, None, short(value)]
        if id(value) not in places:
            if len(things) >= OBJECTS_MAX:
                return [name, None, short(value)]
            places[id(value)] = len(things)
            thing = [type(value).__name__, short(value), []]
            things.append(thing)
            thing[2] = [look(n, part) for n, part in parts_of(value)[:PARTS_MAX]]
        return [name, places[id(value)], ""]
    told = []
    for frame, names in frames:
        held = []
        for name, value in names.items():
            if name.startswith("__"):
                continue
            if is_thing(value) or (isinstance(value, PLAIN)):
                held.append(look(name, value))
            for default_name, default in defaults_of(value):
                held.append(look(name + "'s default " + default_name, default))
        told.append([frame, held])
    return {{"frames": told, "things": things}}

def defaults_of(value):
    code, given = getattr(value, "__code__", None), getattr(value, "__defaults__", None)
    if code is None or not given or code.co_filename != "{_FILE}":
        return []
    names = code.co_varnames[code.co_argcount - len(given):code.co_argcount]
    return [(n, d) for n, d in zip(names, given) if is_thing(d) and not isinstance(d, tuple)]

names = {{"__name__": "__main__"}}
with open("{_FILE}", encoding="utf-8") as file:
    program = compile(file.read(), "{_FILE}", "exec")
sys.setprofile(noticed)
try:
    exec(program, names)
finally:
    sys.setprofile(None)
report = kept[0] if kept else snapshot([("", names)])
print({_MARK!r} + json.dumps({{"calls": calls, **report}}))
'''
