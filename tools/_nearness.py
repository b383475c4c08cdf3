"""Tells whether what came out is what a test expects, and how near it is. Runs inside the sandbox too.

On the standard library only, since it is sent there as it stands.
"""

import ast
import hashlib
import math
import re
from collections import Counter

COMPARED_CHARS = 400
LONG_CHARS = 600
DIGEST = "\x1f"


def agrees(got: str, expect: str, *, printed: bool, tolerance: float = 0.0) -> bool:
    """Literals by value, within a tolerance; printed text by words."""
    if printed:
        return got.split() == expect.split()
    if got == expect:
        return True
    try:
        return _equal(ast.literal_eval(got), ast.literal_eval(expect), tolerance)
    except (ValueError, SyntaxError, RecursionError, MemoryError, OverflowError):
        return False  # among them whole numbers too large to be near to anything


def _equal(a: object, b: object, tolerance: float) -> bool:
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return a == b or math.isclose(a, b, rel_tol=1e-9, abs_tol=tolerance)
    if isinstance(a, (list, tuple)) and type(a) is type(b):
        return len(a) == len(b) and all(_equal(x, y, tolerance) for x, y in zip(a, b, strict=True))
    return type(a) is type(b) and a == b


def likeness(got: str, expect: str) -> float:
    """For a result that is not the expected one, from 0.1 up to 0.5: the same kind of value, the same pieces, at the
    same places."""
    a, b = _pieces(got), _pieces(expect)
    if not a or not b:
        return 0.1
    shared = (Counter(a) & Counter(b)).total() / max(len(a), len(b))
    placed = sum(x == y for x, y in zip(a, b, strict=False)) / max(len(a), len(b))
    return 0.1 + 0.1 * (_kind(a[0]) == _kind(b[0])) + 0.12 * shared + 0.18 * placed


def _pieces(text: str) -> list[str]:
    return re.findall(r"\w+|[^\s\w,]", text[:COMPARED_CHARS])


def _kind(piece: str) -> str:
    if piece in ("True", "False", "None"):
        return "fixed"
    return "number" if piece[0].isdigit() or piece == "-" else "word" if piece[0].isalpha() else piece


def brief(text: str, *, printed: bool) -> str:
    """Long results as their beginning and a digest: several hundred are told at once."""
    if len(text) <= LONG_CHARS:
        return text
    whole = " ".join(text.split()) if printed else text
    return text[:COMPARED_CHARS] + DIGEST + hashlib.blake2b(whole.encode("utf-8", "surrogatepass")).hexdigest()[:32]
