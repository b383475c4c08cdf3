"""One exercise, many numbers: <<…>> in its texts is worked out from parameters that are shown, or drawn from a seed.

`<<a*b>>` becomes the value, `<<+c>>` the value with its sign and a space: `x <<+c>>` gives `x + 3` or `x - 3`."""

import ast
import math
import operator
import random
import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from knowledge.forms import ExerciseForm, VariantForm

Values = Mapping[str, Fraction]

_SLOT = re.compile(r"<<(\+?)(.+?)>>")
_DRAWS_MAX = 500
_POWER_MAX = 12
_DIGITS_MAX = 30
_OPERATORS: Mapping[type[ast.operator], Callable[[Fraction, Fraction], Fraction | int]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
}  # fmt: skip
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Fraction, Fraction], bool]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}  # fmt: skip


class Unfillable(ValueError):
    """A slot or a condition that cannot be worked out, in words for the author."""


def shown_values(variant: VariantForm) -> Values:
    """The numbers that the exercise has as it is written. Raises Unfillable."""
    values = {name: Fraction(parameter.shown) for name, parameter in variant.parameters.items()}
    if not _fits(variant, values):
        raise Unfillable("the shown numbers do not fulfil every condition in `where`")
    return values


def draw_values(variant: VariantForm, seed: int | str) -> Values:
    """The same seed, the same numbers. Raises Unfillable when the conditions leave next to no choice."""
    generator = random.Random(f"{seed}")  # noqa: S311 (numbers of an exercise, no secret)
    for _ in range(_DRAWS_MAX):
        values = {
            name: Fraction(generator.choice(parameter.choices or range(parameter.low, parameter.high + 1)))
            for name, parameter in variant.parameters.items()
        }
        if _fits(variant, values):
            return values
    raise Unfillable(f"{_DRAWS_MAX} draws found no numbers that fulfil `where`")


def fill(text: str, values: Values) -> str:
    """Raises Unfillable."""

    def put(slot: re.Match[str]) -> str:
        value = evaluate(slot[2], values)
        if not slot[1]:
            return str(value)
        return f"{'-' if value < 0 else '+'} {abs(value)}"

    return _SLOT.sub(put, text)


def fill_form(form: ExerciseForm, values: Values) -> ExerciseForm:
    """Title, answer, working, programs, tests, mistakes and hints with their numbers. Raises Unfillable."""

    def filled(texts: Iterable[str]) -> tuple[str, ...]:
        return tuple(fill(text, values) for text in texts)

    answer = form.answer and form.answer.model_copy(
        update={"reference": fill(form.answer.reference, values), "working": filled(form.answer.working)}
    )
    mistakes = tuple(
        mistake.model_copy(
            update={"answer": fill(mistake.answer, values), "misconception": fill(mistake.misconception, values)}
        )
        for mistake in form.mistakes
    )
    tests = tuple(
        test.model_copy(
            update={name: fill(getattr(test, name), values) for name in _IN_TESTS} | {"given": filled(test.given)}
        )
        for test in form.tests
    )
    texts = {name: fill(getattr(form, name), values) for name in ("title", "starter", "reference")}
    lists = {"hints": filled(form.hints), "correct": filled(form.correct)}
    return form.model_copy(update={"answer": answer, "mistakes": mistakes, "tests": tests, **texts, **lists})


_IN_TESTS = ("name", "call", "expect", "stdin", "check", "inputs", "where")


def evaluate(source: str, values: Values) -> Fraction:
    """Exact arithmetic on the parameters: + - * / // % **, comparisons, abs, root. Raises Unfillable."""
    try:
        found = _value(ast.parse(source.strip(), mode="eval").body, values)
    except (SyntaxError, ZeroDivisionError, MemoryError, RecursionError, ValueError) as error:
        raise Unfillable(f"`{source.strip()[:60]}`: {error}") from error
    if _is_long(found):
        raise Unfillable(f"`{source.strip()[:60]}` is too long a number")
    return found


def _is_long(number: Fraction) -> bool:
    return bool(max(abs(number.numerator), number.denominator) >= 10**_DIGITS_MAX)


def _fits(variant: VariantForm, values: Values) -> bool:
    try:
        return all(evaluate(condition, values) for condition in variant.where)
    except Unfillable as error:
        if isinstance(error.__cause__, (ZeroDivisionError, _NoRoot)):
            return False  # these numbers do not, others may
        raise


class _NoRoot(ValueError):
    pass


def _value(node: ast.expr, values: Values) -> Fraction:
    match node:
        case ast.Constant(value=int(number)):
            return Fraction(number)
        case ast.Name(id=name) if name in values:
            return values[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, values)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_value(left, values), _value(right, values))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return Fraction(_OPERATORS[type(op)](_value(left, values), _value(right, values)))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
            return Fraction(_COMPARISONS[type(op)](_value(left, values), _value(right, values)))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return _call(name, [_value(argument, values) for argument in arguments])
    raise ValueError(f"{ast.unparse(node)[:40]} is no parameter and no arithmetic that is known here")


def _call(name: str, arguments: list[Fraction]) -> Fraction:
    match name, arguments:
        case "abs", [number]:
            return abs(number)
        case "root", [number]:
            return _root(number)
    raise ValueError(f"{name} is neither abs nor root, of one number")


def _root(number: Fraction) -> Fraction:
    root = Fraction(math.isqrt(max(0, number.numerator)), math.isqrt(number.denominator))
    if root * root != number:
        raise _NoRoot(f"{number} has no exact root")
    return root


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1 or abs(exponent) > _POWER_MAX or _is_long(base):
        raise ValueError(f"a power is a whole number up to {_POWER_MAX}")
    return base ** int(exponent)
