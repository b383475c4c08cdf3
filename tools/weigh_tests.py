"""Looks at the tests that a student wrote: whether they pass, and which small change of the program they do not notice."""

import ast
import copy
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from core.ports import Policy, Program
from tools.parse_program import parse_program
from tools.prove_rewrite import find_difference
from tools.run_code import Runner

CHANGES_MAX = 8
DIFFERENCES_MAX = 2
_FILE = "programs.json"
_MARK = "\x1eweighed "
_SECONDS = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Slipped:
    """A change that no test noticed: on `line`, `was` became `now`; on `given` that makes a difference."""

    line: int
    was: str
    now: str
    given: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """`asserts` in the program, whether they all hold (`failing_line` is the first that does not), and what they let
    slip out of `tried` changes."""

    asserts: int
    passes: bool = False
    failing_line: int | None = None
    tried: int = 0
    slipped: tuple[Slipped, ...] = ()


async def weigh_tests(runner: Runner, code: str) -> Weight:
    """Raises what `Runner.run_program` raises. Without asserts nothing is run."""
    tree = parse_program(code)
    if isinstance(tree, SyntaxError) or not (asserts := sum(isinstance(n, ast.Assert) for n in ast.walk(tree))):
        return Weight(asserts=0)
    changes = list(_spread(list(_changes(tree))))
    called = "\n".join(f"{name}()" for name in _tests(tree))
    programs = [f"{text}\n{called}\n" for text in (code, *(changed for _, changed in changes))]
    report = await _run(runner, programs)
    if not report or report[0][0] != "ok":
        line = report[0][1] if report and report[0][0] == "AssertionError" else None
        return Weight(asserts=asserts, failing_line=line)
    unnoticed = [change for change, (ended, _) in zip(changes, report[1:], strict=False) if ended == "ok"]
    slipped = []
    for change, program in unnoticed[:DIFFERENCES_MAX]:
        if given := await find_difference(runner, code, program):  # else it may be no change at all
            slipped.append(replace(change, given=given))
    return Weight(asserts=asserts, passes=True, tried=len(report) - 1, slipped=tuple(slipped))


def _tests(tree: ast.Module) -> list[str]:
    """Functions that a test runner would call."""
    return [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test") and not node.args.args
    ]


def _spread(changes: Sequence[tuple[Slipped, str]]) -> Iterator[tuple[Slipped, str]]:
    """At most CHANGES_MAX, from all over the program."""
    step = max(1, len(changes) / CHANGES_MAX)
    yield from (changes[int(n * step)] for n in range(min(len(changes), CHANGES_MAX)))


_SWAPS: dict[type[ast.AST], ast.AST] = {
    ast.Lt: ast.LtE(), ast.LtE: ast.Lt(), ast.Gt: ast.GtE(), ast.GtE: ast.Gt(), ast.Eq: ast.NotEq(), ast.NotEq: ast.Eq(),
    ast.Add: ast.Sub(), ast.Sub: ast.Add(), ast.Mult: ast.Add(), ast.And: ast.Or(), ast.Or: ast.And(),
}  # fmt: skip


def _changes(tree: ast.Module) -> Iterator[tuple[Slipped, str]]:
    """Each small change to what is tested, with the program that has it."""
    for function in tree.body:
        if not isinstance(function, ast.FunctionDef) or function.name.startswith("test"):
            continue
        for place, node in enumerate(ast.walk(function)):
            new = _changed(node)
            if new is None or not isinstance(node, ast.expr):
                continue
            other = copy.deepcopy(tree)
            twin = next(f for f in other.body if isinstance(f, ast.FunctionDef) and f.name == function.name)
            target = list(ast.walk(twin))[place]
            for name in new._fields:
                setattr(target, name, getattr(new, name))
            yield Slipped(line=node.lineno, was=ast.unparse(node), now=ast.unparse(new)), ast.unparse(other)


def _changed(node: ast.AST) -> ast.AST | None:
    new = copy.copy(node)
    match new:
        case ast.Compare(ops=[op]) if type(op) in _SWAPS:
            new.ops = [_SWAPS[type(op)]]  # type: ignore[list-item]
        case ast.BinOp(op=op) | ast.BoolOp(op=op) if type(op) in _SWAPS:
            new.op = _SWAPS[type(op)]  # type: ignore[assignment]
        case ast.Constant(value=int(number)) if not isinstance(number, bool):
            new.value = number + 1
        case _:
            return None
    return new


async def _run(runner: Runner, programs: Sequence[str]) -> list[tuple[str, int | None]]:
    """How each ended, by the name of what it raised, and on which line."""
    policy = Policy(wall_s=_SECONDS, cpu_s=_SECONDS, output_bytes_max=1024 * 1024)
    files = {_FILE: json.dumps(list(programs)).encode("utf-8", "surrogatepass")}
    result = await runner.run_program(Program(code=_WEIGHER, files=files), policy)
    _, mark, report = result.stdout.rpartition(_MARK)
    try:
        return [(str(ended), line) for ended, line in json.loads(report)] if mark else []
    except (ValueError, TypeError):
        return []


_WEIGHER = f'''
import io, json, sys

LINES_MAX = 20000

class Stopped(BaseException):
    pass

def attempt(source):
    left = [LINES_MAX]
    def seen(frame, event, arg):
        if frame.f_code.co_filename != "tested.py":
            return None
        left[0] -= 1
        if left[0] < 0:
            raise Stopped
        return seen
    held, sys.stdout, sys.stdin = sys.stdout, io.StringIO(), io.StringIO("")
    sys.settrace(seen)
    try:
        exec(compile(source, "tested.py", "exec"), {{"__name__": "__main__"}})
        return ["ok", None]
    except BaseException as error:
        where, line = error.__traceback__, None
        while where:
            if where.tb_frame.f_code.co_filename == "tested.py":
                line = where.tb_lineno
            where = where.tb_next
        return [type(error).__name__, line]
    finally:
        sys.settrace(None)
        sys.stdout = held

report = [attempt(source) for source in json.load(open("{_FILE}"))]
print({_MARK!r} + json.dumps(report))
'''
