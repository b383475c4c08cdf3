"""Tokens to a tree, by recursive descent, within bounds on depth, size, numbers and exponents; nothing is ever executed."""

from dataclasses import dataclass
from fractions import Fraction

from cas.syntax import (
    FUNCTIONS,
    HALF,
    MINUS_ONE,
    ONE,
    Add,
    Call,
    Const,
    E,
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
    add,
    call,
    is_expr,
    mul,
    neg,
    number,
    power,
    substitute,
    walk,
)
from cas.tokens import Comma, Token, Unreadable, clean, tokenize
from cas.vectors import is_array, length, plus, scaled, times

DEPTH_MAX = 60
NODES_MAX = 900
SERIES_MAX = 30
_RELATIONS = {"=", "!=", "<", "<=", ">", ">=", "~"}
_INVERSE = {"sin": "asin", "cos": "acos", "tan": "atan", "sec": "asec", "csc": "acsc", "cot": "acot",
            "sinh": "asinh", "cosh": "acosh", "tanh": "atanh"}  # fmt: skip
_CLOSERS = {"(": ")", "[": "]", "{": "}", "\\{": "\\}", "<(": ")>", "<": ">", "|": "|"}


@dataclass(frozen=True, slots=True)
class Reading:
    """How to take what may be read in two ways. `wide_argument`: sin pi/6 is sin(pi/6), not (sin pi)/6; `log_base` is
    what a bare log means."""

    comma: Comma = "list"
    wide_argument: bool = False
    log_base: str = "10"


def parse(text: str, reading: Reading | None = None) -> Node:
    """The tree of one answer. Raises Unreadable."""
    reading = reading or Reading()
    tokens = tokenize(clean(text), reading.comma)
    node = _Parser(tokens, reading).answer()
    if sum(1 for _ in walk(node)) > NODES_MAX:
        raise Unreadable("this is too long to be one answer")
    return node


class _Parser:
    def __init__(self, tokens: list[Token], reading: Reading) -> None:
        self.tokens = tokens
        self.reading = reading
        self.at = 0
        self.depth = 0
        self.bars = 0  # absolute-value bars that are open
        self.angles = 0

    # --- the stream of tokens

    @property
    def now(self) -> Token:
        return self.tokens[self.at]

    def peek(self, ahead: int = 1) -> Token:
        return self.tokens[min(self.at + ahead, len(self.tokens) - 1)]

    def take(self) -> Token:
        token = self.tokens[self.at]
        if token.kind != "end":
            self.at += 1
        return token

    def op(self, *texts: str) -> bool:
        return self.now.kind == "op" and self.now.text in texts

    def word(self, *texts: str) -> bool:
        return self.now.kind == "word" and self.now.text in texts

    def cmd(self, *texts: str) -> bool:
        return self.now.kind == "cmd" and self.now.text in texts

    def expect(self, text: str) -> None:
        if not self.op(text):
            raise Unreadable(f"a {text!r} is missing" if text in ")]}|" else None)
        self.at += 1

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise Unreadable("this is nested too deeply to read")

    # --- answers: lists, logic, relations, unions

    def answer(self) -> Node:
        while self.cmd("currency"):
            self.take()
        node = self.listing()
        while self.cmd("currency") or (self.op(",", ";", ":") and self.peek().kind == "end"):
            self.take()
        if self.now.kind != "end":
            raise Unreadable(self._stuck())
        return node

    def _stuck(self) -> str:
        text = self.now.text.split(":")[-1]
        return f"I can read this up to '{text}'" if text.isprintable() and len(text) < 30 else "I cannot read this"

    def listing(self) -> Node:
        items = [self.disjunction()]
        while self.op(",", ";", "\\\\") or (self.cmd("currency") and self.peek().text == ","):
            if self.take().kind == "cmd":
                self.take()  # the comma after a currency sign
            if self.now.kind == "end" or self.op(")", "]", "}", "\\}"):
                break
            if self.word("and", "or"):
                self.take()
            items.append(self.disjunction())
        return items[0] if len(items) == 1 else Group("list", tuple(items))

    def disjunction(self) -> Node:
        parts = [self.conjunction()]
        while self.word("or", "union") or self.op("cup"):
            self.take()
            parts.append(self.conjunction())
        return parts[0] if len(parts) == 1 else Logic("or", tuple(parts))

    def conjunction(self) -> Node:
        parts = [self.negation()]
        while self.word("and", "intersection", "intersect") or self.op("cap"):
            self.take()
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else Logic("and", tuple(parts))

    def negation(self) -> Node:
        if self.word("not"):
            self.take()
            self.deeper()
            inner = self.negation()
            self.depth -= 1
            return Logic("not", (inner,))
        return self.relation()

    def relation(self) -> Node:
        if self.op("=", "~", "=>"):
            self.take()  # a line that goes on from the one before: "= 5"
        sides = [self.union()]
        signs: list[str] = []
        while self.op(*_RELATIONS) or self.op("in") or self.word("in"):
            if self.op(">") and self.angles and not self.bars:
                break
            signs.append("in" if self.now.text == "in" else self.now.text)
            self.take()
            sides.append(self.union())
        if not signs:
            return sides[0]
        return _chain(signs, sides)

    def union(self) -> Node:
        parts = [self.sum()]
        kind = ""
        while self._joins() and not is_expr(parts[-1]):
            text = self.take().text
            kind = kind or ("cap" if text in ("cap", "intersection", "intersect") else "cup")
            parts.append(self.sum())
        if len(parts) == 1:
            return parts[0]
        return Union(tuple(parts)) if kind == "cup" else Logic("and", tuple(parts))

    def _joins(self) -> bool:
        if self.op("cup", "cap") or self.word("union", "intersection", "intersect"):
            return True
        return (
            self.now.kind == "name" and self.now.text == "U" and self.peek().text in ("(", "[", "{", "\\{")
            and self.tokens[self.at - 1].text in (")", "]", "}", "\\}")
        )  # fmt: skip

    # --- expressions

    def sum(self) -> Node:
        self.deeper()
        terms = [self.term()]
        while self.op("+", "-", "+-", "-+"):
            sign = self.take().text
            if is_array(terms[0]) and sign in "+-":
                terms = [self._added(terms[0], sign, self.term())]
                continue
            node = self._expr(self.term())
            first = terms[0]
            if not is_expr(first):
                raise Unreadable
            terms.append(
                node if sign == "+" else neg(node) if sign == "-" else PlusMinus(node, 1 if sign == "+-" else -1)
            )
        self.depth -= 1
        return terms[0] if len(terms) == 1 else add_plain([self._expr(t) for t in terms])

    @staticmethod
    def _added(a: Node, sign: str, b: Node) -> Node:
        total = plus(a, b if sign == "+" else scaled(MINUS_ONE, b)) if is_array(b) else None
        if total is None:
            raise Unreadable("these cannot be added: they have not the same shape")
        return total

    def _expr(self, node: Node) -> Expr:
        if not is_expr(node):
            raise Unreadable("a number or an expression should stand here")
        return node  # type: ignore[return-value]

    def term(self) -> Node:
        node = self.signed()
        while True:
            if self.op("*") or self._times_letter():
                self.take()
                node = self._product(node, self.signed())
            elif self.op("/") or self.word("over"):
                self.take()
                node = divide(self._expr(node), self._expr(self.signed()))
            elif (is_expr(node) or isinstance(node, Matrix)) and self._starts_operand():
                node = self._product(node, self.powered())
            else:
                return node

    def _product(self, a: Node, b: Node) -> Node:
        if is_array(b) and is_expr(a):
            return scaled(self._expr(a), b)
        if isinstance(a, Matrix) and is_expr(b):
            return scaled(self._expr(b), a)
        if isinstance(a, Matrix) and is_array(b):
            product = times(a, b)
            if product is None:
                raise Unreadable("these matrices cannot be multiplied: their sizes do not fit")
            return product
        return mul_plain(self._expr(a), self._expr(b))

    def _times_letter(self) -> bool:
        """The letter x that stands for a times sign: 3.2 x 10^5."""
        return (
            self.now.kind == "name" and self.now.text in ("x", "X") and self.tokens[self.at - 1].kind == "num"
            and self.peek().kind == "num" and self.peek().text == "10" and self.peek(2).text == "^"
        )  # fmt: skip

    def _starts_operand(self) -> bool:
        token = self.now
        if token.kind in ("num", "name", "func", "const", "vulgar"):
            return True
        if token.kind == "op":
            return token.text in ("(", "[", "{", "\\{", "<(") or (token.text == "|" and not self.bars)
        return token.kind == "cmd" and token.text in ("frac", "sqrt", "binom", "cbrt", "begin", "boxed", "sum", "prod")

    def signed(self) -> Node:
        if self.op("+", "-", "+-", "-+"):
            self.deeper()
            sign = self.take().text
            node = self.signed()
            self.depth -= 1
            if sign == "+":
                return node
            if sign == "-" and is_array(node):
                return scaled(MINUS_ONE, node)
            inner = self._expr(node)
            return neg(inner) if sign == "-" else PlusMinus(inner, 1 if sign == "+-" else -1)
        return self.powered()

    def powered(self) -> Node:
        self.deeper()
        node = self.postfix(self.primary())
        if self.op("^") and is_expr(node):
            self.take()
            node = self._raised(self._expr(node))
        self.depth -= 1
        return node

    def _raised(self, base: Expr) -> Expr:
        if self.cmd("degree"):
            self.take()
            return mul(base, DEGREE)
        if self.op("{") and self.peek().text == "degree" and self.peek(2).text == "}":
            self.at += 3
            return mul(base, DEGREE)
        exponent = self._exponent()
        return self._expr(self.postfix(Pow(base, exponent)))

    def _exponent(self) -> Expr:
        if self.op("-", "+"):
            sign = self.take().text
            self.deeper()
            inner = self._exponent()
            self.depth -= 1
            return neg(inner) if sign == "-" else inner
        return self._expr(self.powered())

    def postfix(self, node: Node) -> Node:
        while is_expr(node):
            if self.op("!"):
                self.take()
                node = call("factorial", self._expr(node))
            elif self.cmd("degree") or self.word("degrees", "degree", "deg"):
                self.take()
                node = mul(self._expr(node), DEGREE)
            elif self.word("radians", "rad"):
                self.take()
            elif self.op("%"):
                self.take()
                node = mul(self._expr(node), Num(Fraction(1, 100)))
            else:
                return node
        return node

    # --- what cannot be split further

    def primary(self) -> Node:
        token = self.now
        match token.kind:
            case "num":
                return self._number()
            case "vulgar":
                self.take()
                return Num(token.value)
            case "const":
                self.take()
                return Const(token.text)  # type: ignore[arg-type]
            case "name":
                return self._name()
            case "func":
                return self._function()
            case "op":
                return self._raised_choice() if token.text == "^" else self._bracketed()
            case "cmd":
                return self._command()
            case _:
                raise Unreadable("something is missing at the end" if token.kind == "end" else None)

    def _number(self) -> Node:
        token = self.take()
        literal = Num(token.value, token.digits)
        if token.digits or token.value.denominator != 1 or "." in token.text:
            return literal
        if self.now.kind == "vulgar":
            return Num(token.value + self.take().value)
        mixed = self._mixed(token)
        if mixed is not None:
            return mixed
        return self._choice(literal) or literal

    def _choice(self, whole: Expr) -> Expr | None:
        """5C2, 5P2 and ^5C_2 count choices."""
        if self.now.kind != "name" or self.now.text not in ("C", "P"):
            return None
        marked = self.peek().text == "_"
        if not marked and self.peek().kind != "num":
            return None
        name = "choose" if self.take().text == "C" else "permute"
        if marked:
            self.take()
        return call(name, whole, self._expr(self._subscripted()))

    def _raised_choice(self) -> Expr:
        self.take()
        chosen = self._choice(self._expr(self._exponent_of_function()))
        if chosen is None:
            raise Unreadable("a power needs something to stand on")
        return chosen

    def _mixed(self, whole: Token) -> Expr | None:
        """3 1/2 and 3\\frac{1}{2} are three and a half."""
        if self.now.kind == "num" and self.now.spaced and self.peek().text == "/" and self.peek(2).kind == "num":
            top, bottom = self.now, self.peek(2)
            if self._proper(top, bottom) and self.peek(3).text not in ("^", "!"):
                self.at += 3
                return Num(whole.value + top.value / bottom.value)
        if self.cmd("frac"):
            start = self.at
            fraction = self._command()
            if (isinstance(fraction, Num) and 0 < fraction.value < 1) or _is_proper(fraction):
                return add(Num(whole.value), self._expr(fraction))
            self.at = start
        return None

    @staticmethod
    def _proper(top: Token, bottom: Token) -> bool:
        return top.value.denominator == 1 and bottom.value.denominator == 1 and 0 < top.value < bottom.value

    def _name(self) -> Node:
        token = self.take()
        name = token.text
        if self.op("_"):
            self.take()
            name = f"{name}_{self._subscript()}"
        primes = 0
        while self.op("'"):
            self.take()
            primes += 1
        return Sym(name + "'" * primes)

    def _subscript(self) -> str:
        if self.op("{"):
            self.take()
            parts = []
            while not self.op("}") and self.now.kind in ("num", "name", "const", "func", "op"):
                parts.append(self.take().text)
            self.expect("}")
            return "".join(parts)
        if self.now.kind in ("num", "name", "const"):
            return self.take().text
        raise Unreadable

    def _function(self) -> Node:
        name = self.take().text
        if name == "sqrt":
            return self._root()
        if name == "cbrt":
            return call("root", number(3), self._argument(name))
        exponent: Expr | None = None
        base: Expr | None = None
        while self.op("^", "_"):
            if self.take().text == "_":
                base = self._expr(self._subscripted())
            else:
                exponent = self._expr(self._exponent_of_function())
        if exponent == MINUS_ONE and name in _INVERSE:
            name, exponent = _INVERSE[name], None
        result = self._applied(name, base)
        return Pow(result, exponent) if exponent is not None else result

    def _subscripted(self) -> Node:
        if self.op("{", "("):
            return self._bracketed()
        token = self.take()
        if token.kind == "num":
            return Num(token.value)
        if token.kind in ("name", "const"):
            return Sym(token.text) if token.kind == "name" else Const(token.text)  # type: ignore[arg-type]
        raise Unreadable

    def _exponent_of_function(self) -> Node:
        if self.op("-"):
            self.take()
            return neg(self._expr(self._exponent_of_function()))
        if self.op("{", "("):
            return self._bracketed()
        return self._subscripted()

    def _applied(self, name: str, base: Expr | None) -> Expr:
        if FUNCTIONS.get(name) == 2 and name not in ("log", "root"):
            args = self._arguments()
            return _function(name, args)
        if (
            name in ("log", "lg")
            and base is None
            and self.now.kind == "num"
            and not self.now.spaced
            and self._base_follows()
        ):
            base = Num(self.take().value)  # log2(8), log10 1000
        if name == "log" and base is None and self.op("("):
            args = self._arguments()
            return call("log", args[1], args[0]) if len(args) == 2 else self._bare_log(args[0])
        if name in ("root", "abs", "gcd", "exp", "factorial", "gamma", "floor", "ceil") and self.op("("):
            args = self._arguments()
        else:
            args = [self._argument(name)]
        if name in ("log", "lg", "ln") and base is not None:
            return call("log", base, *args)
        if name == "log":
            return self._bare_log(args[0])
        return call("log", number(10), args[0]) if name == "lg" else _function(name, args)

    def _base_follows(self) -> bool:
        after = self.peek()
        return after.text == "(" or (after.kind == "num" and after.spaced)

    def _bare_log(self, x: Expr) -> Expr:
        return call("log", number(10), x) if self.reading.log_base == "10" else call("ln", x)

    def _arguments(self) -> list[Expr]:
        closer = _CLOSERS.get(self.now.text)
        if not self.op("(", "{", "[") or closer is None:
            return [self._argument("")]
        self.take()
        self.deeper()
        bars, self.bars = self.bars, 0
        node = self.listing()
        self.expect(closer)
        self.bars = bars
        self.depth -= 1
        items = node.items if isinstance(node, Group) and node.kind == "list" else (node,)
        return [self._expr(item) for item in items]

    def _argument(self, name: str) -> Expr:
        """What a function is applied to: a bracket, or the product that follows up to the next function or sign."""
        self.deeper()
        if self.op("(", "[", "{"):
            node = self._expr(self._bracketed())
            self.depth -= 1
            return node  # sin(x)^2 is the square of the sine: the caller sees the power
        if self.now.kind == "func" and self.now.text not in ("sqrt", "cbrt"):
            inner = self._expr(self._function())
            self.depth -= 1
            return inner
        node = self._expr(self.signed() if self.op("-", "+") else self.powered())
        while self._continues_argument():
            if self.op("*"):
                self.take()
            node = mul_plain(node, self._expr(self.powered()))
        while self.reading.wide_argument and self.op("/") and not self.now.spaced and not self.peek().spaced:
            self.take()
            node = divide(node, self._expr(self.powered()))
        self.depth -= 1
        return node

    def _continues_argument(self) -> bool:
        return self.now.kind in ("num", "name", "const", "vulgar") or self.now.text in ("sqrt", "cbrt", "frac")

    def _root(self) -> Expr:
        degree: Expr = number(2)
        if self.op("["):
            self.take()
            inner = self._expr(self.sum())
            self.expect("]")
            degree = inner
        if self.op("(", "{"):
            body = self._expr(self._bracketed())
        elif self.now.kind == "num":
            token = self.take()
            body = Num(token.value, token.digits)
        else:
            body = self._expr(self.primary())
        return Pow(body, HALF) if degree == number(2) else call("root", degree, body)

    def _command(self) -> Node:
        name = self.take().text
        if name == "frac":
            return divide(self._braced(), self._braced())
        if name == "sqrt":
            return self._root()
        if name in ("binom", "choose"):
            return call("choose", self._braced(), self._braced())
        if name == "boxed":
            return self._bracketed()
        if name == "begin":
            return self._environment()
        if name in ("sum", "prod"):
            return self._series(name)
        if name == "emptyset":
            return Words("none")
        if name == "reals" or name == "R":
            return Words("all")
        if name == "currency":
            return self.primary()
        raise Unreadable(self._unknown(name))

    def _series(self, name: str) -> Expr:
        """A sum or product from one whole number to another, written out."""
        self.expect("_")
        start = self._bracketed()
        self.expect("^")
        end = self._expr(self._bracketed() if self.op("{") else self.primary())
        match start, end:
            case Rel("=", Sym(index), Num(low)), Num(high) if low.denominator == high.denominator == 1:
                if not 0 <= high - low < SERIES_MAX:
                    raise Unreadable("this has too many terms to write out")
                body = self._expr(self.term())
                if sum(1 for _ in walk(body)) * (high - low + 1) > NODES_MAX:
                    raise Unreadable("this is too long to be one answer")
                terms = [substitute(body, index, Num(Fraction(k))) for k in range(int(low), int(high) + 1)]
                return add(*terms) if name == "sum" else mul(*terms)
        raise Unreadable("I can read a sum only when it runs from one number to another")

    @staticmethod
    def _unknown(name: str) -> str:
        name = name.split(":")[-1]
        return f"I do not know '{name}'" if len(name) < 30 else "I cannot read this"

    def _braced(self) -> Expr:
        """A LaTeX argument: braces, or the one digit or sign that follows."""
        if self.op("{"):
            return self._expr(self._bracketed())
        token = self.now
        if token.kind == "num" and len(token.text) > 1 and token.text.isdigit():
            self.tokens[self.at] = Token("num", token.text[1:], False, Fraction(token.text[1:]))
            return number(int(token.text[0]))
        return self._expr(self.primary())

    def _bracketed(self) -> Node:
        opener = self.now.text
        if opener == "|":
            return self._absolute()
        if opener not in _CLOSERS:
            raise Unreadable(f"I did not expect '{opener}' here" if self.now.kind == "op" else None)
        self.take()
        self.deeper()
        if self.op(_CLOSERS[opener]) and opener != "(":
            self.take()
            self.depth -= 1
            if opener in ("{", "\\{"):
                return Words("none")
            raise Unreadable("the brackets are empty")
        if opener in ("{", "\\{") and self.now.kind == "name" and self.peek().text in ("|", ":"):
            self.at += 2  # {x | x > 2}
        bars, self.bars = self.bars, 0
        self.angles += opener == "<"
        node = self.listing()
        self.angles -= opener == "<"
        self.bars = bars
        self.depth -= 1
        return self._close(opener, node)

    def _absolute(self) -> Expr:
        self.take()
        self.deeper()
        self.bars += 1
        inner = self.sum()
        self.expect("|")
        self.bars -= 1
        self.depth -= 1
        return length(inner) if is_array(inner) else call("abs", self._expr(inner))

    def _close(self, opener: str, node: Node) -> Node:
        closer = self.take().text
        if opener in ("(", "[") and closer in (")", "]", "["):
            return self._pair(opener, closer, node)
        if closer != _CLOSERS[opener]:
            raise Unreadable(f"a '{_CLOSERS[opener]}' is missing")
        if opener == "\\{" or (opener == "{" and not is_expr(node)):
            return Group("set", _items(node)) if not isinstance(node, Rel | Logic) else node
        if opener in ("<", "<("):
            return Group("vector", _items(node))
        return node

    def _pair(self, opener: str, closer: str, node: Node) -> Node:
        items = _items(node)
        if isinstance(node, Matrix):
            return node
        if not isinstance(node, Group) or node.kind != "list":
            if opener == "(" and closer == ")":
                return node
            if opener == "[" and closer == "]":
                return Group("bracket", items) if not is_expr(node) else node
            raise Unreadable("the brackets do not match")
        if (
            len(items) == 2
            and is_expr(items[0])
            and is_expr(items[1])
            and (opener, closer) not in (("(", ")"), ("[", "]"))
        ):
            return Interval(self._expr(items[0]), self._expr(items[1]), opener == "[", closer == "]")
        if (opener, closer) == ("(", ")"):
            return Group("tuple", items)
        if (opener, closer) == ("[", "]"):
            return _as_matrix(items) or Group("bracket", items)
        raise Unreadable("the brackets do not match")

    def _environment(self) -> Node:
        name = self._environment_name()
        if name == "array" and self.op("{"):
            while not self.op("}"):
                if self.take().kind == "end":
                    raise Unreadable
            self.take()
        rows: list[list[Node]] = [[]]
        while not self.cmd("end"):
            if self.op("\\\\"):
                self.take()
                rows.append([])
            elif self.op("&"):
                self.take()
            elif self.now.kind == "end":
                raise Unreadable("the matrix is not closed")
            else:
                rows[-1].append(self.disjunction())
                if self.op(","):
                    self.take()
        self.take()
        self._environment_name()
        return _environment(name, [row for row in rows if row])

    def _environment_name(self) -> str:
        self.expect("{")
        letters = []
        while not self.op("}"):
            if self.now.kind == "end":
                raise Unreadable
            letters.append(self.take().text)
        self.take()
        return "".join(letters)


DEGREE: Expr = Mul((Const("pi"), Num(Fraction(1, 180))))


def add_plain(terms: list[Expr]) -> Expr:
    """A sum as it was written: zeros stay, so that forms can be judged."""
    flat: list[Expr] = []
    for term in terms:
        flat.extend(term.terms if isinstance(term, Add) and term is terms[0] else (term,))
    return Add(tuple(flat))


def mul_plain(a: Expr, b: Expr) -> Expr:
    left = a.factors if isinstance(a, Mul) else (a,)
    right = b.factors if isinstance(b, Mul) else (b,)
    return Mul((*left, *right))


def divide(a: Expr, b: Expr) -> Expr:
    if isinstance(a, Num) and isinstance(b, Num) and b.value == 0:
        return Mul((a, Pow(b, MINUS_ONE)))
    if a == ONE:
        return Pow(b, MINUS_ONE)
    return mul_plain(a, Pow(b, MINUS_ONE))


def _is_proper(node: Node) -> bool:
    match node:
        case Mul((Num(top), Pow(Num(bottom), Num(minus)))):
            return minus == -1 and top.denominator == bottom.denominator == 1 and 0 < top < bottom
        case Pow(Num(bottom), Num(minus)):
            return minus == -1 and bottom.denominator == 1 and bottom > 1
        case _:
            return False


def _function(name: str, args: list[Expr]) -> Expr:
    if name == "exp" and len(args) == 1:
        return power(E, args[0])
    if name == "sqrt":
        return Pow(args[0], HALF)
    if len(args) != FUNCTIONS.get(name):
        raise Unreadable(f"{name} takes another number of arguments")
    return Call(name, tuple(args))


def _items(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, Group) and node.kind == "list" else (node,)


def _as_matrix(items: tuple[Node, ...]) -> Matrix | None:
    rows = []
    for item in items:
        if not isinstance(item, Group) or item.kind not in ("bracket", "tuple") or not all(map(is_expr, item.items)):
            return None
        rows.append(item.items)
    if len({len(r) for r in rows}) != 1:
        return None
    return Matrix(tuple(rows))  # type: ignore[arg-type]


def _environment(name: str, rows: list[list[Node]]) -> Node:
    if name in ("cases", "aligned", "align", "align*", "gathered"):
        return Group("list", tuple(cell for row in rows for cell in row))
    if not rows or len({len(r) for r in rows}) != 1 or not all(is_expr(c) for r in rows for c in r):
        raise Unreadable("the rows of this matrix do not have the same length")
    matrix = Matrix(tuple(tuple(r) for r in rows))  # type: ignore[arg-type]
    return _determinant(matrix.rows) if name == "vmatrix" else matrix


def _determinant(rows: tuple[tuple[Expr, ...], ...]) -> Expr:
    if len(rows) != len(rows[0]) or len(rows) > 4:
        raise Unreadable("only a small square determinant can be worked out")
    if len(rows) == 1:
        return rows[0][0]
    minors = (tuple(r[:j] + r[j + 1 :] for r in rows[1:]) for j in range(len(rows)))
    return add(*(mul(Num(Fraction((-1) ** j)), rows[0][j], _determinant(m)) for j, m in enumerate(minors)))


def _chain(signs: list[str], sides: list[Node]) -> Node:
    """a < b < c is a < b and b < c; x = 1/3 ~ 0.33 keeps what is exact; x = 1 + 1 = 2 keeps the last."""
    if signs[0] == "in" and len(sides) == 2:
        return sides[1]
    if "in" in signs:
        raise Unreadable
    if "~" in signs and signs[0] != "~":
        cut = signs.index("~")
        signs, sides = signs[:cut], sides[: cut + 1]
    signs = ["=" if s == "~" else s for s in signs]
    if len(signs) > 1 and all(s == "=" for s in signs):
        return Rel("=", sides[0], sides[-1])
    links = tuple(Rel(s, a, b) for s, a, b in zip(signs, sides, sides[1:], strict=False))  # type: ignore[arg-type]
    return links[0] if len(links) == 1 else Logic("and", links)
