"""A tree as LaTeX that KaTeX can set."""

from fractions import Fraction
from typing import cast

from cas.syntax import (
    Add,
    Call,
    Const,
    Expr,
    Group,
    Interval,
    Logic,
    Matrix,
    Mul,
    Node,
    Num,
    PlusMinus,
    Pow,
    Rel,
    Sym,
    Union,
    Words,
    is_expr,
)

_SIGNS = {"=": "=", "!=": r"\neq", "<": "<", "<=": r"\le", ">": ">", ">=": r"\ge"}
_BRACKETS = {
    "list": ("", ""),
    "set": (r"\{", r"\}"),
    "tuple": ("(", ")"),
    "bracket": ("[", "]"),
    "vector": (r"\langle ", r"\rangle"),
}
_WORDS = {"none": r"\text{no solutions}", "all": r"\text{every real number}", "many": r"\text{infinitely many}"}
_NATIVE = {"sin", "cos", "tan", "sec", "csc", "cot", "sinh", "cosh", "tanh", "coth", "ln", "gcd"}
_GREEK = {"theta", "alpha", "beta", "gamma", "delta", "lambda", "omega", "sigma", "phi", "rho", "tau", "mu", "epsilon", "psi", "nu", "xi", "eta", "chi", "kappa", "zeta", "Delta", "Omega", "Sigma", "Gamma", "Theta", "Phi", "Psi", "Lambda", "ell"}  # fmt: skip


def latex(node: Node) -> str:
    """LaTeX without dollars."""
    if is_expr(node):
        return _expr(cast(Expr, node))
    match node:
        case Rel(sign, left, right):
            return f"{latex(left)} {_SIGNS[sign]} {latex(right)}"
        case Logic("not", (part,)):
            return rf"\lnot\left({latex(part)}\right)"
        case Logic(kind, parts):
            return rf" \text{{ {kind} }} ".join(map(latex, parts))
        case Group(kind, items):
            opener, closer = _BRACKETS[kind]
            return opener + ", ".join(map(latex, items)) + closer
        case Interval(low, high, low_closed, high_closed):
            return f"{'[' if low_closed else '('}{_expr(low)}, {_expr(high)}{']' if high_closed else ')'}"
        case Union(parts):
            return r" \cup ".join(map(latex, parts))
        case Matrix(rows):
            return r"\begin{pmatrix}" + r" \\ ".join(" & ".join(map(_expr, r)) for r in rows) + r"\end{pmatrix}"
        case Words(text):
            return _WORDS.get(text, rf"\text{{{text}}}")
    return ""


def _expr(e: Expr) -> str:
    match e:
        case Num(value, digits):
            return _number(value, digits)
        case Sym(name):
            return _symbol(name)
        case Const(name):
            return {"pi": r"\pi", "e": "e", "i": "i", "inf": r"\infty"}[name]
        case Add(terms):
            return _sum(terms)
        case Mul(factors):
            return _product(factors)
        case Pow(base, exponent):
            return _power(base, exponent)
        case Call(name, args):
            return _call(name, args)
        case PlusMinus(arg, upper):
            return (r"\pm " if upper == 1 else r"\mp ") + _factor(arg)


def _number(value: Fraction, digits: int = 0) -> str:
    if value.denominator == 1:
        return str(value)
    text = _decimal(value) if digits else ""
    if text:
        return text
    sign = "-" if value < 0 else ""
    return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def _decimal(value: Fraction) -> str:
    for places in range(1, 16):
        scaled = value * 10**places
        if scaled.denominator == 1:
            whole, rest = divmod(abs(scaled.numerator), 10**places)
            return f"{'-' if value < 0 else ''}{whole}.{rest:0{places}d}"
    return ""


def _symbol(name: str) -> str:
    head, _, index = name.partition("_")
    primes = "'" * head.count("'")
    head = head.rstrip("'")
    head = "\\" + head if head in _GREEK else head
    return head + (f"_{{{index}}}" if index else "") + primes


def _negative(e: Expr) -> Expr | None:
    """-e when e is written with a minus sign in front."""
    match e:
        case Num(value, digits) if value < 0:
            return Num(-value, digits)
        case Mul((Num(value, digits), *rest)) if value < 0 and rest:
            kept = tuple(rest) if value == -1 else (Num(-value, digits), *rest)
            return kept[0] if len(kept) == 1 else Mul(kept)
    return None


def _sum(terms: tuple[Expr, ...]) -> str:
    out = ""
    for term in terms:
        minus = _negative(term)
        if isinstance(term, PlusMinus):
            out += " " + _expr(term)
        elif minus is not None:
            out += f" - {_term(minus)}" if out else f"-{_term(minus)}"
        else:
            out += f" + {_term(term)}" if out else _term(term)
    return out.strip()


def _term(e: Expr) -> str:
    return rf"\left({_expr(e)}\right)" if isinstance(e, Add) else _expr(e)


def _product(factors: tuple[Expr, ...]) -> str:
    minus = _negative(Mul(factors))
    if minus is not None:
        return "-" + _term(minus)
    over = [f for f in factors if not _is_inverse(f)]
    under = [_inverse(f) for f in factors if _is_inverse(f)]
    if under:
        top = _plain_product(over, alone=True) if over else "1"
        return rf"\frac{{{top}}}{{{_plain_product(under, alone=True)}}}"
    return _plain_product(over)


def _plain_product(factors: list[Expr], alone: bool = False) -> str:
    if len(factors) == 1 and alone:
        return _expr(factors[0])
    out = ""
    for f in factors:
        piece = _factor(f)
        touching = bool(out) and (piece[0].isdigit() or (out[-1].isdigit() and piece.startswith(r"\frac")))
        negative = bool(out) and piece.startswith("-")
        out += (
            rf" \cdot {piece}" if touching else rf" \left({piece}\right)" if negative else (" " if out else "") + piece
        )
    return out


def _factor(e: Expr) -> str:
    return rf"\left({_expr(e)}\right)" if isinstance(e, Add | PlusMinus) else _expr(e)


def _is_inverse(e: Expr) -> bool:
    return isinstance(e, Pow) and isinstance(e.exponent, Num) and e.exponent.value < 0


def _inverse(e: Expr) -> Expr:
    assert isinstance(e, Pow)
    assert isinstance(e.exponent, Num)
    return e.base if e.exponent.value == -1 else Pow(e.base, Num(-e.exponent.value))


def _power(base: Expr, exponent: Expr) -> str:
    if isinstance(exponent, Num) and exponent.value < 0:
        return rf"\frac{{1}}{{{_expr(_inverse(Pow(base, exponent)))}}}"
    if isinstance(exponent, Num) and exponent.value == Fraction(1, 2):
        return rf"\sqrt{{{_expr(base)}}}"
    if isinstance(base, Call) and base.name in _NATIVE and len(base.args) == 1 and isinstance(exponent, Num):
        return rf"\{base.name}^{{{_expr(exponent)}}}\left({_expr(base.args[0])}\right)"
    simple = isinstance(base, Sym | Const) or (
        isinstance(base, Num) and base.value >= 0 and base.value.denominator == 1
    )
    body = _expr(base) if simple else rf"\left({_expr(base)}\right)"
    return f"{body}^{{{_expr(exponent)}}}"


def _call(name: str, args: tuple[Expr, ...]) -> str:
    inner = ", ".join(map(_expr, args))
    match name:
        case "abs":
            return rf"\left|{inner}\right|"
        case "factorial":
            simple = isinstance(args[0], Sym) or (isinstance(args[0], Num) and args[0].value >= 0)
            return f"{inner}!" if simple else rf"\left({inner}\right)!"
        case "log":
            return rf"\log_{{{_expr(args[0])}}}\left({_expr(args[1])}\right)"
        case "root":
            return rf"\sqrt[{_expr(args[0])}]{{{_expr(args[1])}}}"
        case "choose":
            return rf"\binom{{{_expr(args[0])}}}{{{_expr(args[1])}}}"
        case "floor" | "ceil":
            return rf"\left\l{name} {inner}\right\r{name}"
    shown = {"asin": "arcsin", "acos": "arccos", "atan": "arctan"}.get(name, name)
    command = f"\\{shown}" if name in _NATIVE or shown.startswith("arc") else rf"\operatorname{{{shown}}}"
    return rf"{command}\left({inner}\right)"
