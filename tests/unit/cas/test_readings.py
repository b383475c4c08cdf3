"""What students write around an answer is read as they mean it, and nothing they can write takes long to read."""

import time

import pytest

from cas.judging import judge
from core.ports import Equivalence

SAME = [
    ("mean = 4.5", "4.5"), ("the gradient = -2", "-2"), ("about 3.5", "3.5"), ("x is at least 5", "x ≥ 5"), ("n is less than 3", "n < 3"), ("x between 1 and 4", "1<x<4"),
    ("2 root 5", "√20"), ("x is 2 or 5", "{2,5}"), ("x = 4 (repeated)", "4"), ("x ≠ ±2", "x≠2, x≠-2"), ("So $x=4$ or $x=-1$.", "\\{4,-1\\}"), ("(-inf,0)U(0,inf)", "x≠0"),
    ("\\vec{AB} = (4,1)", "(4,1)"), ("gh(x)=4x^2", "4x^2"), ("y = 3x+2", "3x+2"), ("E(X) = 3.5", "3.5"), ("1 in 4", "0.25"), ("0.1(6)", "1/6"), ("sinx/cosx", "tan x"),
    ("ℝ", "(-∞,∞)"), ("f(x) ≥ 2", "y ≥ 2"), ("\\text{£}12", "12"),
    ("1.234,5", "1234.5"), ("12.5 percent", "1/8"), ("17 apples", "17"), ("two thirds", "2/3"), ("minus one and a half", "-1.5"), ("x => 3", "x≥3"), ("matrix([1,2],[3,4])", "[[1,2],[3,4]]"),
    ("f(x)=2x+1", "y=2x+1"), ("0.6 recurring", "2/3"), ("0.\\dot6", "2/3"), ("0.\\dot{2}\\dot{7}", "3/11"), ("0.1\\dot{4}2\\dot{3}", "1422/9990"), ("2 to 3", "2:3"), ("3+4j", "3+4i"),
    ("I got x²+1", "x^2+1"), ("\\text{Answer: }x^2+1", "x^2+1"), ("option B", "B"), ("b", "(B)"), ("\\textbf{(B)}\\ 12", "12"), ("350p", "£3.50"), ("3 pounds 50", "£3.50"),
    ("\\{x \\in \\mathbb{R} : -1<x<1\\}", "(-1,1)"), ("{x: x<1} ∪ {x: x>3}", "x<1 or x>3"), ("1/0", "undefined"), ("P(X=2)=0.25", "0.25"), ("12.5 \\mathrm{ms^{-1}}", "12.5 m/s"), ("45 Ω", "0.045 kΩ"),
]  # fmt: skip
DIFFERENT = [("mean = 4.5", "5.4"), ("x is at least 5", "x > 5"), ("x ≠ ±2", "x≠2"), ("3x+2", "y = 3x+2"), ("2 root 5", "√10"), ("|x| = 5", "5"), ("ℝ", "(0,∞)"),
    ("1.234,5", "1.2345"), ("17 apples", "71"), ("17 times", "17x"), ("two thirds", "3/2"), ("x => 3", "x>3"), ("matrix([1,3],[2,4])", "[[1,2],[3,4]]"), ("f(x)=2x+1", "y=2x-1"), ("0.6 recurring", "0.6"),
    ("2 to 3", "3:2"), ("3+4j", "4+3i"), ("option C", "B"), ("35p", "£3.50"), ("infinity", "undefined"), ("P(X<2)=0.35", "P(X>2)=0.35"), ("{x: x<1}", "x<=1")]  # fmt: skip
FIGURES = [("x=-0.732 or x=2.73", "{1+√3, 1-√3}", "equal"), ("3√2", "4.24264", "equal"), ("x=-0.732 or x=2.74", "{1+√3, 1-√3}", "different"),
           ("2.7321 or -0.7321", "{1+√3, 1-√3}", "different"), ("4√2", "4.24264", "different")]  # fmt: skip
ENDLESS = [
    "0." + "3" * 1_990,
    "$" * 2_000,
    " \n" * 900 + "x",
    "0.3" * 660,
    "1 " * 1_000,
    "12 " * 660,
    "3" * 1_999 + ".",
]


@pytest.mark.parametrize(("answer", "reference"), SAME)
def test_words_around_an_answer_are_understood(answer: str, reference: str) -> None:
    assert judge(answer, reference, Equivalence()).verdict.verdict == "equal"


@pytest.mark.parametrize(("answer", "reference"), DIFFERENT)
def test_words_do_not_make_another_answer_right(answer: str, reference: str) -> None:
    assert judge(answer, reference, Equivalence()).verdict.verdict == "different"


@pytest.mark.parametrize(("answer", "reference", "verdict"), FIGURES)
def test_figures_count_in_lists_and_exact_values_stand_for_their_decimals(
    answer: str, reference: str, verdict: str
) -> None:
    assert judge(answer, reference, Equivalence(sigfigs=3)).verdict.verdict == verdict


@pytest.mark.parametrize("text", ENDLESS, ids=lambda text: text[:6].strip())
def test_a_long_run_of_signs_is_read_in_time(text: str) -> None:
    began = time.thread_time()
    judge(text, "x^2 + 1", Equivalence())

    assert time.thread_time() - began < 0.6
