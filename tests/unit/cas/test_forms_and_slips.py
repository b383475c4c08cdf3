"""A right answer in the wrong form is told so, and a wrong one is told which known mistake it is."""

import pytest

from cas.checker import Checker
from cas.judging import judge
from core.ports import Equivalence

FORMS = [
    ("(x+2)(x+3)", "x^2+5x+6", "factorised", True), ("x^2+5x+6", "(x+2)(x+3)", "factorised", False), ("2(x+1)(x-1)", "2x^2-2", "factorised", True), ("(2x+2)(x-1)", "2x^2-2", "factorised", False),
    ("x(x^2-4)", "x^3-4x", "factorised", False), ("x(x-2)(x+2)", "x^3-4x", "factorised", True), ("(x+1)^2", "x^2+2x+1", "factorised", True), ("x^2+1", "x^2+1", "factorised", True), ("(x-3)(x^2+3x+9)", "x^3-27", "factorised", True),
    ("3(x+2)", "3x+6", "factorised", True), ("3x+6", "3(x+2)", "factorised", False), ("-(x-1)(x-2)", "-x^2+3x-2", "factorised", True), ("a(b+c)", "ab+ac", "factorised", True), ("(a-b)(a+b)", "a^2-b^2", "factorised", True), ("ab+ac", "a(b+c)", "factorised", False),
    ("x^2+5x+6", "(x+2)(x+3)", "expanded", True), ("(x+2)(x+3)", "x^2+5x+6", "expanded", False), ("x^2+2x+3x+6", "x^2+5x+6", "expanded", False), ("x(x+5)+6", "x^2+5x+6", "expanded", False), ("(x+1)^2", "x^2+2x+1", "expanded", False), ("8x^3", "(2x)^3", "expanded", True),
    ("7x+1", "3x+4x+1", "simplified", True), ("3x+4x+1", "7x+1", "simplified", False), ("4/6", "2/3", "simplified", False), ("2/3", "4/6", "simplified", True), ("√12", "2√3", "simplified", False), ("2√3", "√12", "simplified", True),
    ("(x^2-9)/(x-3)", "x+3", "simplified", False), ("x+3", "(x^2-9)/(x-3)", "simplified", True), ("2·3x", "6x", "simplified", False), ("x·x", "x^2", "simplified", False), ("ln 1 + x", "x", "simplified", False), ("(2x+4)/2", "x+2", "simplified", False), ("√(1/2)", "√2/2", "simplified", False),
    ("√2", "√2", "exact", True), ("1.41421356237", "√2", "exact", False), ("π/3", "60°", "exact", True), ("1.414", "√2", "exact", False), ("1/2", "1/2", "exact", True), ("0.5", "1/2", "exact", True), ("2.5", "5/2", "exact", True), ("0.25π", "π/4", "exact", True),
    ("0.3333333333", "1/3", "exact", False), ("2.6457513110645906", "√7", "exact", False), ("0.785398163397", "π/4", "exact", False),
]  # fmt: skip


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("answer", "reference", "form", "good"), FORMS)
async def test_a_right_answer_needs_the_form_that_was_asked_for(
    patient: Checker, answer: str, reference: str, form: str, good: bool
) -> None:
    verdict = await patient.check(answer, reference, Equivalence(form=form))  # type: ignore[arg-type]

    assert verdict.verdict == ("equal" if good else "wrong_form"), verdict


def test_a_wrong_answer_is_wrong_whatever_its_form() -> None:
    assert judge("(x+2)(x+4)", "x^2+5x+6", Equivalence(form="factorised")).verdict.verdict == "different"


SLIPS = [
    ("x^2 - 3x + 2", "x^2 - 3x - 2", "sign error"), ("-(3x+1)", "3x+1", "sign error"), ("x = 2 or x = 3", "x = -2 or x = -3", "sign error"),
    ("x^2 + 9", "(x+3)^2", "bracket expansion"), ("(x+1)^2", "x^2+1", "bracket expansion"), ("2x + 3", "2(x+3)", "bracket expansion"),
    ("6x", "3x", "factor of two"), ("3/4", "4/3", "inverted fraction"), ("x^2", "x^2 + 5", "dropped term"), ("cos(3x)", "3cos(3x)", "chain rule"), ("e^{x^2}", "2x e^{x^2}", "chain rule"),
    ("5x^5", "5x^4", "power rule"), ("x^3", "x^3/3", "power rule"), ("cos x", "sin x", "sine for cosine"), ("2 sin x", "sin 2x", "number taken out of a function"), ("x = 2", "x = 2 or x = 3", "lost root"),
    ("x = 1, 2, 3", "x = 1, 2", "extra root"), ("x < 3", "x > 3", "inequality reversed"), ("x > 3", "x ≥ 3", "end point"), ("(2, 1)", "(1, 2)", "swapped coordinates"),
    ("[[1,3],[2,4]]", "[[1,2],[3,4]]", "rows for columns"), ("320", "3.2", "place value"), ("1.41", "√2", "rounded too early"), ("0.5236", "30", ""), ("sin(π/6) ", "sin(30)", "degrees for radians"), ("y = 2x + 3", "y = 2x - 3", "sign error"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "reference", "name"), SLIPS)
def test_a_known_mistake_is_called_by_its_name(answer: str, reference: str, name: str) -> None:
    verdict = judge(answer, reference, Equivalence()).verdict

    assert verdict.verdict == "different"
    assert verdict.slip == name


@pytest.mark.parametrize(
    ("answer", "reference", "name"),
    [("x^2/2", "x²/2 + c", "missing constant"), ("ln x + c", "ln|x| + c", "missing modulus"), ("6x + c", "x^3 + c", "differentiated instead"), ("-x^4 + c", "x^4 + c", "sign error"), ("x^3 + c", "x^3/3 + c", "power rule")],
)  # fmt: skip
def test_a_mistake_in_integration_is_called_by_its_name(answer: str, reference: str, name: str) -> None:
    verdict = judge(answer, reference, Equivalence(task="antiderivative")).verdict

    assert verdict.slip == name


def test_no_mistake_is_invented_where_none_is_known() -> None:
    verdict = judge("x^7 - 13", "sin x + 4", Equivalence()).verdict

    assert verdict.slip == ""
    assert verdict.why


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("answer", "reference", "verdict"),
    [
        ("x+y=3, x-y=1", "2x+y=5, x+2y=4", "equal"),
        ("x=2, y=1", "x+y=3, x-y=1", "equal"),
        ("x+y=3, x-y=2", "x+y=3, x-y=1", "different"),
        ("x=1, y=2", "x+y=3, x-y=1", "different"),
        ("x=1, y=1, z=1", "x+y=2, y+z=2, x+z=3", "different"),
    ],
)
async def test_systems_are_compared_by_their_solutions(
    patient: Checker, answer: str, reference: str, verdict: str
) -> None:
    assert (await patient.check(answer, reference)).verdict == verdict
