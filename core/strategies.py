"""What inputs a property is tried on, as an author writes them: read as data, drawn by a seed, made simpler on failure.

A strategy is one of
  integers(low, high)   floats(low, high)   booleans()   text("abc", max=8, min=0)
  lists(of, max=8, min=0, unique=False, ordered=False)   dicts(keys, values, max=5)   tuples(of, of, ...)
  one_of(of, of, ...)   or a literal, which stands for itself
and of two values the simpler one is nearer to 0, shorter, of letters earlier in the alphabet, from an earlier choice.
"""

import ast
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from random import Random
from typing import Any, Protocol

from core.errors import Invalid

_SOURCE_MAX = 2_000
_SIZE_MAX = 200
_TRIES = 20  # at a value not seen before
_STEPS_MAX = 1_000


class Strategy(Protocol):
    """A set of values with an order of simplicity."""

    def simplest(self) -> Any: ...

    def draw(self, random: Random) -> Any: ...

    def has(self, value: Any) -> bool: ...

    def simpler(self, value: Any) -> Iterator[Any]:
        """Values one step simpler, the simplest first."""
        ...


def read(source: str) -> Strategy:
    """Raises Invalid with what is wrong. Nothing is evaluated."""
    if len(source) > _SOURCE_MAX:
        raise Invalid("a strategy is too long", chars_max=_SOURCE_MAX)
    try:
        return _build(ast.parse(source.strip(), mode="eval").body)
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError) as error:
        raise Invalid(f"`{source[:80]}` is no strategy: {error}") from error


def draw_cases(strategies: Sequence[Strategy], count: int, seed: str) -> list[tuple[Any, ...]]:
    """Different tuples of arguments, the simplest first; fewer than `count` where there are not so many."""
    random = Random(seed)  # noqa: S311 the same inputs for everyone, and again when a turn is taken up again
    cases = [tuple(one.simplest() for one in strategies)]
    seen = {repr(cases[0])}
    for _ in range(count - 1):
        for _ in range(_TRIES):
            case = tuple(one.draw(random) for one in strategies)
            if repr(case) not in seen:
                seen.add(repr(case))
                cases.append(case)
                break
    return cases


def simpler_cases(strategies: Sequence[Strategy], case: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """The arguments with one of them a step simpler, each in turn."""
    return _one_at_a_time(case, [one.simpler(value) for one, value in zip(strategies, case, strict=True)])


_END = object()


def _one_at_a_time(items: tuple[Any, ...], steps: Sequence[Iterator[Any]]) -> Iterator[tuple[Any, ...]]:
    for round_ in zip_longest(*steps, fillvalue=_END):
        for i, value in enumerate(round_):
            if value is not _END:
                yield (*items[:i], value, *items[i + 1 :])


@dataclass(frozen=True, slots=True)
class _Constant:
    value: Any

    def simplest(self) -> Any:
        return self.value

    def draw(self, random: Random) -> Any:
        return self.value

    def has(self, value: Any) -> bool:
        return type(value) is type(self.value) and bool(value == self.value)

    def simpler(self, value: Any) -> Iterator[Any]:
        return iter(())


@dataclass(frozen=True, slots=True)
class _Integers:
    low: int
    high: int

    def simplest(self) -> int:
        return min(max(0, self.low), self.high)

    def draw(self, random: Random) -> int:
        match random.randrange(4):
            case 0:  # where bugs are: at the ends, and beside what is simplest
                near = self.simplest()
                return self._clip(random.choice((self.low, self.high, self.high - 1, near, near + 1, near - 1)))
            case 1:
                return self._clip(self.simplest() + random.randint(-10, 10))
            case _:
                return random.randint(self.low, self.high)

    def has(self, value: Any) -> bool:
        return type(value) is int and self.low <= value <= self.high

    def simpler(self, value: int) -> Iterator[int]:
        near = self.simplest()
        if value < 0 and self.has(-value):
            yield -value
        step = value - near
        while step:
            yield value - step
            step = int(step / 2) if abs(step) < 2**50 else step // 2

    def _clip(self, value: int) -> int:
        return min(max(value, self.low), self.high)


@dataclass(frozen=True, slots=True)
class _Floats:
    low: float
    high: float

    def simplest(self) -> float:
        return min(max(0.0, self.low), self.high)

    def draw(self, random: Random) -> float:
        match random.randrange(4):
            case 0:
                return random.choice((self.low, self.high, self.simplest()))
            case 1:
                return self._clip(float(round(random.uniform(self.low, self.high))))
            case _:
                return self._clip(round(random.uniform(self.low, self.high), random.choice((1, 2, 6))))

    def has(self, value: Any) -> bool:
        return type(value) is float and self.low <= value <= self.high

    def simpler(self, value: float) -> Iterator[float]:
        near = self.simplest()
        wanted = [near, -value if value < 0 else near, float(math.trunc(value)), round(value, 1)]
        if value.is_integer():
            wanted += [float(number) for number in _Integers(-(2**60), 2**60).simpler(int(value))]
        for candidate in wanted:
            if candidate != value and self.has(candidate):
                yield candidate

    def _clip(self, value: float) -> float:
        return min(max(value, self.low), self.high)


@dataclass(frozen=True, slots=True)
class _OneOf:
    choices: tuple[Strategy, ...]

    def simplest(self) -> Any:
        return self.choices[0].simplest()

    def draw(self, random: Random) -> Any:
        return random.choice(self.choices).draw(random)

    def has(self, value: Any) -> bool:
        return any(choice.has(value) for choice in self.choices)

    def simpler(self, value: Any) -> Iterator[Any]:
        for choice in self.choices:
            if choice.has(value):
                yield from choice.simpler(value)
                return
            yield choice.simplest()


@dataclass(frozen=True, slots=True)
class _Lists:
    of: Strategy
    shortest: int
    longest: int
    unique: bool = False
    ordered: bool = False

    def simplest(self) -> list[Any]:
        for alike in self._kept([self.of.simplest()] * self.shortest):
            return alike
        value = self.draw(Random(0))  # noqa: S311 any will do, the same each time
        for _ in range(_STEPS_MAX):
            value = next(self.simpler(value), value)
        return value

    def draw(self, random: Random) -> list[Any]:
        size = min(random.randint(self.shortest, self.longest), random.randint(self.shortest, self.longest))
        items: list[Any] = []
        for _ in range(size * _TRIES):
            item = self.of.draw(random)
            if not (self.unique and item in items):
                items.append(item)
            if len(items) >= size:
                break
        return sorted(items) if self.ordered else items

    def has(self, value: Any) -> bool:
        fits = type(value) is list and self.shortest <= len(value) <= self.longest
        return fits and all(map(self.of.has, value)) and list(self._kept(value)) == [value]

    def simpler(self, value: list[Any]) -> Iterator[list[Any]]:
        for shorter in _shorter(value, self.shortest):
            yield from self._kept(shorter)
        for items in _one_at_a_time(tuple(value), [self.of.simpler(item) for item in value]):
            yield from self._kept(list(items))

    def _kept(self, items: list[Any]) -> Iterator[list[Any]]:
        """The list as it may be, if it may."""
        if self.unique and any(item in items[:i] for i, item in enumerate(items)):
            return
        yield sorted(items) if self.ordered else items


def _shorter(items: list[Any], least: int) -> Iterator[list[Any]]:
    """Without more and more of them: all that may go, then halves, quarters, single ones."""
    if len(items) > least:
        yield items[:least]
    chunk = (len(items) - least) // 2
    while chunk:
        for start in range(0, len(items) - chunk + 1, chunk):
            yield items[:start] + items[start + chunk :]
        chunk //= 2


@dataclass(frozen=True, slots=True)
class _As:
    """What is made of a list: a text of its letters, a tuple, a dictionary of its pairs."""

    lists: Strategy
    make: Callable[[list[Any]], Any]
    undo: Callable[[Any], Any]
    kind: type

    def simplest(self) -> Any:
        return self.make(self.lists.simplest())

    def draw(self, random: Random) -> Any:
        return self.make(self.lists.draw(random))

    def has(self, value: Any) -> bool:
        return type(value) is self.kind and self.lists.has(self.undo(value))

    def simpler(self, value: Any) -> Iterator[Any]:
        return map(self.make, self.lists.simpler(self.undo(value)))


@dataclass(frozen=True, slots=True)
class _Tuples:
    parts: tuple[Strategy, ...]

    def simplest(self) -> tuple[Any, ...]:
        return tuple(part.simplest() for part in self.parts)

    def draw(self, random: Random) -> tuple[Any, ...]:
        return tuple(part.draw(random) for part in self.parts)

    def has(self, value: Any) -> bool:
        alike = type(value) is tuple and len(value) == len(self.parts)
        return alike and all(part.has(item) for part, item in zip(self.parts, value, strict=True))

    def simpler(self, value: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        return simpler_cases(self.parts, value)


# --- reading them ----------------------------------------------------------------------------------------------------


def _build(node: ast.expr) -> Strategy:
    match node:
        case ast.Call(func=ast.Name(id=name)) if name in _MAKERS:
            options = {word.arg or "**": ast.literal_eval(word.value) for word in node.keywords}
            return _MAKERS[name](node.args, options)
        case ast.Call():
            raise ValueError(f"it may be {', '.join(_MAKERS)} or a literal")
    return _Constant(ast.literal_eval(node))


def _integers(args: Sequence[ast.expr], options: dict[str, Any]) -> Strategy:
    low, high = _bounds(args, options, int)
    return _Integers(low, high)


def _floats(args: Sequence[ast.expr], options: dict[str, Any]) -> Strategy:
    low, high = (float(bound) for bound in _bounds(args, options, (int, float)))
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError("both bounds must be finite")
    return _Floats(low, high)


def _bounds(args: Sequence[ast.expr], options: dict[str, Any], kind: Any) -> tuple[Any, Any]:
    _know(options)
    bounds = [ast.literal_eval(arg) for arg in args]
    right = len(bounds) == 2 and all(isinstance(one, kind) and not isinstance(one, bool) for one in bounds)
    if not right or bounds[0] > bounds[1]:
        raise ValueError("it needs a lowest and a highest number")
    return bounds[0], bounds[1]


def _booleans(args: Sequence[ast.expr], options: dict[str, Any]) -> Strategy:
    _know(options)
    if args:
        raise ValueError("booleans() takes nothing")
    return _OneOf((_Constant(False), _Constant(True)))


def _text(args: Sequence[ast.expr], options: dict[str, Any]) -> Strategy:
    _know(options, "max", "min")
    letters = [ast.literal_eval(arg) for arg in args]
    if len(letters) != 1 or not isinstance(letters[0], str) or not letters[0]:
        raise ValueError("text needs its letters, the simplest first")
    letter = _OneOf(tuple(map(_Constant, dict.fromkeys(letters[0]))))
    return _As(_Lists(letter, *_sizes(options)), "".join, list, str)


def _lists(args: Sequence[ast.expr], options: dict[str, Any]) -> Strategy:
    _know(options, "max", "min", "unique", "ordered")
    if len(args) != 1:
        raise ValueError("lists needs the strategy of its items")
    return _Lists(
        _build(args[0]), *_sizes(options), unique=options.get("unique") is True, ordered=options.get("ordered") is True
    )


def _dicts(args: Sequence[ast.expr], options: dict[str, Any]) -> Strategy:
    """The last value counts where a key comes twice."""
    _know(options, "max")
    if len(args) != 2:
        raise ValueError("dicts needs the strategies of its keys and of its values")
    pair = _Tuples((_build(args[0]), _build(args[1])))
    return _As(_Lists(pair, *_sizes(options)), dict, lambda value: list(value.items()), dict)


def _tuples(args: Sequence[ast.expr], options: dict[str, Any]) -> Strategy:
    _know(options)
    return _Tuples(tuple(map(_build, args)))


def _one_of(args: Sequence[ast.expr], options: dict[str, Any]) -> Strategy:
    _know(options)
    if not args:
        raise ValueError("one_of needs a choice")
    return _OneOf(tuple(map(_build, args)))


def _sizes(options: dict[str, Any]) -> tuple[int, int]:
    shortest, longest = options.get("min", 0), options.get("max", 8)
    if not (type(shortest) is type(longest) is int and 0 <= shortest <= longest <= _SIZE_MAX):
        raise ValueError(f"min and max are whole numbers, 0 <= min <= max <= {_SIZE_MAX}")
    return shortest, longest


def _know(options: dict[str, Any], *known: str) -> None:
    if unknown := sorted(options.keys() - set(known)):
        raise ValueError(f"{unknown[0]} means nothing here")


_MAKERS: dict[str, Callable[[Sequence[ast.expr], dict[str, Any]], Strategy]] = {
    "integers": _integers, "floats": _floats, "booleans": _booleans, "text": _text, "lists": _lists, "dicts": _dicts,
    "tuples": _tuples, "one_of": _one_of,
}  # fmt: skip
