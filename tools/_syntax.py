"""Mends a program that does not parse, sign by sign and line by line, where no known slip explains it."""

import keyword
import re
from collections.abc import Iterator

from tools._mistypings import Mended, unslipped
from tools.parse_program import compile_error

ROUNDS_MAX = 8
TRIED_MAX = 300
TRIED_CHARS_MAX = 400_000
PASSED_CHARS_MAX = 1_000_000
"""Changes tried for one error: about 50 µs each for a program of a student's length, and fewer of a long one."""
_SIGNS = (":", ")", "(", "]", "[", '"', "'", "=", ",", "==", " ", ".", " in ", "}", "{")
_HEADS = ("def", "return", "for", "while", "if", "elif", "else", "try", "except", "import", "from", "class", "in", "not", "and", "or", "lambda", "pass", "break", "continue", "with")  # fmt: skip


def mend(code: str) -> str | None:
    """A program that compiles, as near to `code` as a greedy search finds; a line that nothing mends becomes `pass`."""
    seen = code.expandtabs(8 if "\t" in code and re.search(r"^ {8}", code, re.MULTILINE) else 4)
    for _ in range(ROUNDS_MAX):
        error = compile_error(seen)
        if error is None:
            return seen
        seen = _step(seen, error)
    return _without(seen)


def find_slip(code: str, error: SyntaxError, told: bool) -> Mended | None:
    """The slip behind the error: without it the program compiles, or Python reads on beyond its line. `told`: Python's own
    message says what is wrong already, and only more than that is better."""
    lines = code.split("\n")
    further = None
    for slip in unslipped(lines, *_places(lines, error)):
        left = compile_error(slip.program)
        if left is None:
            return slip
        beyond = (left.lineno or 0) > slip.line and (left.lineno or 0) > (error.lineno or 0)
        if further is None and (beyond or (not told and _reach(left, slip.program) > _reach(error, code))):
            further = slip
    return further


def _places(lines: list[str], error: SyntaxError) -> tuple[int, int]:
    """The line that Python names, and the last one before it that is not empty."""
    at = min(max((error.lineno or 1) - 1, 0), len(lines) - 1)
    return at, next((i for i in range(at - 1, -1, -1) if lines[i].strip()), at)


def _step(code: str, error: SyntaxError) -> str:
    """The first change that makes the program compile, or else the one that moves the error furthest down."""
    best, furthest = "", _reach(error, code)
    for count, new in enumerate(_changes(code.split("\n"), error)):
        if count > TRIED_MAX or count * len(code) > TRIED_CHARS_MAX:
            break
        left = compile_error(new)
        if left is None:
            return new
        if _reach(left, new) > furthest:
            best, furthest = new, _reach(left, new)
    return best or _passed(code, error)


_BY_SIGNS = re.compile(
    "unterminated|never closed|unmatched|does not match|invalid character|invalid decimal|inconsistent"
)


def _reach(error: SyntaxError, code: str) -> tuple[bool, int]:
    """How far Python got, by what is left of the text: signs put in before the place do not count. It sees to quotes,
    brackets and depths of the whole text before it reads any grammar."""
    lines = code.split("\n")
    at = min(max((error.lineno or 1) - 1, 0), len(lines) - 1)
    left = sum(len(text.strip()) + 1 for text in lines[at + 1 :]) + max(0, len(lines[at]) - (error.offset or 1) + 1)
    return not _BY_SIGNS.search(error.msg or ""), -left


def _changes(lines: list[str], error: SyntaxError) -> Iterator[str]:
    at, before = _places(lines, error)
    yield from (slip.program for slip in unslipped(lines, at, before))

    def put(i: int, *new: str) -> str:
        return "\n".join([*lines[:i], *new, *lines[i + 1 :]])

    for i in dict.fromkeys((at, before)):
        yield from (put(i, new) for new in _heads(lines[i]))
    yield from (put(at, *new) for new in _split(lines[at]))
    yield from _indented(lines, at, before)
    offset = (error.offset or 1) - 1
    for i in dict.fromkeys((at, before)):
        yield from (put(i, new) for new in _signs(lines[i], offset if i == at else len(lines[i])))
    indent = lines[at][: _depth(lines[at])]
    yield put(at, lines[at][:offset].rstrip())
    if lines[at].rstrip().endswith(":"):
        yield from (put(at, indent + head) for head in ("else:", "if True:"))


def _heads(text: str) -> Iterator[str]:
    """Words that are nearly a keyword; a head of a function without its `def`."""
    indent, bare = text[: len(text) - len(text.lstrip())], text.strip()
    for found in re.finditer(r"[A-Za-z]+", text):
        word = found.group(0)
        if word in keyword.kwlist or len(word) > 9:
            continue
        for head in _HEADS:
            if _nearly(word, head):
                yield text[: found.start()] + head + text[found.end() :]
            elif word.startswith(head) and len(head) > 1 and found.start() == len(indent):
                yield f"{indent}{head} {text[found.start() + len(head) :]}"
    if re.fullmatch(r"\w+\s*\(.*\)\s*:?", bare):
        yield f"{indent}def {bare.rstrip(':')}:"
    if bare.endswith(":"):
        yield from (f"{indent}{head} {bare}" for head in ("if", "for", "while"))
    if source := re.match(r"(?:for\s+)?(\w+)\s+(\w.*?):?$", bare):
        yield f"{indent}for {source.group(1)} in {source.group(2)}:"


def _nearly(word: str, head: str) -> bool:
    """One letter too many, too few, wrong, in another case, or two of them swapped."""
    if word == head or abs(len(word) - len(head)) > 1 or min(len(word), len(head)) < 2:
        return word.lower() == head and word != head
    if len(word) == len(head):
        unlike = [k for k in range(len(word)) if word[k] != head[k]]
        swapped = len(unlike) == 2 and unlike[1] == unlike[0] + 1 and sorted(word) == sorted(head)
        return swapped or (len(unlike) == 1 and len(word) > 2)
    longer, shorter = (word, head) if len(word) > len(head) else (head, word)
    return any(longer[:k] + longer[k + 1 :] == shorter for k in range(len(longer)))


def _split(text: str) -> Iterator[tuple[str, str]]:
    """Two statements on one line, taken apart."""
    indent = " " * (len(text) - len(text.lstrip()))
    for found in re.finditer(r"[ ;:]+", text.strip()):
        first, second = text.strip()[: found.start()], text.strip()[found.end() :]
        if not first or not re.match(r"[A-Za-z_]", second):
            continue
        head = re.match(r"(?:if|for|while|def|else|elif|try|except|with)\b", first)
        yield (indent + first + ":", indent + "    " + second) if head else (indent + first, indent + second)


def _indented(lines: list[str], at: int, before: int) -> Iterator[str]:
    """A line, or it and what follows, at each depth that the program knows; an empty block filled."""
    known = sorted({len(t) - len(t.lstrip()) for t in lines if t.strip()} | {0})
    deeper = len(lines[before]) - len(lines[before].lstrip()) + 4
    yield "\n".join([*lines[:at], " " * deeper + "pass", *lines[at:]])
    for i in dict.fromkeys((at, before)):
        own = len(lines[i]) - len(lines[i].lstrip())
        for depth in dict.fromkeys((deeper, *reversed(known))):
            if depth == own:
                continue
            yield "\n".join([*lines[:i], " " * depth + lines[i].lstrip(), *lines[i + 1 :]])
            end = next((k for k in range(i + 1, len(lines)) if lines[k].strip() and _depth(lines[k]) < own), len(lines))
            moved = [" " * max(0, _depth(t) + depth - own) + t.lstrip() for t in lines[i:end]]
            yield "\n".join([*lines[:i], *moved, *lines[end:]])
            moved = [" " * max(0, _depth(t) + depth - own) + t.lstrip() for t in lines[i:]]
            yield "\n".join([*lines[:i], *moved])
    if lines[before].rstrip().endswith(":"):
        return
    yield "\n".join([*lines[:before], lines[before].rstrip() + ":", *lines[before + 1 :]])


def _depth(text: str) -> int:
    return len(text) - len(text.lstrip())


def _signs(text: str, offset: int) -> Iterator[str]:
    """A sign less or a sign more, the places nearest to where Python stumbled first."""
    bare = text.rstrip()
    places = sorted(range(len(bare) + 1), key=lambda k: abs(k - offset))
    yield from (bare[:k] + bare[k + 1 :] for k in places if bare[k : k + 1].strip() and not bare[k].isalnum())
    for sign in _SIGNS:
        yield from (bare[:k] + sign + bare[k:] for k in places)


def _passed(code: str, error: SyntaxError) -> str:
    """What cannot be read becomes `pass`: the line Python names or the last one before it, and nothing where that did not help."""
    lines = code.split("\n")
    at = min(max((error.lineno or 1) - 1, 0), len(lines) - 1)
    while at and not lines[at].strip():
        at -= 1
    lines[at] = "" if lines[at].strip() == "pass" else lines[at][: _depth(lines[at])] + "pass"
    return "\n".join(lines)


def _without(code: str) -> str | None:
    """The last resort: unreadable lines taken out until the rest compiles."""
    for _ in range(min(2 * code.count("\n") + 2, ROUNDS_MAX + PASSED_CHARS_MAX // (len(code) + 1))):
        error = compile_error(code)
        if error is None:
            return code
        code = _passed(code, error)
    return None
