"""Checks a mathematical answer, or working line by line, with the computer algebra system."""

from collections.abc import Sequence

from core.errors import Invalid
from core.ports import Equivalence, Mathematics, MathsVerdict, WorkingVerdict

ANSWER_CHARS_MAX = 2_000
LINES_MAX = 40


async def check_maths(
    mathematics: Mathematics, answer: str, reference: str, rule: Equivalence | None = None
) -> MathsVerdict:
    """Raises MathematicsUnavailable; Invalid, with how to use it, when an expression is empty."""
    if not answer.strip() or not reference.strip():
        raise Invalid("check_maths needs `answer` and `reference`: two expressions, such as '2x+2' and '2(x+1)'.")
    return await mathematics.check(answer.strip()[:ANSWER_CHARS_MAX], reference, rule)


async def check_working(mathematics: Mathematics, lines: Sequence[str]) -> WorkingVerdict:
    """Raises MathematicsUnavailable; Invalid when there are not two lines to compare."""
    kept = [line.strip()[:ANSWER_CHARS_MAX] for line in lines if line.strip()][:LINES_MAX]
    if len(kept) < 2:
        raise Invalid("check_working needs `lines`: the working, one equation or expression a line, at least two.")
    return await mathematics.check_working(kept)
