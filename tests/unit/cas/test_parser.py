"""Text becomes the tree that a teacher would read, within bounds, and what cannot be read is refused."""

import contextlib
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cas.latex import latex
from cas.parser import DEPTH_MAX, parse
from cas.sampling import same_function
from cas.syntax import Add, Call, Const, Expr, Mul, Num, Pow, Sym, add, call, mul, neg, number, power, sub
from cas.tokens import CHARS_MAX, Unreadable

SAME_TREE = [
    ("2x", "2*x"), ("2 x", "2·x"), ("x²", "x^2"), ("x**2", "x^2"), ("x^{10}", "x^10"), ("−x", "-x"), ("a×b", "a*b"), ("a÷b", "a/b"), ("\\frac{a}{b}", "a/b"), ("\\frac12", "1/2"), ("\\sqrt{x}", "√x"), ("\\sqrt x", "sqrt(x)"), ("sinx", "sin x"), ("sin^2x", "(sin x)^2"), ("\\sin^{2}x", "sin²x"),
    ("sin^{-1}x", "arcsin x"), ("cosec x", "csc x"), ("\\left(x+1\\right)", "(x+1)"), ("\\mathrm{e}^x", "e^x"), ("\\operatorname{arcsin} x", "asin x"), ("θ", "theta"), ("\\theta", "θ"), ("x ≤ 2", "x <= 2"), ("x \\leq 2", "x =< 2"), ("lnx", "ln x"), ("|x|", "abs(x)"), ("\\lvert x\\rvert", "|x|"), ("x_{12}", "x_12"), ("{x}^{2}", "x^2"), ("x^{-1}", "x⁻¹"), ("x ˣ".replace(" ", ""), "x^x"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME_TREE)
def test_two_spellings_give_one_tree(one: str, other: str) -> None:
    assert parse(one) == parse(other)


@pytest.mark.parametrize(
    ("text", "value"),
    [("2^3^2", 512), ("-2^2", -4), ("2+3*4", 14), ("12/3/2", 2), ("2(3)(4)", 24), ("3!!", 720), ("1/2*4", 2), ("6-2-1", 3), ("2^-1", Fraction(1, 2)), ("3 1/2", Fraction(7, 2)), ("3½", Fraction(7, 2)), ("1.5e2", 150), ("50%", Fraction(1, 2)), ("--3", 3), ("2·-3", -6)],
)  # fmt: skip
def test_operators_bind_as_in_school(text: str, value: int | Fraction) -> None:
    node = parse(text)

    assert same_function(node, number(value)).verdict == "equal"  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "+", "2+", "(x", "x)", "2**", "x^", "\\frac{1}", "\\sqrt", "[1,2)(", "a..b", "§", "sin", "{1,2", "1,,2", "x = ", "\\unknown{x}", "f(;)", "@x"])  # fmt: skip
def test_what_is_no_mathematics_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        parse(text)


@pytest.mark.parametrize("text", ["x" * (CHARS_MAX + 1), "(" * (DEPTH_MAX + 1) + "x" + ")" * (DEPTH_MAX + 1), "+".join("x" * 800), "9" * 500, "1e5000", "-" * 200 + "1", "x^" * 100 + "2"])  # fmt: skip
def test_what_exceeds_a_bound_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        parse(text)


@given(st.text(max_size=80))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(Unreadable):
        parse(text)


@given(st.lists(st.sampled_from(["x", "2", "+", "-", "^", "(", ")", "sin", "|", "\\frac", "{", "}", "=", "<", ",", "√", "!", "or", "\\pm", "[", "]", "e", "/", ".", "%", "°"]), max_size=25).map("".join))  # fmt: skip
@settings(max_examples=400, deadline=None)
def test_any_shuffle_of_signs_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(Unreadable):
        latex(parse(text))


# --- properties of trees: rewrites stay equal, changes differ

SYMBOLS = st.sampled_from([Sym("x"), Sym("y")])
LEAVES = SYMBOLS | st.integers(1, 9).map(number) | st.sampled_from([Const("pi"), number(Fraction(1, 2))])


def _grow(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    return (
        st.tuples(inner, inner).map(lambda p: add(*p)) | st.tuples(inner, inner).map(lambda p: mul(*p))
        | st.tuples(inner, st.integers(2, 3)).map(lambda p: power(p[0], number(p[1]))) | inner.map(neg)
        | st.tuples(st.sampled_from(["sin", "cos", "abs", "atan"]), inner).map(lambda p: call(*p))
    )  # fmt: skip


EXPRESSIONS = st.recursive(LEAVES, _grow, max_leaves=8)
BOUNDED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(EXPRESSIONS)
@BOUNDED
def test_latex_reads_back_as_the_same_function(e: Expr) -> None:
    assert same_function(parse(latex(e)), e).verdict == "equal"  # type: ignore[arg-type]


@given(EXPRESSIONS, EXPRESSIONS, EXPRESSIONS)
@BOUNDED
def test_rewrites_stay_equal(a: Expr, b: Expr, c: Expr) -> None:
    assert same_function(mul(a, add(b, c)), add(mul(c, a), mul(b, a))).verdict == "equal"
    assert same_function(Pow(add(a, b), number(2)), add(Pow(a, number(2)), mul(number(2), b, a), Pow(b, number(2)))).verdict == "equal"  # fmt: skip
    assert same_function(sub(a, sub(b, c)), Add((c, neg(b), a))).verdict == "equal"


@given(EXPRESSIONS, st.integers(1, 9))
@BOUNDED
def test_a_changed_expression_differs(e: Expr, n: int) -> None:
    size = add(number(1), call("abs", e))  # a change is seen to 33 digits of the value, so it is made to measure

    assert same_function(e, add(e, mul(number(Fraction(n, 10**9)), size))).verdict == "different"
    assert same_function(e, add(e, mul(size, Sym("z")))).verdict == "different"
    assert same_function(add(e, mul(size, Call("sin", (Sym("x"),)))), e).verdict == "different"


@given(EXPRESSIONS)
@BOUNDED
def test_a_flipped_sign_differs_unless_the_value_is_zero(e: Expr) -> None:
    zero = same_function(e, number(0)).verdict == "equal"

    assert (same_function(e, Mul((Num(Fraction(-1)), e))).verdict == "equal") is zero
