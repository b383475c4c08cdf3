"""Units of measure: a quantity's number apart from its unit, as a scale and a dimension in SI."""

import re
from dataclasses import dataclass
from fractions import Fraction

from cas.tokens import clean

F = Fraction
Dimension = tuple[int, ...]  # exponents of metre, kilogram, second, ampere, kelvin, mole, money, angle
NONE: Dimension = (0,) * 8


@dataclass(frozen=True, slots=True)
class Unit:
    """`scale` converts to SI; `wordy` says that it cannot be taken for a product of letters."""

    scale: Fraction
    dimension: Dimension
    wordy: bool = False


def _unit(scale: int | Fraction | str, **powers: int) -> Unit:
    order = ("m", "kg", "s", "A", "K", "mol", "money", "angle")
    return Unit(F(scale), tuple(powers.get(n, 0) for n in order))


_METRE, _GRAM, _SECOND, _LITRE = _unit(1, m=1), _unit(F(1, 1000), kg=1), _unit(1, s=1), _unit(F(1, 1000), m=3)
_JOULE, _WATT = _unit(1, kg=1, m=2, s=-2), _unit(1, kg=1, m=2, s=-3)
_PREFIXABLE = {
    "m": _METRE, "g": _GRAM, "s": _SECOND, "A": _unit(1, A=1), "K": _unit(1, K=1), "mol": _unit(1, mol=1),
    "N": _unit(1, kg=1, m=1, s=-2), "J": _JOULE, "W": _WATT, "Pa": _unit(1, kg=1, m=-1, s=-2), "Hz": _unit(1, s=-1),
    "C": _unit(1, A=1, s=1), "V": _unit(1, kg=1, m=2, s=-3, A=-1), "F": _unit(1, kg=-1, m=-2, s=4, A=2),
    "T": _unit(1, kg=1, s=-2, A=-1), "Wb": _unit(1, kg=1, m=2, s=-2, A=-1), "Ohm": _unit(1, kg=1, m=2, s=-3, A=-2),
    "ohm": _unit(1, kg=1, m=2, s=-3, A=-2), "l": _LITRE, "L": _LITRE, "Wh": _unit(3600, kg=1, m=2, s=-2),
    "eV": _unit(F(1602176634, 10**28), kg=1, m=2, s=-2), "bar": _unit(100_000, kg=1, m=-1, s=-2), "Bq": _unit(1, s=-1),
}  # fmt: skip
_PREFIXES = {"k": 3, "M": 6, "G": 9, "T": 12, "c": -2, "d": -1, "m": -3, "u": -6, "µ": -6, "n": -9, "p": -12, "h": 2}
_WORDS_PREFIXABLE = {
    "metre": _METRE, "meter": _METRE, "gram": _GRAM, "gramme": _GRAM, "second": _SECOND, "litre": _LITRE, "liter": _LITRE,
    "joule": _JOULE, "watt": _WATT, "newton": _PREFIXABLE["N"], "pascal": _PREFIXABLE["Pa"], "hertz": _PREFIXABLE["Hz"],
    "volt": _PREFIXABLE["V"], "amp": _PREFIXABLE["A"], "ampere": _PREFIXABLE["A"], "mole": _PREFIXABLE["mol"],
    "coulomb": _PREFIXABLE["C"], "kelvin": _PREFIXABLE["K"],
}  # fmt: skip
_WORD_PREFIXES = {"kilo": 3, "mega": 6, "giga": 9, "centi": -2, "milli": -3, "micro": -6, "nano": -9, "deci": -1}
_OTHERS = {
    "h": _unit(3600, s=1), "hr": _unit(3600, s=1), "hrs": _unit(3600, s=1), "hour": _unit(3600, s=1),
    "min": _unit(60, s=1), "mins": _unit(60, s=1), "minute": _unit(60, s=1), "sec": _SECOND, "secs": _SECOND,
    "day": _unit(86_400, s=1), "week": _unit(604_800, s=1), "year": _unit(31_557_600, s=1), "t": _unit(1000, kg=1),
    "tonne": _unit(1000, kg=1), "mph": _unit(F("0.44704"), m=1, s=-1), "kph": _unit(F(1000, 3600), m=1, s=-1),
    "kmh": _unit(F(1000, 3600), m=1, s=-1), "mile": _unit(F("1609.344"), m=1), "inch": _unit(F("0.0254"), m=1),
    "inches": _unit(F("0.0254"), m=1), "ft": _unit(F("0.3048"), m=1), "foot": _unit(F("0.3048"), m=1),
    "feet": _unit(F("0.3048"), m=1), "yard": _unit(F("0.9144"), m=1), "yd": _unit(F("0.9144"), m=1),
    "lb": _unit(F("0.45359237"), kg=1), "pound": _unit(F("0.45359237"), kg=1), "oz": _unit(F("0.028349523125"), kg=1),
    "ounce": _unit(F("0.028349523125"), kg=1), "hectare": _unit(10_000, m=2), "ha": _unit(10_000, m=2),
    "atm": _unit(101_325, kg=1, m=-1, s=-2), "rad": _unit(1, angle=1), "radian": _unit(1, angle=1),
    "dollar": _unit(1, money=1), "euro": _unit(1, money=1), "pence": _unit(F(1, 100), money=1), "cent": _unit(F(1, 100), money=1),
    "p": _unit(F(1, 100), money=1),
    "unit": _unit(1), "unit squared": _unit(1),
}  # fmt: skip
MONEY = _unit(1, money=1)
_PRICE = re.compile(r"\s*(?:\\?\$|[£€])\s*(\d[\d,]*(?:\.\d+)?)\s*")
_SPLIT_SECONDS = re.compile(r"\bms(?=\s*\^\s*\(?-)")  # ms^-1 is metres per second, as schools write it
_PIECE = re.compile(r"\s*(?:(per\b)|([A-Za-zµ°]+)|(\^?\s*\(?\s*([+-]?\d+)\s*\)?)|([*/·()]))")
_SHAPES = {"square": 2, "sq": 2, "cubic": 3, "squared": 2, "cubed": 3}


def split(text: str) -> tuple[str, Unit] | None:
    """The text of the number and its unit, or None when the text does not end in a unit behind a number."""
    if found := _PRICE.fullmatch(text):
        return found[1], MONEY
    plain = _plain(text)
    for found in re.finditer(r"(?<![A-Za-z\\^_{(])(?:[A-Za-zµ])", plain):
        head, tail = plain[: found.start()], plain[found.start() :]
        if not re.search(r"[\d)}\]]\s*[*/·]?\s*$", head):
            continue
        inverse = bool(re.search(r"/\s*$", head))
        unit = read(("1/" if inverse else "") + tail)
        if unit is not None:
            return re.sub(r"[\s*/·]+$", "", head), Unit(unit.scale, unit.dimension, unit.wordy or head.endswith(" "))
    return None


def _plain(text: str) -> str:
    text = clean(text).replace(r"\cdot", "*").replace(r"\times", " * ").replace(r"\mu ", "µ").replace("$", " ")
    text = re.sub(r"\^\{\s*([+-]?\d+)\s*\}", r"^\1", text.replace(r"\Omega ", "Ohm"))
    text = re.sub(r"\\(?:text|textbf|textrm|mathrm|textit|mathbf|operatorname|mbox)\s*\{([^{}]*)\}", r" \1 ", text)
    return re.sub(r"\\[,;:! ]", " ", text).strip().rstrip(".")


def read(text: str) -> Unit | None:
    """The unit that a text such as m/s^2, kg m s^-2 or square metres per hour names."""
    text = _SPLIT_SECONDS.sub("m s", text.strip())
    scale, dimension, wordy = F(1), list(NONE), False
    at, sign, shape, last = 0, 1, 1, None
    while at < len(text):
        found = _PIECE.match(text, at)
        if not found:
            return None if text[at:].strip() else Unit(scale, tuple(dimension), wordy)
        at = found.end()
        per, name, power, exponent, op = found.groups()
        if per or op == "/":
            sign, last = -1, None
        elif op:
            last = None
        elif name and name.lower() in _SHAPES:
            extra = _SHAPES[name.lower()]
            if last is None:
                shape = extra
            else:
                scale, dimension = _times(scale, dimension, last[0], last[1] * (extra - 1))
        elif name:
            unit = _named(name)
            if unit is None:
                return None
            last, wordy = (unit, sign * shape), wordy or len(name) > 1
            scale, dimension = _times(scale, dimension, unit, sign * shape)
            sign, shape = 1, 1
        elif power and last is not None:
            if abs(int(exponent)) > 9:
                return None
            scale, dimension = _times(scale, dimension, last[0], last[1] * (int(exponent) - 1))
            last = None
        elif exponent != "1" or last is not None:
            return None
    return Unit(scale, tuple(dimension), wordy)


def _times(scale: Fraction, dimension: list[int], unit: Unit, power: int) -> tuple[Fraction, list[int]]:
    return scale * unit.scale**power, [a + b * power for a, b in zip(dimension, unit.dimension, strict=True)]


def _named(name: str) -> Unit | None:
    if name in _PREFIXABLE:
        return _PREFIXABLE[name]
    if name in _OTHERS:
        return _OTHERS[name]
    if name[1:] in _PREFIXABLE and name[0] in _PREFIXES:
        return _scaled(_PREFIXABLE[name[1:]], _PREFIXES[name[0]])
    word = name.lower()
    single = word.removesuffix("s") if word not in _OTHERS and word != "hertz" else word
    if single in _WORDS_PREFIXABLE:
        return _WORDS_PREFIXABLE[single]
    if single in _OTHERS and len(single) > 2:
        return _OTHERS[single]
    for prefix, power in _WORD_PREFIXES.items():
        if single.startswith(prefix) and single.removeprefix(prefix) in _WORDS_PREFIXABLE:
            return _scaled(_WORDS_PREFIXABLE[single.removeprefix(prefix)], power)
    return None


def _scaled(unit: Unit, power: int) -> Unit:
    return Unit(unit.scale * F(10) ** power, unit.dimension)
