"""Answers that are worked out while they are read: sums of vectors, products of matrices, sums written with a sigma."""

import pytest

from cas.judging import judge
from cas.parser import parse
from cas.tokens import Unreadable
from core.ports import Equivalence

SAME = [
    ("2(1,3) - (0,1)", "(2,5)"), ("-(1,2)", "(-1,-2)"), ("|(3,4)|", "5"), ("\\binom{2}{-1}", "\\begin{pmatrix}2\\\\-1\\end{pmatrix}"),
    ("\\frac12\\begin{pmatrix}2&4\\\\6&8\\end{pmatrix}", "[[1,2],[3,4]]"), ("\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}\\begin{pmatrix}0\\\\1\\end{pmatrix}", "(2,4)"),
    ("\\begin{pmatrix}1\\\\0\\end{pmatrix}+t\\begin{pmatrix}2\\\\1\\end{pmatrix}", "(1+2t, t)"), ("((1,2),(3,4))", "[[1,2],[3,4]]"), ("2i - k", "(2,0,-1)"),
    ("\\sum_{k=1}^{5} k^3", "225"), ("\\prod_{k=1}^4 k", "24"), ("C(7,2)", "21"), ("7 choose 2", "21"),
]  # fmt: skip
DIFFERENT = [
    ("[3,-3]", "(3,-2)"), ("[4,1]", "(4,2)"), ("2(1,3)", "(2,3)"), ("|(3,4)|", "7"), ("2i + k", "(2,0,-1)"), ("\\sum_{k=1}^{4} k^3", "225"),
    ("\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}\\begin{pmatrix}0\\\\1\\end{pmatrix}", "(4,2)"), ("[1,2]", "(1,2)"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "reference"), SAME)
def test_an_answer_in_steps_is_worked_out(answer: str, reference: str) -> None:
    assert judge(answer, reference, Equivalence()).verdict.verdict == "equal"


@pytest.mark.parametrize(("answer", "reference"), DIFFERENT)
def test_another_vector_or_sum_is_refused(answer: str, reference: str) -> None:
    assert judge(answer, reference, Equivalence()).verdict.verdict == "different"


@pytest.mark.parametrize(
    "text",
    ["(1,2)+(1,2,3)", "\\begin{pmatrix}1&2\\end{pmatrix}\\begin{pmatrix}1&2\\end{pmatrix}", "\\sum_{k=1}^{1000000} k", "\\sum_{a=1}^{30}" * 6 + "x"],
)  # fmt: skip
def test_shapes_that_do_not_fit_and_endless_sums_are_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        parse(text)
