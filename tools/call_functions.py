"""Calls what a program defines and never calls, with a few inputs of the likely kind, to see what comes back."""

import json
import re
from dataclasses import dataclass
from typing import Any

from core.ports import Policy, Program, Raised
from tools.parse_program import parameters
from tools.run_code import Runner

SHOWN_MAX = 4
_FILE, _GIVEN = "tried.py", "given.json"
_MARK = "\x1ecalled "
_SECONDS = 3.0
_KINDS: dict[str, tuple[re.Pattern[str], list[str]]] = {
    "text": (
        re.compile(r"^(?:s|st|str\d?|text|word|string|name|sentence|line|message|letters?|char|c|phrase|password|input\w*)$|text|word|string|name"),
        ["'hello'", "'Level up'", "'APPLE'", "''", "'a'"],
    ),
    "list": (
        re.compile(r"^(?:l|lst|ls|xs|ys|arr\w*|a?list\d?|items?|values|data|scores|nums|numbers|marks|grades|prices|seq\w*)$|list|nums|numbers|items|values"),
        ["[3, 1, 2]", "[5]", "[2, 2, -4]", "[]"],
    ),
    "number": (re.compile(r""), ["5", "1", "0", "-3", "12"]),
}  # fmt: skip
"""Kinds of input with the names that parameters of that kind are given; the last fits every name."""


_ITS_OWN = {"NameError", "UnboundLocalError", "RecursionError"}
"""Errors that no other input would spare: any other may come of handing over what the function is not for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """`got` is what came back, as Python writes it; `printed` what was printed; `raised` instead of both."""

    call: str
    got: str
    printed: str
    raised: Raised | None


async def call_functions(runner: Runner, program: str) -> list[Called]:
    """A few calls of the last function that can be called with values: those that fit it if there are any, else one that
    shows how it fails. Empty when there is nothing to call. Raises what `Runner.run_program` raises."""
    given = {name: _calls(name, names) for name, names in parameters(program).items() if 0 < len(names) <= 3}
    if not given:
        return []
    calls = list(given.values())[-1]
    files = {_FILE: program.encode("utf-8", "surrogatepass"), _GIVEN: json.dumps(calls).encode()}
    result = await runner.run_program(Program(code=_CALLER, files=files), Policy(wall_s=_SECONDS, cpu_s=_SECONDS))
    told = _read(result.stdout)
    fits = [one for one in told if one.raised is None]
    return fits[:SHOWN_MAX] or _broken(told)


def _calls(name: str, names: list[str]) -> list[str]:
    """Of the likely kinds first; of several parameters each moves on by itself, so that they differ."""
    likely = [next(kind for kind, (fits, _) in _KINDS.items() if fits.search(one.casefold())) for one in names]
    rounds = [likely, *([kind] * len(names) for kind in _KINDS if [kind] * len(names) != likely)]
    return [
        f"{name}({', '.join(_KINDS[kind][1][(at + place) % len(_KINDS[kind][1])] for place, kind in enumerate(kinds))})"
        for kinds in rounds
        for at in range(SHOWN_MAX)
    ]


def _broken(told: list[Called]) -> list[Called]:
    """One that fails whatever it is handed."""
    return [one for one in told if one.raised and one.raised.type in _ITS_OWN][:1]


def _read(stdout: str) -> list[Called]:
    _, mark, report = stdout.rpartition(_MARK)
    try:
        return [
            Called(call=str(call), got=str(got), printed=str(printed), raised=_raised(failed) if failed else None)
            for call, got, printed, failed in (json.loads(report) if mark else [])
        ]
    except (ValueError, TypeError, IndexError):  # a program can print what it likes, our mark included
        return []


def _raised(told: list[Any]) -> Raised:
    kind, message, line, values = told
    held = {str(name): str(value) for name, value in dict(values).items()}
    return Raised(type=str(kind), message=str(message), line=int(line), traceback="", locals=held)


_CALLER = f"""
import io, json, sys

LINES_MAX = 20000
given = json.load(open("{_GIVEN}"))
program = compile(open("{_FILE}", encoding="utf-8").read(), "{_FILE}", "exec")
names = {{"__name__": "tried"}}
sys.stdin = io.StringIO("")

class Stopped(BaseException):
    pass

def limited(frame, event, arg):
    if frame.f_code.co_filename != "{_FILE}":
        return None
    left[0] -= 1
    if left[0] < 0:
        raise Stopped
    return limited

report, held = [], sys.stdout
left = [LINES_MAX]
sys.stdout = io.StringIO()
sys.settrace(limited)
try:
    exec(program, names)
    for call in given:
        left = [LINES_MAX]
        out = sys.stdout = io.StringIO()
        try:
            report.append([call, repr(eval(call, names))[:120], out.getvalue()[:200], None])
        except Stopped:
            pass
        except Exception as error:
            own, walk = None, error.__traceback__
            while walk:
                own = walk if walk.tb_frame.f_code.co_filename == "{_FILE}" else own
                walk = walk.tb_next
            if own:
                held_there = {{name: repr(value)[:60] for name, value in own.tb_frame.f_locals.items()}}
                report.append([call, "", "", [type(error).__name__, str(error)[:200], own.tb_lineno, held_there]])
except BaseException:
    pass
sys.settrace(None)
sys.stdout = held
print({_MARK!r} + json.dumps(report))
"""
