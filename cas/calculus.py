"""The derivative of an expression, by the rules a student learns."""

from collections.abc import Callable

from cas.numeric import Undefined
from cas.syntax import (
    HALF,
    MINUS_ONE,
    ONE,
    TWO,
    ZERO,
    Add,
    Call,
    Const,
    Expr,
    Mul,
    Num,
    Pow,
    Sym,
    add,
    call,
    mul,
    neg,
    over,
    power,
    sub,
    symbols,
)


def derivative(e: Expr, name: str) -> Expr:
    """de/d(name); raises Undefined for a function without a rule here."""
    if name not in symbols(e):
        return ZERO
    match e:
        case Sym():
            return ONE
        case Add(terms):
            return add(*(derivative(t, name) for t in terms))
        case Mul(factors):
            return add(*(mul(*factors[:i], derivative(f, name), *factors[i + 1 :]) for i, f in enumerate(factors)))
        case Pow(base, exponent):
            return _of_power(base, exponent, name)
        case Call(function, args):
            return _of_call(function, args, name)
        case _:
            raise Undefined("no derivative")


def _of_power(base: Expr, exponent: Expr, name: str) -> Expr:
    if name not in symbols(exponent):
        lower = Num(exponent.value - 1) if isinstance(exponent, Num) else sub(exponent, ONE)
        return mul(exponent, power(base, lower), derivative(base, name))
    rate = derivative(exponent, name)
    if base == Const("e"):
        return mul(Pow(base, exponent), rate)
    if name not in symbols(base):
        return mul(Pow(base, exponent), call("ln", base), rate)
    return mul(Pow(base, exponent), add(mul(rate, call("ln", base)), over(mul(exponent, derivative(base, name)), base)))


def _of_call(function: str, args: tuple[Expr, ...], name: str) -> Expr:
    if function == "log" and name not in symbols(args[0]):
        u = args[1]
        return over(derivative(u, name), mul(u, call("ln", args[0])))
    if function == "log":
        return derivative(over(call("ln", args[1]), call("ln", args[0])), name)
    if function == "root" and isinstance(args[0], Num) and args[0].value != 0:
        return mul(Num(1 / args[0].value), over(Call("root", args), args[1]), derivative(args[1], name))
    if function not in _RULES or len(args) != 1:
        raise Undefined(f"no rule for {function}")
    u = args[0]
    return mul(_RULES[function](u), derivative(u, name))


def _square(u: Expr) -> Expr:
    return Pow(u, TWO)


def _root(u: Expr) -> Expr:
    return Pow(u, HALF)


_RULES: dict[str, Callable[[Expr], Expr]] = {
    "sin": lambda u: call("cos", u),
    "cos": lambda u: neg(call("sin", u)),
    "tan": lambda u: _square(call("sec", u)),
    "sec": lambda u: mul(call("sec", u), call("tan", u)),
    "csc": lambda u: neg(mul(call("csc", u), call("cot", u))),
    "cot": lambda u: neg(_square(call("csc", u))),
    "asin": lambda u: Pow(_root(sub(ONE, _square(u))), MINUS_ONE),
    "acos": lambda u: neg(Pow(_root(sub(ONE, _square(u))), MINUS_ONE)),
    "atan": lambda u: Pow(add(ONE, _square(u)), MINUS_ONE),
    "asec": lambda u: Pow(mul(call("abs", u), _root(sub(_square(u), ONE))), MINUS_ONE),
    "acsc": lambda u: neg(Pow(mul(call("abs", u), _root(sub(_square(u), ONE))), MINUS_ONE)),
    "acot": lambda u: neg(Pow(add(ONE, _square(u)), MINUS_ONE)),
    "sinh": lambda u: call("cosh", u),
    "cosh": lambda u: call("sinh", u),
    "tanh": lambda u: _square(call("sech", u)),
    "sech": lambda u: neg(mul(call("sech", u), call("tanh", u))),
    "csch": lambda u: neg(mul(call("csch", u), call("coth", u))),
    "coth": lambda u: neg(_square(call("csch", u))),
    "asinh": lambda u: Pow(_root(add(_square(u), ONE)), MINUS_ONE),
    "acosh": lambda u: Pow(mul(_root(sub(u, ONE)), _root(add(u, ONE))), MINUS_ONE),
    "atanh": lambda u: Pow(sub(ONE, _square(u)), MINUS_ONE),
    "ln": lambda u: Pow(u, MINUS_ONE),
    "abs": lambda u: call("sign", u),
}
