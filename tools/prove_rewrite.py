"""Finds out by running both whether a program and its rewrite do the same: on inputs of many kinds, with what they print,
give back, raise and change."""

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.ports import Policy, Program
from tools.parse_program import parse_program
from tools.run_code import Runner

ENOUGH = 5
"""So many runs that come to an end and give a value have to agree before a rewrite counts as proved."""
_FILE, _CALLS = "tried.py", "calls.json"
_MARK = "\x1etried "
_SECONDS = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one input: `ended` is None when the program was stopped, False when it raised `error`; `told` is a
    digest of all it did; `lines` are those it went through."""

    ended: bool | None
    error: str
    told: str
    lines: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """`runs` came to an end in both and agree, all of them through the changed line; `needed` make it a proof. `differs`
    is an input on which the two do not agree."""

    runs: int
    needed: int
    differs: str = ""

    @property
    def holds(self) -> bool:
        return not self.differs and self.runs >= self.needed


async def prove_rewrites(
    runner: Runner, before: str, rewrites: Sequence[tuple[int, str]], calls: Sequence[str] = ()
) -> list[Proof]:
    """For each rewrite, with the line of `before` that it changes. `calls` are expressions to try beside those that are
    made up, such as the calls of an exercise. Raises what `Runner.run_program` raises."""
    if not rewrites:
        return []
    kept = _globals(before).intersection(*(_globals(after) for _, after in rewrites))
    kinds = _constants(before)
    old = await _tried(runner, before, calls, sorted(kept), kinds)
    return [
        _compared(old, await _tried(runner, after, calls, sorted(kept), kinds), line, _needed(before, line))
        for line, after in rewrites
    ]


_NOT_MEANT = {"TypeError", "AttributeError", "KeyError"}
"""A program that fails with these was handed something it is not for: how it fails there is not what it does."""


async def find_difference(runner: Runner, one: str, other: str) -> str:
    """An input on which two programs do not do the same; empty when none was found. Raises what `Runner.run_program`
    raises."""
    kept, kinds = sorted(_globals(one) & _globals(other)), _constants(one)
    old, new = [await _tried(runner, code, [], kept, kinds, loosely=True) for code in (one, other)]
    return _compared(old, new, 0, 0).differs


def _needed(code: str, line: int) -> int:
    """A program that reads nothing does the same each time: there, one run is all there is to compare."""
    tree = parse_program(code)
    if isinstance(tree, SyntaxError):
        return ENOUGH
    inside = any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.lineno <= line <= (node.end_lineno or line)
        for node in ast.walk(tree)
    )
    reads = any(isinstance(node, ast.Name) and node.id in ("input", "open") for node in ast.walk(tree))
    reads = reads or any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(tree))
    return ENOUGH if inside or reads else 1


def _globals(code: str) -> set[str]:
    """Names that hold results: what a loop counts with is its own affair."""
    tree = parse_program(code)
    if isinstance(tree, SyntaxError):
        return set()
    loops = [node.target for node in ast.walk(tree) if isinstance(node, ast.For | ast.comprehension)]
    counting = {node.id for target in loops for node in ast.walk(target) if isinstance(node, ast.Name)}
    names = (node for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    return {node.id for node in names} - counting


def _constants(code: str) -> Sequence[Sequence[object]]:
    """Numbers on and beside those that the program names, and its texts: there behaviour changes."""
    tree = parse_program(code)
    held = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)] if isinstance(tree, ast.Module) else []
    numbers = [value for value in held if isinstance(value, int) and not isinstance(value, bool)]
    near = dict.fromkeys(beside for number in numbers for beside in (number, number - 1, number + 1))
    texts = dict.fromkeys(value for value in held if isinstance(value, str) and len(value) < _TEXT_MAX)
    return [[*near][:_KIND_MAX], [*texts][:_KIND_MAX]]


_KIND_MAX, _TEXT_MAX = 12, 30


def _compared(old: Mapping[str, Outcome], new: Mapping[str, Outcome], line: int, needed: int) -> Proof:
    runs = 0
    for name, outcome in old.items():
        other = new.get(name)
        if other is None or outcome.ended is None or other.ended is None or outcome.error in _NOT_MEANT:
            continue
        if (outcome.ended, outcome.told) != (other.ended, other.told):
            return Proof(runs=runs, needed=needed, differs=name)
        runs += outcome.ended and line in outcome.lines
    return Proof(runs=runs, needed=needed)


async def _tried(
    runner: Runner,
    code: str,
    calls: Sequence[str],
    kept: Sequence[str],
    kinds: Sequence[object],
    *,
    loosely: bool = False,
) -> dict[str, Outcome]:
    """`loosely`: values that `==` takes for one are one, as for who tests them."""
    given = {
        "calls": list(calls),
        "kept": list(kept),
        "kinds": [kind for kind in kinds if kind],
        "loosely": loosely,
    }
    files = {_FILE: code.encode("utf-8", "surrogatepass"), _CALLS: json.dumps(given).encode()}
    policy = Policy(wall_s=_SECONDS, cpu_s=_SECONDS, output_bytes_max=1024 * 1024)
    result = await runner.run_program(Program(code=_TRIER, files=files), policy)
    _, mark, report = result.stdout.rpartition(_MARK)
    try:
        told = json.loads(report) if mark else []
        return {
            str(name): Outcome(ended=ended, error=str(error), told=str(did), lines=frozenset(lines))
            for name, ended, error, did, lines in told
        }
    except (ValueError, TypeError):  # a program can print what it likes, our mark included
        return {}


_TRIER = f'''
import ast, copy, hashlib, io, itertools, json, random, re, sys

LINES_MAX, TRIES_MAX = 4000, 60
POOL = [
    [0, 1, 2, 7, -3, 10],
    [[], [1], [3, 1, 2], [2, 2, -5, 2], [0, 0, 1], [0.1] * 10, [1e16, 1.0, -1e16], [float("nan"), 2.0]],
    ["", "a", "hello", "Level up", "12"],
    [[], ["b"], ["pear", "fig", "pear"], ["a", ""]],
    [{{}}, {{"a": 1}}, {{"x": 3, "y": 0}}],
    [True, False, None, 2.5, (1, 2), [[1, 2], [3, 4]]],
]
TYPED = ["", "3\\n4\\n5\\n2\\n1\\n0\\n", "0\\n" * 9, "7\\n1\\n" * 5, "-2\\n3\\n" * 5, "12\\n12\\n5\\n" * 3, "hello\\nworld\\nquit\\n", "yes\\nno\\n" * 4]
given = json.load(open("{_CALLS}"))
POOL += given["kinds"]
source = open("{_FILE}", encoding="utf-8").read()
if any(isinstance(node, ast.Dict | ast.DictComp) or getattr(node, "id", "") in ("dict", "Counter") for node in ast.walk(ast.parse(source))):
    POOL[4] += [{{0: 5, 1: 7}}, {{2: [1], 0: [2]}}]  # what looks like a list to who asks for places only
program = compile(source, "{_FILE}", "exec")

class Stopped(BaseException):
    pass

mine = []  # what the function was given: an error leaves it as far as it was changed

def attempt(work):
    lines, out, left = set(), io.StringIO(), [LINES_MAX]
    def seen(frame, event, arg):
        if frame.f_code.co_filename != "{_FILE}":
            return None
        if event == "line":
            lines.add(frame.f_lineno)
            left[0] -= 1
            if left[0] < 0:
                raise Stopped
        return seen
    random.seed(7)
    mine[:] = []
    held, sys.stdout = sys.stdout, out
    sys.settrace(seen)
    try:
        told, ended, failed = repr(work()), True, ""
    except Stopped:
        told, ended, failed = "", None, ""
    except BaseException as error:
        told, ended, failed = type(error).__name__ + repr(mine), False, type(error).__name__
    finally:
        sys.settrace(None)
        sys.stdout = held
    did = re.sub("0x[0-9a-f]+", "", out.getvalue() + "\\x1f" + told)
    if given["loosely"]:
        did = re.sub(r"(?<=\\d)\\.0(?!\\d)", "", did.replace("True", "1").replace("False", "0"))
    return [ended, failed, hashlib.sha256(did.encode("utf-8", "surrogatepass")).hexdigest()[:16], sorted(lines)]

def whole(typed):
    def work():
        sys.stdin = io.StringIO(typed)
        names = {{"__name__": "__main__"}}
        exec(program, names)
        plain = (int, float, str, list, dict, set, tuple, bool)
        return sorted((n, repr(v)) for n, v in names.items() if isinstance(v, plain) and not n.startswith("__") and n in KEPT)
    return work

def chosen(count):
    if count == 0:
        return [()]
    if count == 1:
        return [(value,) for kind in POOL for value in kind]
    same = [tuple(values) for kind in POOL for values in itertools.product(kind, repeat=count)]
    mixed = list(itertools.product(*([[value for kind in POOL for value in kind]] * min(count, 3))))
    mixed = [values + (1,) * (count - len(values)) for values in mixed]
    picker = random.Random(11)
    return picker.sample(same, min(len(same), TRIES_MAX // 2)) + picker.sample(mixed, min(len(mixed), TRIES_MAX))

KEPT = set(given["kept"])
report = []
for typed in TYPED:
    report.append(["typed " + json.dumps(typed), *attempt(whole(typed))])
names = {{"__name__": "tried"}}
sys.stdin = io.StringIO("")
attempt(lambda: exec(program, names))
functions = [v for v in list(names.values()) if getattr(getattr(v, "__code__", None), "co_filename", "") == "{_FILE}"]
for function in functions:
    code = function.__code__
    least = code.co_argcount - len(function.__defaults__ or ())
    for values in itertools.chain(chosen(least), chosen(code.co_argcount) if code.co_argcount != least else []):
        def work():
            mine[:] = copy.deepcopy(list(values))
            return function(*mine), mine
        report.append([f"{{code.co_name}}({{', '.join(map(repr, values))}})", *attempt(work)])
for call in given["calls"]:
    report.append([call, *attempt(lambda: eval(call, names))])
print({_MARK!r} + json.dumps(report))
'''
