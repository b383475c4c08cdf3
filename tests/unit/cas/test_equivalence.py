"""Answers that say the same in other words are accepted, and those that do not are refused, kind by kind."""

import pytest

from cas.judging import judge
from core.ports import Equivalence

SAME = {
    "numbers": [
        ("2 3/4", "11/4"), ("-1 1/2", "-3/2"), ("0.75", "3/4"), ("75%", "0.75"), ("12.5%", "1/8"), ("12,345,678", "12345678"),
        ("1.5e3", "1500"), ("4.2 × 10^-3", "0.0042"), ("4.2 x 10^3", "4200"), ("6.02×10²³", "6.02e23"), ("€3,000", "3000"), ("2¾", "11/4"),
        ("\\frac{3}{4}", "0.75"), ("\\dfrac{22}{7}", "22/7"), ("3\\frac{1}{2}", "3.5"), ("-\\frac12", "-0.5"), ("1/3 + 1/6", "1/2"),
        ("2^10", "1024"), ("7!", "5040"), ("6C3", "20"), ("{}^6C_3", "20"), ("\\binom{6}{3}", "20"), ("6P2", "30"), ("|-7|", "7"), ("-2^2", "-4"),
        ("(-2)^2", "4"), ("10,5", "10.5"), ("+7", "7"), ("= 7", "7"), ("0.1 + 0.2", "0.3"), ("1000000", "10^6"), ("2**5", "32"), ("4⁻¹", "0.25"),
    ],
    "surds and constants": [
        ("√75", "5√3"), ("1/√2", "√2/2"), ("\\frac{1}{\\sqrt{2}}", "\\frac{\\sqrt{2}}{2}"), ("(1+√5)(1-√5)", "-4"), ("√(8/9)", "2√2/3"), ("∛27", "3"),
        ("3/(2-√3)", "6+3√3"), ("√(3+2√2)", "1+√2"), ("2pi", "6pi/3"), ("\\sqrt[4]{16}", "2"), ("sqrt(2)sqrt(3)", "sqrt 6"), ("8^(2/3)", "4"),
        ("27^{-1/3}", "1/3"), ("e^0", "1"), ("ln e^3", "3"), ("log_3 81", "4"), ("lg 100", "2"), ("log10(1000)", "3"), ("ln(1/2)", "-ln 2"),
        ("ln 12", "2 ln 2 + ln 3"), ("π/180", "1°"), ("sin(π/3)", "√3/2"), ("tan 45°", "1"), ("arctan 1", "π/4"), ("cos^{-1}(0)", "π/2"), ("sin π/6", "1/2"),
    ],
    "algebra": [
        ("(a+b)(a-b)", "a²-b²"), ("x/2 + x/3", "5x/6"), ("2x·3y", "6xy"), ("(x+y)^3", "x^3+3x^2y+3xy^2+y^3"), ("x^{-2}", "1/x²"),
        ("(2x)^3", "8x^3"), ("\\frac{x^2-4}{x+2}", "x-2"), ("1/(1/x)", "x"), ("(x^2)^{1/2}", "|x|"), ("√(4x²+4x+1)", "|2x+1|"), ("x√x", "x^{3/2}"),
        ("\\frac{1}{x}+\\frac{1}{y}", "\\frac{x+y}{xy}"), ("4^x", "2^(2x)"), ("e^(x+y)", "e^x e^y"), ("a^m a^n", "a^(m+n)"), ("n!/(n-2)!", "n(n-1)"),
        ("-(b-a)/c", "(a-b)/c"), ("x(x+1)(2x+1)/6", "(2x^3+3x^2+x)/6"), ("5 - (x - 2)", "7 - x"), ("(x-1)/(1-x)", "-1"), ("½x²", "x²/2"),
        ("ab + ac", "a(b + c)"), ("mx + c", "c + mx"), ("x_1 + x_2", "x_2 + x_1"), ("\\alpha\\beta", "βα"), ("2^n + 2^n", "2^(n+1)"), ("ut+½at²", "t(2u+at)/2"),
    ],
    "trigonometry and logarithms": [
        ("sin 2x", "2 sin x cos x"), ("cos²x - sin²x", "cos 2x"), ("1/cos x", "sec x"), ("cosec²θ - cot²θ", "1"), ("tan(x+π)", "tan x"), ("cos(-x)", "cos x"),
        ("sin(90° - x)", "cos x"), ("(sin x)^2", "sin²x"), ("sin x^2", "sin(x^2)"), ("\\sin\\theta\\cos\\theta", "\\frac{1}{2}\\sin 2\\theta"), ("ln x^3", "3 ln x"),
        ("ln(xy)", "ln x + ln y"), ("log_2(x)/log_2(3)", "log_3 x"), ("e^{2\\ln x}", "x^2"), ("sinh x", "(e^x - e^{-x})/2"), ("arccos x + arcsin x", "π/2"),
        ("cosh²x - sinh²x", "1"), ("tan²x", "sec²x - 1"), ("sin(a+b)", "sin a cos b + cos a sin b"), ("(1-cos 2x)/2", "sin²x"), ("2 sin(x) cos(x)", "sin(2x)"),
    ],
    "calculus answers": [
        ("dy/dx = 2x + 3", "2x+3"), ("f'(x) = cos x", "cos x"), ("\\frac{dy}{dx} = 6x", "6x"), ("3x^2 e^{x^3}", "3x²exp(x³)"), ("1/x", "x^(-1)"),
        ("e^x sin x + e^x cos x", "e^x(sin x + cos x)"), ("x(2 ln x + 1)", "2x ln x + x"), ("-1/(2 x^{3/2})", "-\\frac{1}{2x\\sqrt{x}}"), ("y' = 4x^3", "4x^3"),
    ],
    "solutions": [
        ("x = 5", "5"), ("5 = x", "x = 5"), ("x = 1 or x = -2", "x = -2, x = 1"), ("-2, 1", "{1, -2}"), ("x=1, -2", "x = -2 or x = 1"), ("x = ±√3", "x=√3, x=-√3"),
        ("x = 1 ± √2", "x = 1+√2 or x = 1-√2"), ("\\pm 4", "4, -4"), ("x ∈ {1, 2}", "x = 1 or x = 2"), ("x=3 and x=4", "{3, 4}"), ("x = 2", "x=2, x=2"),
        ("t = 4", "4"), ("x = 60°, 300°", "60, 300"), ("x = π/3 or 5π/3", "60°, 300°"), ("no solution", "∅"), ("no real solutions", "none"), ("x = (3 ± √5)/2", "\\frac{3 \\pm \\sqrt{5}}{2}"),
        ("x = -b/a", "x = -\\frac{b}{a}"), ("x² = 25", "x = ±5"), ("(x-1)(x-2)=0", "x = 1 or x = 2"), ("x = 2, y = -1", "(2, -1)"), ("y = -1, x = 2", "x = 2, y = -1"),
        ("(1,2), (3,4)", "(3,4), (1,2)"), ("x=1 or 2", "{1,2}"), ("x = 0.5", "x = 1/2"), ("e^x = 3", "x = ln 3"),
    ],
    "equations": [
        ("y = 3x + 1", "y - 3x = 1"), ("2y = 6x + 2", "y = 3x + 1"), ("3x + 4y - 12 = 0", "4y = 12 - 3x"), ("x²+y²=25", "x² = 25 - y²"), ("y - 2 = -(x - 1)", "x + y = 3"),
        ("x/2 + y/3 = 1", "3x + 2y = 6"), ("(x-1)²+(y+2)²=9", "x²+y²-2x+4y-4=0"), ("xy = 1", "y = 1/x"), ("v² = u² + 2as", "s = (v²-u²)/(2a)"), ("(x, y)", "( x,y )"),
    ],
    "inequalities and intervals": [
        ("x ≥ 2", "[2, ∞)"), ("2 <= x", "x >= 2"), ("x < 1 or x > 4", "(-∞,1)∪(4,∞)"), ("x<1, x>4", "x > 4 or x < 1"), ("1 < x < 4", "x > 1 and x < 4"), ("x\\leq 3", "3 \\geq x"),
        ("3x - 1 > 5", "x > 2"), ("x² < 4", "-2 < x < 2"), ("|x - 1| ≤ 2", "-1 ≤ x ≤ 3"), ("(-\\infty, 3]", "x ≤ 3"), ("[1,2) U (3,4]", "1≤x<2 or 3<x≤4"), ("x ≠ 2", "x<2 or x>2"),
        ("x^2 >= 0", "all real numbers"), ("\\{x : x > 2\\}", "x > 2"), ("t > 0", "0 < t"), ("(x-1)(x-3) < 0", "1<x<3"), ("y < 2x + 1", "2x - y > -1"), ("{x | -1 < x < 1}", "(-1, 1)"),
        ("R", "\\mathbb{R}"), ("x ∈ ℝ", "all real numbers"), ("0 < x ≤ 5", "(0, 5]"),
    ],
    "vectors, points and matrices": [
        ("2i + 3j", "(2, 3)"), ("\\begin{pmatrix}2\\\\3\\end{pmatrix}", "2i+3j"), ("<1, -2>", "(1,-2)"), ("\\langle 1, 2, 3\\rangle", "i + 2j + 3k"), ("(1/2, 0.5)", "(0.5, 1/2)"),
        ("[[1,0],[0,1]]", "\\begin{bmatrix}1&0\\\\0&1\\end{bmatrix}"), ("(√4, 3)", "(2, 3)"), ("\\vec{i} - \\vec{j}", "i - j"),
    ],
    "complex numbers": [
        ("(1+i)^2", "2i"), ("1/(1+i)", "(1-i)/2"), ("2e^{iπ/2}", "2i"), ("√(-9)", "3i"), ("±2i", "2i, -2i"), ("(3+4i)(3-4i)", "25"), ("cos θ + i sin θ", "e^{iθ}"), ("z = 1 ± 2i", "z=1+2i or z=1-2i"),
    ],
    "units and words": [
        ("5 km", "5000 m"), ("90 km/h", "25 m/s"), ("3.5 kg", "3500 g"), ("2 hours", "120 min"), ("9.8 ms^-2", "9.8 m/s^2"), ("12 cm", "12"), ("$4.50", "4.5"), ("£3", "3"), ("x = 4 cm", "4"),
        ("the answer is 12", "12"), ("Answer: x = 3", "3"), ("I get $\\frac{1}{2}$", "1/2"), ("\\boxed{42}", "42"), ("So the area is \\(12\\pi\\).", "12π"), ("\\text{B}", "B"), ("The solutions are x=1 or x=2", "1, 2"),
    ],
}  # fmt: skip

DIFFERENT = {
    "numbers": [
        ("2 3/4", "2.7"), ("1/3", "0.33"), ("0.333", "1/3"), ("3.14", "π"), ("22/7", "π"), ("12,34", "1234"), ("-2^2", "4"), ("10%", "10.5"), ("1.5e3", "150"), ("2^3", "6"), ("7", "-7"), ("1,5", "15"),
        ("0", "0.0001"), ("5!", "60"), ("1.4142", "√2"), ("99", "100"), ("1/0", "0"), ("1e-30", "0"), ("3 4", "7"), ("4%", "4.5"),
    ],
    "surds and constants": [("√75", "3√5"), ("√2+√3", "√5"), ("2π", "π²"), ("e", "2.718"), ("ln 6", "ln 2 · ln 3"), ("√(9+16)", "7"), ("8^(1/3)", "4"), ("sin 30", "1/2"), ("log_2 9", "3"), ("√8", "4")],
    "algebra": [
        ("(a+b)²", "a²+b²"), ("√(x²)", "x"), ("√(x²+9)", "x+3"), ("x^2 x^3", "x^6"), ("1/x + 1/y", "1/(x+y)"), ("2^x 2^y", "2^(xy)"), ("(x+1)/(x+2)", "1/2"), ("3(x-2)", "3x-2"), ("-x^2", "(-x)^2"),
        ("x^2 + 0.0001", "x^2"), ("x", "y"), ("x", "X"), ("2x", "x^2"), ("1/2x", "1/(2x)"), ("x^2y", "x^(2y)"), ("a - (b - c)", "a - b - c"), ("|x|", "x"), ("x + 1", "x + 1 + 1/10^12"), ("n", "n+0*m+1"),
    ],
    "trigonometry and logarithms": [
        ("sin(x+y)", "sin x + sin y"), ("cos 2x", "2cos²x"), ("sin² x", "sin x²"), ("ln(x+y)", "ln x + ln y"), ("ln x / ln y", "ln(x/y)"), ("tan x", "sin x"), ("sin^{-1} x", "1/sin x"), ("cos(x+π)", "cos x"), ("(ln x)^2", "2 ln x"), ("log x", "ln x"),
    ],
    "solutions": [
        ("x = 5", "x = -5"), ("x = 2", "x = ±2"), ("x=1, x=2, x=3", "x=1 or x=2"), ("2", "{2, 3}"), ("no solutions", "0"), ("x = 2", "y = 2"), ("x = 3", "no solutions"), ("(2,1)", "(1,2)"), ("x = 1, y = 2", "x = 2, y = 1"), ("x = 60°", "30"),
        ("x", "x = 3"), ("x = π", "3.14"), ("2x", "y = 2x"), ("{1,2}", "(1,2)"), ("x^2 = 4", "x = 2"), ("x^2 = -1", "x^2 = -4"), ("1, 2", "12"),
    ],
    "equations": [("y = 2x + 1", "y = 2x - 1"), ("y = 2x", "x = 2y"), ("x² + y² = 25", "x² + y² = 5"), ("x² = y²", "x = y"), ("y = x", "y = x²"), ("2x + 3y = 6", "2x - 3y = 6"), ("xy = 0", "x = 0"), ("y = 1/x", "y = x")],
    "inequalities and intervals": [
        ("x > 2", "x ≥ 2"), ("x > 2", "x < 2"), ("[1,2]", "(1,2)"), ("1 < x < 4", "x < 1 or x > 4"), ("x ≥ 2", "x = 2"), ("(-∞,3)", "(3,∞)"), ("-2x > 4", "x > -2"), ("x² > 4", "x > 2"), ("(1,2)∪(3,4)", "(1,4)"), ("x > 3", "3"), ("|x| < 3", "x < 3"), ("all real numbers", "x > 0"),
    ],
    "vectors, points and matrices": [("2i + 3j", "3i + 2j"), ("(1,2)", "(1,2,3)"), ("[[1,2],[3,4]]", "[[1,2],[3,5]]"), ("\\begin{pmatrix}1&2\\end{pmatrix}", "\\begin{pmatrix}1&3\\end{pmatrix}"), ("(0,0)", "0")],
    "complex numbers": [("1+i", "1-i"), ("i^2", "1"), ("e^{iπ}", "1"), ("2i", "2"), ("|3+4i|", "7")],
    "units and words": [("5 km", "500 m"), ("3 kg", "3 m"), ("60 s", "1 h"), ("$4.50", "4.05"), ("12 cm²", "12 cm"), ("the answer is 12", "13"), ("B", "C"), ("I do not know", "0")],
}  # fmt: skip


def _cases(table: dict[str, list[tuple[str, str]]]) -> list[object]:
    return [pytest.param(a, b, id=f"{kind}: {a} | {b}") for kind, pairs in table.items() for a, b in pairs]


@pytest.mark.parametrize(("answer", "reference"), _cases(SAME))
def test_the_same_in_other_words_is_equal(answer: str, reference: str) -> None:
    verdict = judge(answer, reference, Equivalence()).verdict

    assert verdict.verdict == "equal", verdict


@pytest.mark.parametrize(("answer", "reference"), _cases(DIFFERENT))
def test_something_else_is_never_equal(answer: str, reference: str) -> None:
    verdict = judge(answer, reference, Equivalence()).verdict

    assert verdict.verdict in ("different", "unreadable"), verdict


@pytest.mark.parametrize(
    ("answer", "reference", "equal"),
    [
        ("x^2/2 + c", "x²/2 + C", True), ("x^2/2", "x²/2 + c", False), ("x^2/2 + 3", "x²/2 + c", False), ("(x+1)^2/2 + k", "x²/2 + x + c", True),
        ("ln|2x| + c", "ln|x| + c", True), ("ln(x) + c", "ln|x| + c", False), ("ln|kx|", "ln|x| + c", True), ("-cos²x + c", "sin²x + c", True), ("sin x + c", "cos x + c", False),
        ("x e^x - e^x + c", "e^x(x-1) + c", True), ("x e^x + c", "e^x(x-1) + c", False), ("x^3 + c + d", "x^3 + c", False), ("½e^{2x}+c", "e^{2x}/2 + c", True), ("2e^{2x}+c", "e^{2x}/2 + c", False),
        ("t^4/4 + c", "t^4/4 + c", True), ("arctan x + c", "-arctan(1/x) + c", True), ("a x^2/2 + c", "ax²/2 + c", True), ("x^2/2 + cx", "x²/2 + c", False), ("0.5x² + C", "x²/2+c", True),
    ],
)  # fmt: skip
def test_an_antiderivative_needs_the_right_derivative_and_one_constant(
    answer: str, reference: str, equal: bool
) -> None:
    verdict = judge(answer, reference, Equivalence(task="antiderivative")).verdict

    assert (verdict.verdict == "equal") is equal, verdict


@pytest.mark.parametrize(
    ("answer", "reference", "sigfigs", "equal"),
    [
        ("9.81 m/s^2", "9.81 m s^-2", 3, True), ("9.8 m/s^2", "9.81 m/s^2", 3, False), ("2500 g", "2.5 kg", 2, True), ("2.5", "2.5 kg", 2, False), ("2.5 m", "2.5 kg", 2, False),
        ("3.14 cm", "3.14159 cm", 3, True), ("0.05 km", "50 m", 2, True), ("12 J", "12 N m", 2, True), ("1 W", "1 J/s", 1, True), ("4 kPa", "4000 N/m²", 2, True), ("36 km/h", "10 m/s", 2, True),
        ("5 m^2", "50000 cm^2", 2, True), ("5 square metres", "5 m²", 1, True), ("2 metres per second", "2 m/s", 1, True), ("-3 m", "3 m", 1, False), ("3+m", "3 m", 1, False), ("1.2 × 10^3 N", "1200 N", 2, True), ("20 minutes", "1200 s", 3, True),
    ],
)  # fmt: skip
def test_a_quantity_needs_its_number_and_its_dimension(answer: str, reference: str, sigfigs: int, equal: bool) -> None:
    verdict = judge(answer, reference, Equivalence(task="units", sigfigs=sigfigs)).verdict

    assert (verdict.verdict == "equal") is equal, verdict


def test_a_rounded_value_is_right_at_the_figures_that_were_asked_for() -> None:
    assert judge("1.41", "√2", Equivalence(sigfigs=3)).verdict.verdict == "equal"
    assert judge("1.42", "√2", Equivalence(sigfigs=3)).verdict.verdict == "different"


def test_the_why_of_a_wrong_expression_names_a_point_where_it_differs() -> None:
    verdict = judge("x^2+1", "(x+1)^2", Equivalence()).verdict

    assert verdict.witness == "at x = 2 yours gives 5, the reference 9"


def test_the_why_of_a_wrong_number_does_not_give_the_answer_away() -> None:
    verdict = judge("4.5", "√23", Equivalence()).verdict

    assert "4.79" not in verdict.why + verdict.witness
    assert "too small" in verdict.why
