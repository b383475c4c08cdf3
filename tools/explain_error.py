"""Explains a Python error in plain words, at its line, with the values at that moment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from core.ports import Raised
from tools._causes import CAUSES, OWN, SYNTAX, Cause
from tools._details import detail_of
from tools._scene import literal, size
from tools._syntax import find_slip, mend
from tools.parse_program import compile_error, compiles, names_in

VALUES_MAX = 4
VALUE_CHARS_MAX = 60
LINES_BACK = 40
"""So far above the place where Python stumbled a bracket or quote that was left open is looked for."""
TRIED_MIN, TRIED_CHARS_MAX = 60, 1_000_000

_TYPES = {
    "str": "text (`str`)", "int": "a whole number (`int`)", "float": "a number with a point (`float`)",
    "list": "a list", "tuple": "a tuple", "dict": "a dictionary", "set": "a set", "bool": "True or False (`bool`)",
    "NoneType": "`None`", "function": "a function", "builtin_function_or_method": "a function that was not called",
    "method": "a method that was not called", "type": "a class", "range": "a range", "generator": "a generator",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """`what` and `look` are sentences for the student; `values` are name -> repr at that moment; `near` is a known
    name that the unknown one was probably meant to be; `specific` is False when only the error's type was known."""

    type: str
    message: str
    concept: str
    what: str
    look: str
    line: int | None
    source: str
    values: Mapping[str, str]
    detail: str
    specific: bool


def explain_error(raised: Raised, code: str) -> Explained:
    source = _source(code, raised.line) or ("" if code else _quoted(raised))
    cause, groups = _match(CAUSES, raised.type, raised.message)
    if source.startswith("raise ") and _is_last(cause):
        cause, groups = OWN, {"n": raised.message}
    detail = detail_of(raised, code)
    return Explained(
        type=raised.type,
        message=raised.message,
        concept=_refine_concept(cause, raised, source),
        what=_fill(cause.what, groups, raised.type),
        look=_fill(cause.look, groups, raised.type),
        line=raised.line,
        source=source,
        values=_values(raised, source),
        detail=detail,
        specific=bool(detail) or not _is_last(cause),
    )


def _is_last(cause: Cause) -> bool:
    """The row for whatever no other row of the type knows."""
    return not cause.pattern and cause.types in ("TypeError", "ValueError", "AttributeError", "IndexError", "Exception")


def explain_syntax(code: str) -> Explained | None:
    """Why the program does not start, or None when it does. A small change that makes it compile settles the place."""
    error = compile_error(code)
    if error is None:
        return None
    cause, groups = _told_by_python(error)
    if (slip := find_slip(code, error, bool(cause.pattern))) is not None:
        return _syntax_told(error, code, slip.line, slip.concept, slip.what, slip.look, True)
    line, missing = _place(error, code)
    if missing is not None and missing != cause.concept:
        cause = next((c for c in SYNTAX if c.concept == missing and "{n}" not in c.what), cause)
        groups = {}
    what, look = _fill(cause.what, groups, "bracket"), _fill(cause.look, groups, "bracket")
    specific = bool(cause.pattern) or cause.types == "TabError"
    return _syntax_told(error, code, line, cause.concept, what, look, specific)


def _syntax_told(
    error: SyntaxError, code: str, line: int | None, concept: str, what: str, look: str, specific: bool
) -> Explained:
    return Explained(
        type=type(error).__name__, message=error.msg or "", concept=concept, what=what, look=look, line=line,
        source=_source(code, line), values={}, detail="", specific=specific,
    )  # fmt: skip


def repair_syntax(code: str) -> str | None:
    """The program with the smallest change tried that makes it compile, for running and comparing, never for showing."""
    error = compile_error(code)
    if error is None:
        return code
    slip = find_slip(code, error, bool(_told_by_python(error)[0].pattern))
    if slip is None:
        return _nearest(code, error)
    rest = compile_error(slip.program)
    return slip.program if rest is None else _nearest(slip.program, rest)


def _nearest(code: str, error: SyntaxError) -> str | None:
    known = _syntax_changes(code, error)[:-1][: _tries(code)]
    return next((new for new, _, _ in known if compiles(new)), None) or mend(code)


def _tries(code: str) -> int:
    """Compiling takes time by the length, and whoever asks waits."""
    return max(TRIED_MIN, TRIED_CHARS_MAX // (len(code) + 1))


def _told_by_python(error: SyntaxError) -> tuple[Cause, dict[str, str]]:
    """A comma or a bracket that Python misses over several lines is a bracket that was never closed."""
    message = error.msg or ""
    if (error.end_lineno or 0) > (error.lineno or 0) and re.search(r"comprehension target|forgot a comma", message):
        return next(cause for cause in SYNTAX if cause.pattern.startswith("unexpected EOF")), {}
    return _match(SYNTAX, type(error).__name__, message)


def _match(table: tuple[Cause, ...], kind: str, message: str) -> tuple[Cause, dict[str, str]]:
    for cause in table:
        if kind in cause.types.split("|") and (found := re.search(cause.pattern, message)):
            return cause, {name: value for name, value in found.groupdict().items() if value}
    known = Cause(
        kind,
        "",
        "raised-by-program",
        "The program stopped with a `{type}`.",
        "Which line raises it, and for which values?",
    )
    return known, {}


def _fill(words: str, groups: dict[str, str], kind: str) -> str:
    values = {
        "type": kind,
        "n": "it",
        "m": "?",
        "f": groups.get("g", "the function"),
        "a": "it",
        "k": "",
        "p": "",
        "v": "",
        "op": "",
    }
    values |= groups
    if "k" in groups or "k2" in groups:
        values["k"] = (groups.get("k") or groups["k2"]) + (" " if "{k}with" in words else "")
    for name in "ab":
        kind_words = groups.get(name) or groups.get("b", "something else")
        values[f"{name}_"] = _TYPES.get(kind_words, f"a `{kind_words}`")
    values["A_"] = values["a_"][:1].upper() + values["a_"][1:]
    return words.format_map(values)


def _refine_concept(cause: Cause, raised: Raised, source: str) -> str:
    """`[0]` or `[-1]` on something empty is another idea than running past the end."""
    if cause.concept == "index-out-of-range" and re.search(r"\[\s*(?:0|-1)\s*\]", source):
        sizes = [size(literal(value)) for value in raised.locals.values()]
        return "empty-sequence-access" if 0 in sizes or not re.search(r"\[\s*\w*[a-zA-Z]", source) else cause.concept
    return cause.concept


def _values(raised: Raised, source: str) -> dict[str, str]:
    used = names_in(source)
    shown = {
        name: value
        for name, value in raised.locals.items()
        if name in used and not value.startswith(("<function", "<class", "<module", "<built-in"))
    }
    return {name: _short(value) for name, value in list(shown.items())[:VALUES_MAX]}


def _short(value: str) -> str:
    return value if len(value) <= VALUE_CHARS_MAX else value[: VALUE_CHARS_MAX - 1] + "…"


def _source(code: str, line: int | None) -> str:
    lines = code.split("\n")
    return lines[line - 1].strip() if line and 0 < line <= len(lines) else ""


def _quoted(raised: Raised) -> str:
    """The line of the program as a traceback shows it, where there is no program to read it from."""
    found = re.search(rf'File "[^"\n]*", line {raised.line}\b[^\n]*\n[ \t]+([^\s^~][^\n]*)', raised.traceback)
    return found[1].strip() if found and raised.line else ""


def _place(error: SyntaxError, code: str) -> tuple[int | None, str | None]:
    """The line to look at, and the cause if a change that makes the program compile tells it better than Python."""
    for new, line, cause in islice(_syntax_changes(code, error), _tries(code)):
        if compiles(new):
            return line, cause if (error.msg or "").startswith("invalid syntax") else None
    return error.lineno, None


def _syntax_changes(code: str, error: SyntaxError) -> list[tuple[str, int, str | None]]:
    """Programs with one small change near the error, likeliest first, each with its line and the cause it shows."""
    lines = code.expandtabs(4).split("\n")
    at = min(max((error.lineno or 1) - 1, 0), len(lines) - 1)
    before = next((i for i in range(at - 1, -1, -1) if lines[i].strip()), at)
    changes: list[tuple[str, int, str | None]] = [("\n".join(lines), at + 1, "mixed-tabs-and-spaces")]
    if isinstance(error, IndentationError) and lines[before].rstrip().endswith(":"):
        deeper = len(lines[before]) - len(lines[before].lstrip()) + 4
        changes.append(("\n".join([*lines[:at], " " * deeper + lines[at].lstrip(), *lines[at + 1 :]]), at + 1, None))
    for i in dict.fromkeys((at, before)):
        changes += [
            ("\n".join([*lines[:i], new, *lines[i + 1 :]]), i + 1, cause)
            for new, cause in _line_changes(lines[i], error)
        ]
    depth = len(lines[before]) - len(lines[before].lstrip())
    if lines[before].rstrip().endswith(":"):
        changes.append(
            ("\n".join([*lines[:at], " " * (depth + 4) + lines[at].lstrip(), *lines[at + 1 :]]), at + 1, None)
        )
        changes.append(
            ("\n".join([*lines[: before + 1], " " * (depth + 4) + "pass", *lines[before + 1 :]]), before + 1, None)
        )
        changes.append(("\n".join([*lines[:at], *("    " + text for text in lines[at:])]), at + 1, None))
    for indent in sorted({len(text) - len(text.lstrip()) for text in lines[: at + 1] if text.strip()}, reverse=True):
        changes.append(("\n".join([*lines[:at], " " * indent + lines[at].lstrip(), *lines[at + 1 :]]), at + 1, None))
        changes.append(("\n".join([*lines[:at], *_shifted(lines[at:], indent)]), at + 1, None))
    for i in range(max(0, at - LINES_BACK), min(len(lines), at + LINES_BACK // 8)):
        if i not in (at, before):
            closes = [new for new, _ in _line_changes(lines[i], error)][:6]
            changes += [("\n".join([*lines[:i], new, *lines[i + 1 :]]), i + 1, None) for new in closes]
    changes.append(
        (
            "\n".join([*lines[:at], lines[at][: len(lines[at]) - len(lines[at].lstrip())] + "pass", *lines[at + 1 :]]),
            at + 1,
            None,
        )
    )
    return changes


def _shifted(lines: list[str], indent: int) -> list[str]:
    by = indent - (len(lines[0]) - len(lines[0].lstrip()))
    return [
        text if not text.strip() else " " * max(0, len(text) - len(text.lstrip()) + by) + text.lstrip()
        for text in lines
    ]


_BLOCK = re.compile(r"\s*(?:if|elif|else|for|while|def|class|try|except|finally|with)\b")


def _line_changes(text: str, error: SyntaxError) -> list[tuple[str, str | None]]:
    bare = text.rstrip()
    new: list[tuple[str, str | None]] = []
    at = (error.offset or 0) - 1
    if 0 <= at < len(text) and (
        wrong := re.search(r"does not match opening parenthesis '(.)'|unmatched", error.msg or "")
    ):
        partner = {"(": ")", "[": "]", "{": "}"}.get(wrong.group(1) or "", "")
        new.append((text[:at] + partner + text[at + 1 :], "unclosed-bracket"))
    if _BLOCK.match(text):
        new += [(bare + ":", "missing-colon"), (re.sub(r"[;,.=]$", "", bare) + ":", "missing-colon")]
        new.append((re.sub(r"(?<![=!<>:+\-*/%])=(?!=)", "==", text), "assignment-for-comparison"))
        new.append((re.sub(r"(?<![=!<>:+\-*/%])=(?!=)", "==", bare) + ":", "assignment-for-comparison"))
        new.append((text.replace("else if", "elif"), "invalid-syntax"))
        new.append((text.replace("else if", "elif") + ":", "invalid-syntax"))
        new.append((re.sub(r"^(\s*)else\b[^:]*:", r"\1else:", text), "invalid-syntax"))
    for close in (")", "]", "}", "))", "'", '"', "')", '")', '"])'):
        new.append((bare + close, "unclosed-quote" if close[0] in "'\"" else "unclosed-bracket"))
        if bare.endswith(":"):
            new.append((bare[:-1] + close + ":", "unclosed-bracket"))
    if bare.endswith((")", "]", "}")):
        new += [
            (bare[:-1], "unclosed-bracket"),
            (bare[:-1] + {")": "])", "]": ")]", "}": ")}"}[bare[-1]], "unclosed-bracket"),
        ]
        new.append((bare[:-1] + {")": "]", "]": ")", "}": ")"}[bare[-1]], "unclosed-bracket"))
    if bare.endswith(("):", "]:")):
        new.append((bare[:-2] + ":", "unclosed-bracket"))
    if found := re.match(r"(\s*)print\s+(.+)$", bare):
        new.append((f"{found.group(1)}print({found.group(2)})", "missing-parentheses"))
    new += [(text.replace(a, b), cause) for a, b, cause in _SWAPS if a in text]
    new += _inserted(text, error)
    return new


_SWAPS = (
    ("=>", ">=", "invalid-syntax"), ("=<", "<=", "invalid-syntax"), ("=!", "!=", "invalid-syntax"), ("<>", "!=", "invalid-syntax"),
    ("++", " += 1", "invalid-syntax"), ("--", " -= 1", "invalid-syntax"), ("&&", " and ", "invalid-syntax"), ("||", " or ", "invalid-syntax"),
    ("===", "==", "invalid-syntax"), ("!", "not ", "invalid-syntax"), ("==", "=", "invalid-syntax"), (" is not equal to ", " != ", "invalid-syntax"),
    ("function ", "def ", "invalid-syntax"), ("Def ", "def ", "invalid-syntax"), ("If ", "if ", "invalid-syntax"), ("For ", "for ", "invalid-syntax"),
    ("While ", "while ", "invalid-syntax"), ("Else", "else", "invalid-syntax"), ("Return ", "return ", "invalid-syntax"), ("Import ", "import ", "invalid-syntax"),
    (";", "", "invalid-syntax"), ("return =", "return", "invalid-syntax"), ("=+", "+=", "invalid-syntax"), (",)", ")", None), (" then", "", "invalid-syntax"),
    ("(:", "():", "invalid-syntax"), ("def ", "def f", "invalid-syntax"), ("class ", "class C", "invalid-syntax"),
)  # fmt: skip


def _inserted(text: str, error: SyntaxError) -> list[tuple[str, str | None]]:
    """A sign put in, or one taken out, just where Python stumbled."""
    new: list[tuple[str, str | None]] = []
    for at in sorted({max(0, (error.offset or 1) - 1 + d) for d in (0, -1, 1)} | {max(0, (error.end_offset or 1) - 1)}):
        if at > len(text):
            continue
        inside = text[max(0, at - 1) : at + 1].replace("_", "a").isalnum() and 0 < at < len(text)
        for sign, cause in (
            ()
            if inside
            else (
                (", ", "missing-comma"),
                ("*", "invalid-syntax"),
                (")", "unclosed-bracket"),
                ("(", "unclosed-bracket"),
                (":", "missing-colon"),
                ("=", "invalid-syntax"),
                (" in ", "invalid-syntax"),
                (" + ", "missing-comma"),
                ('"', "unclosed-quote"),
                ("'", "unclosed-quote"),
                ("0", None),
                ("_", "invalid-number"),
            )
        ):
            new.append((text[:at] + sign + text[at:], cause))
        new.append((text[:at] + text[at + 1 :], None))
    if found := re.search(r"\b(\d+)([A-Za-z_]\w*)", text):
        new += [
            (text.replace(found.group(0), f"{found.group(1)}*{found.group(2)}"), "invalid-number"),
            (text.replace(found.group(0), f"_{found.group(0)}"), "invalid-number"),
        ]
    return new
