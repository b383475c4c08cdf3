"""A student's text cut into tokens: plain text, LaTeX and Unicode signs all end as the same few kinds."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from core.errors import Invalid

CHARS_MAX = 2_000
TOKENS_MAX = 700
DIGITS_MAX = 400
EXPONENT_MAX = 1_000


class Unreadable(Invalid):
    """This is not mathematics that can be read."""


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is num, name, func, const, word, cmd or op; `spaced` says that white space stood before it."""

    kind: Literal["num", "name", "func", "const", "word", "cmd", "op", "vulgar", "end"]
    text: str
    spaced: bool = False
    value: Fraction = Fraction(0)
    digits: int = 0


Comma = Literal["thousands", "decimal", "list"]

FUNCTION_NAMES = {
    **{n: n for n in ("sin", "cos", "tan", "sec", "csc", "cot", "sinh", "cosh", "tanh", "sech", "csch", "coth")},
    **{n: n for n in ("asin", "acos", "atan", "asec", "acsc", "acot", "asinh", "acosh", "atanh", "ln", "exp", "abs")},
    **{n: n for n in ("log", "sqrt", "cbrt", "root", "floor", "gamma", "gcd", "lcm", "factorial")},
    **{"arc" + n: "a" + n for n in ("sin", "cos", "tan", "sec", "csc", "cot", "sinh", "cosh", "tanh")},
    **{"ar" + n: "a" + n for n in ("sinh", "cosh", "tanh", "sech", "csch", "coth")},
    "cosec": "csc", "cosech": "csch", "arccosec": "acsc", "cotan": "cot", "tg": "tan", "arctg": "atan", "lg": "lg",
    "ceil": "ceil", "ceiling": "ceil", "sgn": "sign", "ncr": "choose", "ncR": "choose", "nCr": "choose",
    "nPr": "permute", "npr": "permute", "binomial": "choose", "binom": "choose", "comb": "choose",
    "Re": "re", "Im": "im", "conj": "conj", "arcsech": "asech", "arccsch": "acsch", "arccoth": "acoth",
}  # fmt: skip
_ONLY_BEFORE_BRACKET = {
    "re",
    "im",
    "root",
    "comb",
    "conj",
    "tg",
    "gamma",
    "floor",
    "ceil",
    "ceiling",
    "gcd",
    "lcm",
    "lg",
}
_ANYWHERE = sorted((n for n in FUNCTION_NAMES if n not in _ONLY_BEFORE_BRACKET), key=len, reverse=True)

GREEK = {
    "alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "vartheta", "iota", "kappa",
    "lambda", "mu", "nu", "xi", "rho", "sigma", "tau", "upsilon", "phi", "varphi", "chi", "psi", "omega", "Gamma",
    "Delta", "Theta", "Lambda", "Xi", "Sigma", "Upsilon", "Phi", "Psi", "Omega", "ell",
}  # fmt: skip
_GREEK_INSIDE = ("theta", "alpha", "beta", "lambda", "omega", "sigma", "delta", "phi", "rho", "tau", "pi")
_WORDS = {
    "or",
    "and",
    "not",
    "union",
    "intersection",
    "intersect",
    "in",
    "degrees",
    "degree",
    "deg",
    "radians",
    "rad",
    "to",
    "over",
}
_INFINITY = {"inf", "infinity", "oo"}

_SIGNS = {
    "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "﹣": "-", "×": r"\times ", "✕": r"\times ", "·": r"\cdot ",
    "⋅": r"\cdot ", "∙": r"\cdot ", "•": r"\cdot ", "∗": "*", "÷": "/", "∕": "/", "⁄": "/", "≤": "<=", "⩽": "<=", "≥": ">=",
    "⩾": ">=", "≠": "!=", "≈": r"\approx ", "≅": r"\approx ", "π": r"\pi ", "√": r"\sqrt ", "∛": r"\cbrt ", "∞": r"\infty ",
    "±": r"\pm ", "∓": r"\mp ", "∪": r"\cup ", "∩": r"\cap ", "∈": r"\in ", "∅": r"\emptyset ", "ø": r"\emptyset ",
    "°": r"\degree ", "º": r"\degree ", "ℝ": r"\reals ", "∧": r"\land ", "∨": r"\lor ", "¬": r"\lnot ", "′": "'", "’": "'",
    "⟨": "<", "⟩": ">", "〈": "<", "〉": ">", "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2002": " ", "\u2003": " ",
    "\u200b": "", "\u2060": "", "\ufeff": "", "∣": "|", "（": "(", "）": ")", "，": ",", "＝": "=", "＋": "+", "－": "-",
    "“": '"', "”": '"', "…": r"\ldots ", "\u2061": "", "\u2062": "*", "µ": r"\mu ", "ⅈ": "i", "ⅇ": "e", "⟹": r"\implies ",
    "⇒": r"\implies ", "→": r"\implies ", "⇔": r"\implies ", "∴": r"\therefore ", "〖": "(", "〗": ")",
}  # fmt: skip
_GREEK_LETTERS = dict(zip("αβγδεζηθικλμνξρστυφχψω", (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
    "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega"), strict=True)) | {"Δ": "Delta", "Ω": "Omega", "Σ": "Sigma", "ϕ": "phi", "ϑ": "theta"}  # fmt: skip
_VULGAR = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5), "⅘": (4, 5),
    "⅙": (1, 6), "⅚": (5, 6), "⅐": (1, 7), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8), "⅑": (1, 9), "⅒": (1, 10),
}  # fmt: skip
_SUPER = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱˣʸᵗᵏᵃᵇᵐ", "0123456789+-=()nixytkabm", strict=True)) | {"ᐟ": "/", "ᐧ": "."}
_SUB = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋ₙₐₓ", "0123456789+-nax", strict=True))

_COMMAND_SIGNS = {
    "cdot": "*", "times": "*", "ast": "*", "bullet": "*", "div": "/", "le": "<=", "leq": "<=", "leqslant": "<=", "ge": ">=",
    "geq": ">=", "geqslant": ">=", "lt": "<", "gt": ">", "ne": "!=", "neq": "!=", "approx": "~", "simeq": "~", "pm": "+-",
    "mp": "-+", "lbrace": "{", "rbrace": "}", "langle": "<(", "rangle": ")>", "vert": "|", "mid": "|", "lvert": "|",
    "rvert": "|", "lbrack": "[", "rbrack": "]", "equiv": "=", "cup": "cup", "cap": "cap", "in": "in", "backslash": "setminus",
    "setminus": "setminus", "colon": ":", "implies": "=>", "Rightarrow": "=>", "therefore": "=>", "Leftrightarrow": "=>", "iff": "=>", "to": "=>", "rightarrow": "=>",
}  # fmt: skip
_COMMAND_WORDS = {"land": "and", "wedge": "and", "lor": "or", "vee": "or", "lnot": "not", "neg": "not"}
_SILENT = {
    "left", "right", "displaystyle", "textstyle", "limits", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr",
    "quad", "qquad", "mathstrut", "strut", "nonumber", "hfill", "middle", "hspace", "phantom",
}  # fmt: skip
_FONTS = {"mathrm", "mathbf", "mathit", "mathsf", "boldsymbol", "bm", "operatorname", "vec", "overrightarrow", "overline", "hat", "mathbb", "mathcal", "tilde", "underline", "ensuremath"}  # fmt: skip
_TEXT_FONTS = {"text", "textbf", "textit", "textrm", "mbox", "hbox", "texttt", "textsf"}

_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)")
_SCIENCE = re.compile(r"[eE]([+-]?\d+)(?![\d.]|[a-zA-Z])")
_THOUSANDS = re.compile(r"\d{1,3}(?:(?:,|,\\!\s?|\\,|\{,\})\d{3})+(?!\d)(?:\.\d+)?")
_SPACED_THOUSANDS = re.compile(r"\d{1,3}(?:(?: |\\,|\\ |~)\d{3})+(?!\d)(?:\.\d+)?")
_DECIMAL_COMMA = re.compile(r"\d+(?:,|\{,\})\d+(?![,\d])")
_BRACED_LETTERS = re.compile(r"\s*\{\s*([A-Za-z]+)\s*\}")
_COMMAND = re.compile(r"\\([a-zA-Z]+)\*?(?: (?=[^\d\s]))?")  # the space that ends a command is no space
_BRACED = re.compile(r"\s*\{([^{}]*)\}")
_VULGAR_DIGITS = re.compile(r"(\d)_(\d{1,2}) ")
_LETTERS = re.compile(r"[a-zA-Z]+")
_OPERATORS = ("+/-", "-/+", "+-", "-+", "<=", ">=", "=<", "=>", "!=", "/=", "<>", "==", "**", "&&", "\\\\")
_SINGLE = set("+-*/^=<>()[]{}|,;:!_&%'~")


def clean(text: str) -> str:
    """Unicode signs, superscripts and fractions put as plain text or LaTeX commands."""
    out: list[str] = []
    open_run = ""
    for ch in text:
        run = "^" if ch in _SUPER else "_" if ch in _SUB else ""
        if run != open_run:
            out.append("}" if open_run else "")
            out.append(run + "{" if run else "")
            open_run = run
        out.append(_plain(ch))
    out.append("}" if open_run else "")
    return re.sub(r"\{\}\s*\^", "^", "".join(out))


def _plain(ch: str) -> str:
    if ch in _SUPER:
        return _SUPER[ch]
    if ch in _SUB:
        return _SUB[ch]
    if ch in _VULGAR:
        top, bottom = _VULGAR[ch]
        return rf"\vulgar{top}_{bottom} "
    if ch in _GREEK_LETTERS:
        return f"\\{_GREEK_LETTERS[ch]} "
    if "！" <= ch <= "～":  # full-width forms of ASCII
        return chr(ord(ch) - 0xFEE0)
    return _SIGNS.get(ch, ch)


def tokenize(text: str, comma: Comma = "list") -> list[Token]:
    """The tokens of cleaned text, an `end` token last. Raises Unreadable."""
    if len(text) > CHARS_MAX:
        raise Unreadable("this is too long to be one answer")
    return _Scanner(text, comma).run()


class _Scanner:
    def __init__(self, text: str, comma: Comma) -> None:
        self.text = text
        self.comma = comma
        self.at = 0
        self.spaced = False
        self.tokens: list[Token] = []

    def run(self) -> list[Token]:
        while self.at < len(self.text):
            if len(self.tokens) > TOKENS_MAX:
                raise Unreadable("this is too long to be one answer")
            self._next()
        self._put("end", "")
        return self.tokens

    def _put(self, kind: str, text: str, value: Fraction = Fraction(0), digits: int = 0) -> None:
        self.tokens.append(Token(kind, text, self.spaced, value, digits))  # type: ignore[arg-type]
        self.spaced = False

    def _next(self) -> None:
        ch = self.text[self.at]
        if ch.isspace():
            self.at += 1
            self.spaced = True
        elif (ch.isascii() and ch.isdigit()) or (ch == "." and self.text[self.at + 1 : self.at + 2].isdigit()):
            self._number()
        elif ch.isascii() and ch.isalpha():
            self._letters()
        elif ch == "\\":
            self._command()
        else:
            self._operator(ch)

    def _operator(self, ch: str) -> None:
        for sign in _OPERATORS:
            if self.text.startswith(sign, self.at):
                self.at += len(sign)
                return self._put("op", {"+/-": "+-", "-/+": "-+", "=<": "<=", "==": "=", "**": "^", "/=": "!=", "<>": "!=",
                                        "&&": "and"}.get(sign, sign))  # fmt: skip
        if ch == "$" or ch in "£€¥":
            self.at += 1
            return self._put("cmd", "currency")
        if ch == "." and self.text[self.at + 1 :].strip(" .$)") == "":
            self.at += 1  # the full stop of a sentence
            return None
        if ch not in _SINGLE:
            raise Unreadable(f"I cannot read the sign {ch!r} here" if ch.isprintable() else None)
        self.at += 1
        return self._put("op", ch)

    def _number(self) -> None:
        for pattern, wanted in (
            (_THOUSANDS, "thousands"),
            (_SPACED_THOUSANDS, "thousands"),
            (_DECIMAL_COMMA, "decimal"),
        ):
            found = pattern.match(self.text, self.at) if self.comma == wanted else None
            if found:
                self.at = found.end()
                raw = re.sub(r"[^\d.,]", "", found[0])
                return self._literal(raw.replace(",", "." if wanted == "decimal" else ""))
        found = _NUMBER.match(self.text, self.at)
        assert found is not None
        raw = found[0]
        if raw.endswith(".") and self.text[found.end() : found.end() + 1] == ".":
            raise Unreadable("two dots stand side by side")
        self.at = found.end()
        return self._literal(raw)

    def _literal(self, raw: str) -> None:
        if len(raw) > DIGITS_MAX:
            raise Unreadable("a number here has too many digits")
        value = Fraction(raw if not raw.endswith(".") else raw[:-1])
        digits = len(raw.replace(".", "").lstrip("0")) if "." in raw[:-1] else 0
        found = _SCIENCE.match(self.text, self.at)
        if found:
            exponent = int(found[1][:6])
            if abs(exponent) > EXPONENT_MAX:
                raise Unreadable("a number here is too large")
            self.at = found.end()
            value *= Fraction(10) ** exponent
        self._put("num", raw, value, digits)

    def _letters(self) -> None:
        found = _LETTERS.match(self.text, self.at)
        assert found is not None
        self.at = found.end()
        self._run(found[0])

    def _run(self, run: str) -> None:
        following = self.text[self.at :].lstrip()[:1]
        if run.lower() in _WORDS and not (run == "in" and following == "("):
            return self._put("word", run.lower())
        if run.lower() in _INFINITY:
            return self._put("const", "inf")
        if run in GREEK and not (run == "gamma" and following == "("):
            return self._put("name", run)
        if run in FUNCTION_NAMES and (run not in _ONLY_BEFORE_BRACKET or following == "(" or run == "lg"):
            return self._put("func", FUNCTION_NAMES[run])
        if run.lower() in FUNCTION_NAMES and len(run) > 2 and run.lower() not in _ONLY_BEFORE_BRACKET:
            return self._put("func", FUNCTION_NAMES[run.lower()])
        return self._split(run)

    def _split(self, run: str) -> None:
        """Letters that stand side by side: functions and Greek names are found, all others are one-letter names."""
        at = 0
        while at < len(run):
            name = next((n for n in _ANYWHERE if run.startswith(n, at)), None)
            greek = next((n for n in _GREEK_INSIDE if run.startswith(n, at)), None)
            if name and not (name == "ln" and greek):
                self._put("func", FUNCTION_NAMES[name])
                at += len(name)
            elif greek:
                self._put("const" if greek == "pi" else "name", greek)
                at += len(greek)
            else:
                self._put("const" if run[at] in "ei" else "name", run[at])
                at += 1

    def _command(self) -> None:
        found = _COMMAND.match(self.text, self.at)
        if not found:
            return self._escaped(self.text[self.at + 1 : self.at + 2])
        name = found[1]
        self.at = found.end()
        if name == "vulgar":
            return self._vulgar()
        if name in _TEXT_FONTS:
            return self._text(name)
        upright = _BRACED_LETTERS.match(self.text, self.at) if name in _FONTS else None
        if upright:
            self.at = upright.end()
            return self._run(upright[1])
        if name in _SILENT or name in _FONTS:
            self.spaced = True
            return None
        return self._named(name)

    def _named(self, name: str) -> None:
        if name in _COMMAND_SIGNS:
            sign = _COMMAND_SIGNS[name]
            return self._put("op", sign)
        if name in _COMMAND_WORDS:
            return self._put("word", _COMMAND_WORDS[name])
        if name in ("pi", "infty"):
            return self._put("const", "pi" if name == "pi" else "inf")
        if name in FUNCTION_NAMES and name not in ("binom", "gamma"):
            return self._put("func", FUNCTION_NAMES[name])
        if name in GREEK:
            return self._put("name", name.removeprefix("var"))
        return self._put("cmd", {"dfrac": "frac", "tfrac": "frac", "cfrac": "frac", "dbinom": "binom", "tbinom": "binom",
                                 "fbox": "boxed", "circ": "degree", "varnothing": "emptyset"}.get(name, name))  # fmt: skip

    def _escaped(self, ch: str) -> None:
        self.at += 2
        if ch in "{}":
            self._put("op", "\\" + ch)
        elif ch == "%":
            self._put("op", "%")
        elif ch == "$":
            self._put("cmd", "currency")
        elif ch == "\\":
            self._put("op", "\\\\")
        elif ch == "|":
            self._put("op", "|")
        elif ch in ",;:! >" or ch.isspace():
            self.spaced = True
        else:
            raise Unreadable

    def _vulgar(self) -> None:
        found = _VULGAR_DIGITS.match(self.text, self.at)
        if not found:
            raise Unreadable
        self.at = found.end()
        self._put("vulgar", "", Fraction(int(found[1]), int(found[2])))

    def _text(self, name: str) -> None:
        """`\\text{ or }` is a word of the language or, for one letter, its name; any other text is left for units."""
        found = _BRACED.match(self.text, self.at)
        if not found:
            raise Unreadable(f"\\{name} needs braces")
        self.at = found.end()
        words = found[1].strip()
        if words.lower() in _WORDS:
            self._put("word", words.lower())
        elif re.fullmatch(r"\(?[A-Za-z]\)?", words):
            self._put("name", words.strip("()"))
        elif words in ("£", "€", "¥", "$"):
            self._put("cmd", "currency")
        elif words:
            self._put("cmd", "text:" + words)
