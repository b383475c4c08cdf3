"""Follows a run step by step: questions that always got the same answer, values that nearly matched, and how the printed
value came about. What is said is read from the run, never guessed."""

import ast
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.ports import Step, Trace
from tools._scene import literal
from tools._slip import Slip
from tools.parse_program import names_in, parse_program

ROUNDS_MIN = 2
"""A question asked once says little about whether it ever changes."""
SHOWN_MAX = 6
VALUE_CHARS_MAX = 30
_UNSHOWN = re.compile(r"<(?:function|class|module|built-in|bound)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A line about to run: what the names visible there hold, as their reprs, and on which line the same call goes on,
    0 where it ended."""

    line: int
    held: Mapping[str, str]
    then: int


def follow_run(trace: Trace, code: str) -> list[Slip]:
    """In the order of the program; empty when it does not parse or nothing stood out."""
    tree = parse_program(code)
    if isinstance(tree, SyntaxError):
        return []
    moments = _moments(trace.steps)
    if not trace.complete or trace.run.status != "ok":
        moments = moments[:-1]  # nobody saw where the last one went on
    found = [slip for node in ast.walk(tree) for slip in _question(node, moments, trace.complete)]
    return sorted(found, key=lambda slip: slip.line)


def _moments(steps: Sequence[Step]) -> list[Moment]:
    program: dict[str, str] = {}
    frames: dict[int, dict[str, str]] = {}
    found = []
    for place, step in enumerate(steps):
        if step.function == "<module>":
            frame = program
        else:
            if place == 0 or steps[place - 1].depth < step.depth:
                frames[step.depth] = {}
            frame = frames.setdefault(step.depth, {})
        following = next((later for later in steps[place + 1 :] if later.depth <= step.depth), None)
        goes_on = following is not None and following.depth == step.depth
        held = {**program, **frame}
        found.append(Moment(line=step.line, held=held, then=following.line if following and goes_on else 0))
        frame.update(step.changed)
    return found


def _question(node: ast.AST, moments: Sequence[Moment], complete: bool) -> Iterator[Slip]:
    if not isinstance(node, ast.If | ast.While) or node.lineno == node.body[0].lineno:
        return
    asked = [one for one in moments if one.line == node.lineno]
    if (close := _nearly(node, asked)) and not any(_equal(node, one) for one in asked):
        yield close
    elif isinstance(node, ast.While) and (past := _gone_past(node, asked)):
        yield past
    elif (
        isinstance(node, ast.If)
        and complete
        and len(asked) >= ROUNDS_MIN
        and not any(_went_in(node, one) for one in asked)
    ):
        yield _never_held(node, asked)


def _went_in(node: ast.If, one: Moment) -> bool:
    return node.body[0].lineno <= one.then <= (node.body[-1].end_lineno or 0)


# --- two values that are nearly the same ---------------------------------------------------------------------------


def _sides(node: ast.If | ast.While) -> tuple[ast.expr, ast.expr] | None:
    match node.test:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
            return left, right
        case ast.UnaryOp(op=ast.Not(), operand=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right])):
            return left, right
    return None


def _values(node: ast.If | ast.While, one: Moment) -> tuple[object, object]:
    sides = _sides(node)
    return (_value(sides[0], one.held), _value(sides[1], one.held)) if sides else (None, None)


def _value(side: ast.expr, held: Mapping[str, str]) -> object:
    match side:
        case ast.Name(id=name):
            return literal(held.get(name, ""))
        case ast.Constant(value=value):
            return value
        case ast.Call(func=ast.Attribute(value=inner, attr="lower" | "upper" | "strip" as method), args=[]):
            text = _value(inner, held)
            return getattr(text, method)() if isinstance(text, str) else None
    return None


def _equal(node: ast.If | ast.While, one: Moment) -> bool:
    left, right = _values(node, one)
    return left is not None and left == right


def _nearly(node: ast.If | ast.While, asked: Sequence[Moment]) -> Slip | None:
    sides = _sides(node)
    for one in asked if sides else ():
        left, right = _values(node, one)
        if sides and (differ := _difference(left, right)):
            told = [
                f"the other side is `{value!r}`"
                if isinstance(side, ast.Constant)
                else f"`{ast.unparse(side)}` was `{value!r}`"
                for side, value in zip(sides, (left, right), strict=True)
            ]
            if "`" in f"{left}{right}" or "\n" in ast.unparse(node.test):
                continue
            return Slip(
                line=node.lineno,
                name="nearly-equal",
                what=f"When I ran it, {' and '.join(told)} here. They look alike, but they are not equal: {differ}.",
                look="What would have to be done to one of them before they are compared?",
                change="Bring both sides into the same form before they are compared, best where the value comes in.",
            )
    return None


def _difference(left: object, right: object) -> str:
    """How two values part that a reader would take for the same; empty when they are equal, or plainly different."""
    if left is None or right is None or left == right:
        return ""
    if isinstance(left, str) != isinstance(right, str) and str(left) == str(right):
        return "one is text (`str`), the other a number, and text never equals a number"
    if isinstance(left, str) and isinstance(right, str):
        longer = left if len(left) > len(right) else right
        if left.strip() == right.strip() != "":
            mark = "a line break (`\\n`)" if "\n" in longer else "a space"
            return f"one has {mark} more at an end"
        if left.casefold() == right.casefold():
            return "capital and small letters count as different"
    return ""


# --- a bound that is stepped over ------------------------------------------------------------------------------------


def _gone_past(node: ast.While, asked: Sequence[Moment]) -> Slip | None:
    """`while x != 10`, with 9 and then 11."""
    match node.test:
        case ast.Compare(left=ast.Name(id=name), ops=[ast.NotEq()], comparators=[right]):
            pairs = [(_value(node.test.left, one.held), _value(right, one.held)) for one in asked]
            for (before, end), (after, _) in itertools.pairwise(pairs):
                numbers = all(isinstance(value, int | float) for value in (before, after, end))
                if numbers and (before < end < after or before > end > after):  # type: ignore[operator]
                    return Slip(
                        line=node.lineno,
                        name="gone-past",
                        what=f"The loop ends only when `{name}` is exactly {end}, and that never happens: `{name}` was {before} and in the next round {after}, so it skips {end} and goes on for ever.",
                        look="Which question would also be answered rightly by a value that has gone too far?",
                        change="Ask whether the value is still on this side of the bound, instead of whether it is different from it.",
                    )
    return None


# --- a question that never got a yes -----------------------------------------------------------------------------------


def _never_held(node: ast.If, asked: Sequence[Moment]) -> Slip:
    names = [n.id for n in ast.walk(node.test) if isinstance(n, ast.Name)]
    seen = list(dict.fromkeys(_told(one.held, names) for one in asked))
    seen = [words for words in seen if words][:3]
    values = f" ({'; then '.join(seen)})" if seen else ""
    return Slip(
        line=node.lineno,
        name="never-held",
        what=f"When I ran it, this question was asked {len(asked)} times and the answer was never yes{values}, so what stands under it never ran.",
        look="For which of these should it have been yes?",
        change="Compare the two sides for the first of these values, and ask whether what stands there at the start is right.",
    )


def _told(held: Mapping[str, str], names: Sequence[str]) -> str:
    shown = [
        f"`{name}` = {_short(held[name])}"
        for name in dict.fromkeys(names)
        if name in held and not _UNSHOWN.match(held[name])
    ]
    return ", ".join(shown[:3])


def _short(value: str) -> str:
    return value if len(value) <= VALUE_CHARS_MAX else value[: VALUE_CHARS_MAX - 1] + "…"


# --- how the printed value came about -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """`told` says on which lines the printed name got which values; `lines` are those lines."""

    name: str
    told: str
    lines: tuple[int, ...]


def tell_history(trace: Trace, code: str) -> History | None:
    """Where the name that was printed last got its values; None when nothing with a name was printed, or it was given
    one value only, by a line that says so."""
    tree = parse_program(code)
    if isinstance(tree, SyntaxError):
        return None
    ran = [step.line for step in trace.steps if step.function == "<module>"]
    printed = _printed(tree)
    line = next((line for line in reversed(ran) if line in printed), None)
    for name in printed.get(line or 0, ()):
        given = [(s.line, s.changed[name]) for s in trace.steps if s.function == "<module>" and name in s.changed]
        lines = tuple(dict.fromkeys(at for at, _ in given))
        if len(given) < ROUNDS_MIN or any(_UNSHOWN.match(value) for _, value in given):
            continue
        beside = _beside(trace, tree, lines[-1], name)
        told = "; ".join(
            f"line {at} gave it {_listed([value for where, value in given if where == at])}" for at in lines[:4]
        )
        return History(name=name, told=f"Line {line} prints `{name}`: {told}.{beside}", lines=lines)
    return _came_back(trace, tree, line) if line else None


def _came_back(trace: Trace, tree: ast.Module, line: int) -> History | None:
    """From which line the function came back whose result is printed, in which round, and with which values."""
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    names = [
        n.func.id
        for n in ast.walk(tree)
        if isinstance(n, ast.Call) and n.lineno == line and isinstance(n.func, ast.Name)
    ]
    name = next((name for name in names if name in functions), None)
    at = max((k for k, s in enumerate(trace.steps) if s.function == name and s.depth == 1), default=None)
    if name is None or at is None or not trace.complete:
        return None
    last = trace.steps[at].line
    held = _moments(trace.steps)[at].held
    used = names_in(_line_of(functions[name], last))
    everything = names_in(ast.unparse(functions[name]))
    values = _told(held, sorted(used) or sorted(everything))
    return History(
        name=name,
        told=f"Line {line} prints what `{name}` gives back. The last line that ran in `{name}` was line {last}"
        + (f", and there {values}." if values else "."),
        lines=(last,),
    )


def _line_of(function: ast.FunctionDef, line: int) -> str:
    return next((ast.unparse(n) for n in ast.walk(function) if isinstance(n, ast.stmt) and n.lineno == line), "")


def _printed(tree: ast.Module) -> dict[int, list[str]]:
    """By line, the names that a `print` outside of functions shows."""
    found: dict[int, list[str]] = {}
    for node in tree.body:
        for call in ast.walk(node) if not isinstance(node, ast.FunctionDef | ast.ClassDef) else ():
            match call:
                case ast.Call(func=ast.Name(id="print"), args=args):
                    names = [n.id for arg in args for n in ast.walk(arg) if isinstance(n, ast.Name)]
                    found.setdefault(call.lineno, []).extend(names)
    return found


def _beside(trace: Trace, tree: ast.Module, line: int, name: str) -> str:
    """What the names of the loop around that line went through meanwhile."""
    for loop in ast.walk(tree):
        if (
            isinstance(loop, ast.For)
            and isinstance(loop.target, ast.Name)
            and loop.lineno < line <= (loop.end_lineno or 0)
        ):
            turns = [
                s.changed[loop.target.id] for s in trace.steps if s.line == loop.lineno and loop.target.id in s.changed
            ]
            if turns and loop.target.id != name:
                return f" In the loop on line {loop.lineno}, `{loop.target.id}` was {_listed(turns)}."
    return ""


def _listed(values: Sequence[str]) -> str:
    shown = [_short(value) for value in values]
    if len(shown) <= SHOWN_MAX:
        return ", then ".join(shown) if len(shown) < 3 else ", ".join(shown)
    return f"{', '.join(shown[:3])}, …, {shown[-1]} ({len(shown)} values)"
