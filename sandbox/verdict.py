"""Whether an answer is the one expected: pure, over plain data, never near a student's process."""

import ast
import math
from typing import Any

from core.errors import Invalid

_REL, _ABS = 1e-9, 1e-12  # floats that differ by rounding alone are the same answer


def read_expected(text: str) -> Any:
    """A test's `expect`. Raises Invalid: it is the author's fault, never the student's."""
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise Invalid("a test expects something that is not a Python literal", expect=text[:200]) from error


def same(expected: Any, got: Any, tolerance: float = 0.0) -> bool:
    """`==`, except: truth values are not numbers, a list is not a tuple, floats may differ by rounding or by
    `tolerance` (relative or absolute, the larger), nan is nan. Dictionaries compare by content, in any order."""
    match expected:
        case None | bool() | str() | bytes():
            return type(got) is type(expected) and bool(got == expected)
        case int() | float():
            return _is_number(got) and _near(expected, got, tolerance)
        case complex():
            return _same_complex(expected, got, tolerance)
        case list() | tuple():
            return type(got) is type(expected) and len(got) == len(expected) and _same_all(expected, got, tolerance)
        case set() | frozenset():
            return isinstance(got, (set, frozenset)) and _same_members(list(expected), list(got), tolerance)
        case dict():
            return isinstance(got, dict) and _same_members(list(expected.items()), list(got.items()), tolerance)
        case _:
            return False


def same_words(expected: str, got: str, tolerance: float = 0.0) -> bool:
    """Whether two outputs hold the same words in the same order; with a tolerance, numbers may differ by it."""
    left, right = expected.split(), got.split()
    if len(left) != len(right):
        return False
    return all(a == b or (tolerance > 0 and _near_words(a, b, tolerance)) for a, b in zip(left, right, strict=True))


def _same_all(expected: Any, got: Any, tolerance: float) -> bool:
    return all(same(a, b, tolerance) for a, b in zip(expected, got, strict=True))


def _same_members(expected: list[Any], got: list[Any], tolerance: float) -> bool:
    """Each expected member has a partner of its own. Quadratic only in those that differ by rounding."""
    if len(expected) != len(got):
        return False
    left = list(got)
    for member in expected:
        index = next((i for i, other in enumerate(left) if same(member, other, tolerance)), None)
        if index is None:
            return False
        left[index] = left[-1]
        left.pop()
    return True


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _near(expected: float, got: float, tolerance: float) -> bool:
    if isinstance(expected, int) and isinstance(got, int) and not tolerance:
        return expected == got
    try:
        a, b = float(expected), float(got)
    except OverflowError:  # an integer beyond every float
        return expected == got
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return math.isclose(a, b, rel_tol=max(tolerance, _REL), abs_tol=max(tolerance, _ABS))


def _same_complex(expected: complex, got: Any, tolerance: float) -> bool:
    if not (_is_number(got) or isinstance(got, complex)):
        return False
    other = complex(got)
    return _near(expected.real, other.real, tolerance) and _near(expected.imag, other.imag, tolerance)


def _near_words(expected: str, got: str, tolerance: float) -> bool:
    try:
        return _near(float(expected), float(got), tolerance)
    except ValueError:
        return False
