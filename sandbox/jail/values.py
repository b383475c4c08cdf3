"""Plain Python values as JSON with their types kept: how a result leaves a run as data, and nothing but data."""

from typing import Any

NODES_MAX = 100_000
DEPTH_MAX = 60
_JSON_SAFE_INT = 2**53


class NotPlain(ValueError):
    """The value is too large, too deep, or not of the agreed form."""


class Thing:
    """Stands for a value that is not plain data: known by its type's name and a short repr; equal to nothing."""

    __slots__ = ("kind", "shown")

    def __init__(self, kind: str, shown: str) -> None:
        self.kind = kind
        self.shown = shown

    def __repr__(self) -> str:
        return self.shown

    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = None  # type: ignore[assignment]


def encode(value: object, show: Any = repr) -> Any:
    """JSON for `value`; `show` makes the short repr of what is not plain data. Raises NotPlain."""
    budget = [NODES_MAX]

    def walk(item: Any, depth: int) -> Any:
        budget[0] -= 1
        if budget[0] < 0 or depth > DEPTH_MAX:
            raise NotPlain("the value is too large or nested too deeply")
        simple = _encode_scalar(item)
        if simple is not _NO:
            return simple
        for kind, tag in _CONTAINERS:
            if isinstance(item, kind):
                return {tag: [walk(part, depth + 1) for part in item]}
        if isinstance(item, dict):
            return {"d": [[walk(key, depth + 1), walk(part, depth + 1)] for key, part in item.items()]}
        numpy_like = getattr(item, "tolist", None)
        if callable(numpy_like) and type(item).__module__ == "numpy":
            return walk(numpy_like(), depth + 1)
        return {"o": [type(item).__name__, show(item)]}

    return walk(value, 0)


_NO = object()
_CONTAINERS: tuple[tuple[Any, str], ...] = ((list, "l"), (tuple, "t"), (set, "s"), (frozenset, "z"))


def _encode_scalar(item: Any) -> Any:
    if item is None or isinstance(item, bool):
        return item
    if isinstance(item, str):
        return str.__str__(item)
    if isinstance(item, int):
        whole = int(item)
        return whole if abs(whole) < _JSON_SAFE_INT else {"i": hex(whole)}
    if isinstance(item, float):
        return {"f": float(item).hex()}
    if isinstance(item, (bytes, bytearray)):
        return {"b": item.hex()}
    if isinstance(item, complex):
        return {"c": [item.real.hex(), item.imag.hex()]}
    return _NO


def decode(data: Any) -> Any:
    """The value that `encode` was given; anything else raises NotPlain. Safe on any JSON."""
    budget = [NODES_MAX]

    def walk(item: Any, depth: int) -> Any:
        budget[0] -= 1
        if budget[0] < 0 or depth > DEPTH_MAX:
            raise NotPlain("the value is too large or nested too deeply")
        if item is None or isinstance(item, (bool, str, int)):
            return item
        if not isinstance(item, dict) or len(item) != 1:
            raise NotPlain("not an encoded value")
        ((tag, body),) = item.items()
        if tag in _BUILD:
            return _BUILD[tag](walk(part, depth + 1) for part in body)
        if tag == "d":
            return {walk(key, depth + 1): walk(part, depth + 1) for key, part in body}
        return _decode_scalar(tag, body)

    try:
        return walk(data, 0)
    except (TypeError, ValueError, OverflowError, AttributeError) as error:
        raise NotPlain(str(error)) from error


_BUILD: dict[str, Any] = {"l": list, "t": tuple, "s": set, "z": frozenset}


def _decode_scalar(tag: str, body: Any) -> Any:
    match tag:
        case "i":
            return int(body, 16)
        case "f":
            return float.fromhex(body)
        case "b":
            return bytes.fromhex(body)
        case "c":
            real, imaginary = body
            return complex(float.fromhex(real), float.fromhex(imaginary))
        case "o":
            kind, shown = body
            return Thing(str(kind), str(shown))
        case _:
            raise NotPlain("unknown tag")
