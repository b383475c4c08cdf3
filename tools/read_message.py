"""Takes a student's message apart into words, program and error; text only, nothing is run."""

import re
from dataclasses import dataclass

from core.ports import Raised
from tools.parse_program import compiles

_FENCE = re.compile(r"```[ \t]*(?:python|py|python3)?[ \t]*\r?\n(.*?)(?:```|\Z)", re.DOTALL | re.IGNORECASE)
_TICKS = re.compile(r"`([^`\n]{8,})`")
_ONE_TRACEBACK = r"""[ \t]*Traceback \(most recent call last\):[ \t]*\n(?:[ \t]+[^\s][^\n]*\n|[ \t]*\n)*[A-Za-z_][\w.]*(?::[^\n]*|[ \t]*(?=\n|\Z))"""
_TRACEBACK = re.compile(
    rf"^{_ONE_TRACEBACK}(?:\n+(?:During handling of the above|The above exception was)[^\n]*\n+{_ONE_TRACEBACK})*",
    re.MULTILINE,
)
_LOOSE_TRACEBACK = re.compile(
    r"Traceback \(most recent call last\):.*?(?<![\w.])(?:[\w.]*(?:Error|Exception|Warning|Interrupt|Exit|Iteration))\b[^\n]*",
    re.DOTALL,
)
_NOTEBOOK = re.compile(
    r"(?:^-{20,}[ \t]*\n)?^[A-Z]\w*[ \t]+Traceback \(most recent call last\)[ \t]*\n.*?^(?:[\w.]*(?:Error|Exception|Interrupt|Exit|Iteration))(?::[^\n]*)?$",
    re.DOTALL | re.MULTILINE,
)
_SYNTAX_TRACEBACK = re.compile(
    r"^[ \t]*(?:File \"[^\"\n]*\"|Cell In ?\[\d+\]|Input In ?\[\d+\]), line \d+[^\n]*\n(?:[^\n]*\n){0,4}?[ \t]*\w*(?:Syntax|Indentation|Tab)Error[^\n]*",
    re.MULTILINE,
)
_LAST_LINE = re.compile(r"\b([A-Z]\w*(?:Error|Exception)|KeyboardInterrupt|StopIteration)\b(?::[ \t]*([^\n`]*))?")
_ASKS_WHAT = re.compile(r"\b(?:what(?:'?s| is| are| does| do)|explain|mean(?:s|ing)?|define)\b", re.IGNORECASE)
"""Such a message asks about a kind of error; it does not tell of one."""
_OWN_LAST = re.compile(r"^(?:[A-Za-z_]\w*\.)*([A-Z]\w*)(?::[ \t]*([^\n`]*))?$", re.MULTILINE)
_PLACE = re.compile(r"File \"([^\"\n]*)\", line (\d+)")
_LIBRARY = re.compile(r"site-packages|[\\/]lib[\\/]|/lib/python|<frozen", re.IGNORECASE)
_CELL = re.compile(r"^(?:Cell|Input) In ?\[\d+\]|^<ipython-input|ipykernel", re.MULTILINE)
_ARROW = re.compile(r"^-+>[ \t]*(\d+)(?:[ \t]|$)")
_LISTED = re.compile(r"^(?:-+>)?[ \t]*(\d+)(?: (.*)|$)")
_SHELL = re.compile(r"^(?:>>>[ \t]*(?:%\w.*)?|=+ ?RESTART.*|-{20,})[ \t]*$\n?", re.MULTILINE)
_LOOSE_PLACE = re.compile(r"\bline (\d{1,4})\b")
_STATEMENT = re.compile(
    r"^\s*(?:(?:async\s+)?def\s+\w+\s*\(|class\s+\w+\s*[:(]|for\s+[\w, ()]+\s+in\s+\S.*|while\s+[^?]+:|if\s+[^?]+:|elif\s+.+:"
    r"|else\s*:|try\s*:|except\b.*:|finally\s*:|with\s+.+:|return\b(?!\s+(?:the|a|an)\b)|import\s+[\w.]+\s*(?:as\s+\w+)?$"
    r"|from\s+[\w.]+\s+import\b|print\s*\(|@\w+|pass\s*$|break\s*$|continue\s*$|raise\b.*\w+\(|#|[\w.\[\]'\"(), ]+\s*[-+*/%|&^]?=(?!=)\s*\S"
    r"|[\w.]+\(.*\)\s*(?:#.*)?$|del\s+\w|assert\s+\w|global\s+\w|>>>)"
)
_ALGEBRA = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:[a-df-z]\b|\()|\^|\\[a-z]+")
_PROSE = re.compile(r"[A-Za-z']+(?:\s+[A-Za-z']+){4,}")
_ONE_LINER = re.compile(
    r"(?:^|[:>\n][ \t]*|\s)((?:def\s+\w+\s*\(|for\s+\w+\s+in\s|while\s+\w|if\s+\w[^:?]*:|class\s+\w+|import\s+\w|print\s*\().*)$",
    re.DOTALL,
)


_LINE = re.compile(r"[=<>]|\\frac|\^|\d\s*[-+*/]\s*[\dA-Za-z(]")
_STEP_LEAD = re.compile(
    r"^\s*(?:(?:step\s*)?\d+[.)]|[-*•]|=>|⇒|so|then|therefore|∴|hence|or)\s*[:,]?\s+", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """`words` is the message without program and error; `code` and `error` are None when there is none."""

    words: str
    code: str | None
    error: str | None


def read_message(message: str) -> Parts:
    rest, error = _take_error(_unwrapped(message.replace("\r\n", "\n")))
    rest, code = _take_code(rest)
    if code is None and error is not None:
        code = _listed_program(error)
    words = _SHELL.sub("", rest) if error else rest
    return Parts(words=re.sub(r"\n{3,}", "\n\n", words).strip(), code=code, error=error)


def _unwrapped(text: str) -> str:
    """Without the colours of a terminal, the marks of a quoted mail, and the bars in front of an exception group."""
    text = re.sub(r"\x1b\[[\d;]*m", "", text)
    if re.search(r"^> ?[ \t]*Traceback", text, re.MULTILINE):
        text = re.sub(r"^> ?(?!>)", "", text, flags=re.MULTILINE)
    if "Exception Group Traceback" in text:
        text = re.sub(r"^[ \t]*[|+][-+]*(?: \d+ -+)?[ ]?", "", text, flags=re.MULTILINE)
    return text


def _take_error(text: str) -> tuple[str, str | None]:
    for pattern in (_NOTEBOOK, _TRACEBACK, _LOOSE_TRACEBACK, _SYNTAX_TRACEBACK):
        if found := pattern.search(text):
            return text[: found.start()] + "\n" + text[found.end() :], found.group(0).strip()
    outside = _FENCE.sub("", text)
    found = _LAST_LINE.search(outside)
    if found and (found.group(2) is not None or not _ASKS_WHAT.search(outside)):
        return text, found.group(0).strip()
    return text, None


def _listed_program(error: str) -> str | None:
    """A notebook shows the cell beside the error: a program, where all of it is there."""
    if not _CELL.search(error):
        return None
    shown: dict[int, str] = {}
    for line in error.split("\n"):
        if found := _LISTED.match(line):
            shown[int(found.group(1))] = found.group(2) or ""
    if not shown or min(shown) != 1 or max(shown) > 2 * len(shown):
        return None
    program = "\n".join(shown.get(number, "") for number in range(1, max(shown) + 1))
    return program if program.strip() and compiles(program) else None


def _take_code(text: str) -> tuple[str, str | None]:
    fenced = [block.strip("\n") for block in _FENCE.findall(text) if block.strip()]
    if fenced:
        return _FENCE.sub("\n", text), "\n\n".join(fenced)
    for snippet in _TICKS.findall(text):
        program = snippet.replace("\\n", "\n")
        if _STATEMENT.match(program) and (compiles(program) or "\n" in program):
            return text.replace(f"`{snippet}`", " "), program
    return _take_lines(text)


def _take_lines(text: str) -> tuple[str, str | None]:
    """The longest run of lines that look like Python, or a program that stands at the end of a line."""
    lines = text.split("\n")
    start, stop = _longest_run([_looks_like_code(line) for line in lines], lines)
    if stop - start >= 2 or (stop - start == 1 and len(lines) > 1 and _plain_statement(lines[start])):
        code = "\n".join(line.removeprefix(">>> ").removeprefix("... ") for line in lines[start:stop]).strip("\n")
        return "\n".join(lines[:start] + lines[stop:]), code
    if (found := _ONE_LINER.search(text)) and _mostly_code(found.group(1)):
        return text[: found.start(1)], found.group(1).strip()
    return text, None


def _longest_run(code: list[bool], lines: list[str]) -> tuple[int, int]:
    best, start = (0, 0), None
    for i, line in enumerate([*lines, "end of it all."]):
        inside = i < len(lines) and (
            code[i] or (start is not None and (not line.strip() or line.startswith(("  ", "\t"))))
        )
        if inside and start is None:
            start = i
        elif not inside and start is not None:
            best, start = max(best, (start, i), key=lambda run: run[1] - run[0]), None
    start, stop = best
    while stop > start and not lines[stop - 1].strip():
        stop -= 1
    return start, stop


def _looks_like_code(line: str) -> bool:
    if not _STATEMENT.match(line):
        return False
    outside_strings = re.sub(r"\"[^\"]*\"|'[^']*'|#.*", "", line)
    return not _PROSE.search(outside_strings) and not _ALGEBRA.search(outside_strings)


def _plain_statement(line: str) -> bool:
    """A lone line is a program only when nobody would write it in a sentence or in mathematics."""
    return compiles(line) and bool(re.search(r"\w\(.*\)|:\s*\S|\bimport\b|[+\-*/]=|\['", line))


def _mostly_code(text: str) -> bool:
    return compiles(text) or bool(
        re.match(r"(?:def\s+\w+\(.*\):|for\s+\w+\s+in\s+\w+\(.*\):|if\s+\w+\s*[=!<>]=?.*:|while\s+.*:\s*\S)", text)
    )


def read_error(text: str) -> Raised | None:
    """The error that a pasted traceback or message tells of; `line` is that of the innermost frame of the student's
    own file, None when it does not say."""
    text = _unwrapped(text)
    named = list(_LAST_LINE.finditer(text)) or (list(_OWN_LAST.finditer(text)) if "Traceback" in text else [])
    if not named:
        return None
    kind, said = named[-1].group(1), (named[-1].group(2) or "").strip()
    message = re.sub(r" on line \d+(?: (?:in|of) \S+)?$", "", said)
    return Raised(type=kind, message=message, line=_line_told(text), traceback=text)


def _line_told(text: str) -> int | None:
    cell, own = False, []
    # where one error was followed by another one, the last one's frames count
    told = re.split(r"^(?:During handling of the above|The above exception was)", text, flags=re.MULTILINE)[-1]
    for line in told.split("\n"):
        if found := _PLACE.search(line):
            own += [] if _LIBRARY.search(found.group(1)) else [int(found.group(2))]
        elif _CELL.search(line) or re.match(r"(?:File )?[\w~/\\<]\S*\.py(?::\d+)?,? in\b", line):
            cell = bool(_CELL.search(line))
        elif cell and (arrow := _ARROW.match(line)):
            own.append(int(arrow.group(1)))
    loose = _LOOSE_PLACE.search(text)
    return own[-1] if own else int(loose.group(1)) if loose else None


def working_lines(words: str) -> list[str]:
    """The lines of the message that are mathematics and nothing else, leading words like "so" taken off."""
    kept = []
    for line in words.split("\n") if "\n" in words else []:
        bare = _STEP_LEAD.sub("", line).strip().strip("$").rstrip(".,;").strip()
        prose_words = [
            word
            for word in re.findall(r"[A-Za-z]{4,}", re.sub(r"\\[a-zA-Z]+", "", bare))
            if word.casefold() not in ("sqrt", "asin", "acos", "atan", "sinh", "cosh")
        ]
        if bare and _LINE.search(bare) and not prose_words:
            kept.append(bare)
    return kept
