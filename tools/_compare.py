"""Compares a student's program with accepted ones, and cuts the difference down to small sets of changed lines."""

import ast
import difflib
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from tools._mutate import Change
from tools.parse_program import parse_program

NEAREST_MAX = 12
HUNKS_MAX = 6


def differences(code: str, accepted: Sequence[str], entry: str = "") -> list[Change]:
    """Programs between the student's and the nearest accepted ones, the smallest changes first. Empty when `code` does
    not parse."""
    own = _strip(parse_program(code))
    if own is None:
        return []
    others = [tree for tree in (_strip(parse_program(text)) for text in dict.fromkeys(accepted)) if tree is not None]
    found: dict[str, Change] = {}
    for other in _nearest(own, others):
        for change in _between(own, _renamed(other, own, entry)):
            known = found.get(change.code)
            if known is None or change.size < known.size:
                found[change.code] = change
    return sorted(found.values(), key=lambda change: change.size)


def line_count(code: str) -> int:
    tree = _strip(parse_program(code))
    return len(_write(tree)) if tree is not None else 0


def _strip(tree: ast.Module | SyntaxError) -> ast.Module | None:
    """The tree without docstrings, which are no part of what a program does."""
    if isinstance(tree, SyntaxError):
        return None
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if (
            isinstance(body, list)
            and body
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
            and len(body) > 1
        ):
            del body[0]
    return tree


def _write(tree: ast.AST) -> list[str]:
    return [line for line in ast.unparse(tree).split("\n") if line.strip()]


def _nearest(own: ast.Module, others: list[ast.Module]) -> list[ast.Module]:
    mine = _shape(own)
    ranked = sorted(others, key=lambda other: -_overlap(mine, _shape(other)))
    return ranked[:NEAREST_MAX]


def _shape(tree: ast.AST) -> Counter[str]:
    """Lines with every variable called the same, and single nodes: what is left when names do not count."""
    parts: Counter[str] = Counter()
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            parts[_abstract(node, "")] += 2
        elif isinstance(node, (ast.expr, ast.cmpop, ast.operator)):
            parts[type(node).__name__] += 1
    return parts


def _overlap(a: Counter[str], b: Counter[str]) -> float:
    return (a & b).total() / max(1, (a | b).total())


def _abstract(statement: ast.AST, marked: str) -> str:
    """A statement's own line as text with `marked` called `$` and every other name `_`."""
    pieces = []
    for node in _own_nodes(statement):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name):
                pieces.append("$" if name == marked else "_")
            case ast.Constant(value=value):
                pieces.append(repr(value)[:20])
            case ast.Attribute(attr=attr):
                pieces.append("." + attr)
            case _:
                pieces.append(type(node).__name__)
    return " ".join(pieces)


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("body", "orelse", "finalbody", "handlers"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _own_nodes(child)


def _renamed(other: ast.Module, own: ast.Module, entry: str) -> ast.Module:
    """`other` in the student's names: parameters by place, the rest by the company they keep."""
    mapping = _alignment(other, own, entry)
    tree = parse_program(ast.unparse(other))
    assert isinstance(tree, ast.Module)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = mapping.get(node.id, node.id)
        elif isinstance(node, ast.arg):
            node.arg = mapping.get(node.arg, node.arg)
        elif isinstance(node, ast.FunctionDef):
            node.name = mapping.get(node.name, node.name)
    return tree


def _alignment(other: ast.Module, own: ast.Module, entry: str) -> dict[str, str]:
    theirs, mine = _variables(other), _variables(own)
    mapping = dict(_parameters(other, own))
    pairs = sorted(
        (
            (_overlap(theirs[a], mine[b]), a == b, a, b)
            for a in theirs
            for b in mine
            if a not in mapping and b not in mapping.values()
        ),
        key=lambda pair: (-pair[0], not pair[1], pair[2], pair[3]),
    )
    for score, _, a, b in pairs:
        if score > 0.1 and a not in mapping and b not in mapping.values():
            mapping[a] = b
    taken = set(mine) | set(mapping.values())
    for name in theirs:
        if name not in mapping and name in taken:
            mapping[name] = f"{name}_2"
    return mapping | ({entry: entry} if entry else {})


def _parameters(other: ast.Module, own: ast.Module) -> Iterator[tuple[str, str]]:
    known = {node.name: node for node in ast.walk(own) if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(other):
        if isinstance(node, ast.FunctionDef) and node.name in known:
            for theirs, mine in zip(node.args.args, known[node.name].args.args, strict=False):
                yield theirs.arg, mine.arg


def _variables(tree: ast.Module) -> dict[str, Counter[str]]:
    """Each variable with the shapes of the statements it stands in."""
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)} | {
        n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)
    }
    company: dict[str, Counter[str]] = {name: Counter() for name in sorted(names)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt):
            continue
        for name in {
            n.id if isinstance(n, ast.Name) else n.arg for n in _own_nodes(node) if isinstance(n, (ast.Name, ast.arg))
        } & names:
            company[name][_abstract(node, name)] += 1
            company[name][type(node).__name__] += 1
    return company


def _between(own: ast.Module, other: ast.Module) -> Iterator[Change]:
    a, b = _write(own), _write(other)
    numbers = _line_numbers(own, len(a))
    opcodes = difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    hunks = [piece for op in opcodes if op[0] != "equal" for piece in _cut(*op)]
    if not hunks:
        return
    for chosen in _subsets(len(hunks)):
        picked = [hunks[i] for i in chosen]
        code, size = _patched(a, b, picked)
        lines = sorted(
            {
                numbers[i]
                for _, start, stop, _, _ in picked
                for i in (range(start, stop) if stop > start else [max(0, min(start, len(a) - 1))])
            }
        )
        yield Change(code=code, lines=tuple(lines), kind=_kind(a, b, picked), size=size)


Hunk = tuple[str, int, int, int, int]


def _cut(tag: str, a0: int, a1: int, b0: int, b1: int) -> list[Hunk]:
    """A replaced block of equally many lines is as many changes."""
    if tag == "replace" and a1 - a0 == b1 - b0:
        return [(tag, a0 + k, a0 + k + 1, b0 + k, b0 + k + 1) for k in range(a1 - a0)]
    return [(tag, a0, a1, b0, b1)]


def _subsets(count: int) -> Iterator[tuple[int, ...]]:
    if count <= HUNKS_MAX:
        for size in range(1, count + 1):
            yield from itertools.combinations(range(count), size)
        return
    yield from itertools.combinations(range(count), 1)
    yield from itertools.combinations(range(count), 2)
    for skipped in range(count):
        yield tuple(i for i in range(count) if i != skipped)
    yield tuple(range(count))


def _patched(a: list[str], b: list[str], hunks: Sequence[Hunk]) -> tuple[str, int]:
    lines, at, size = [], 0, 0
    for _, a0, a1, b0, b1 in hunks:
        lines += a[at:a0] + b[b0:b1]
        at, size = a1, size + max(a1 - a0, b1 - b0)
    return "\n".join(lines + a[at:]), size


def _kind(a: list[str], b: list[str], hunks: Sequence[Hunk]) -> str:
    if len(hunks) > 1:
        return "several"
    tag, a0, a1, b0, b1 = hunks[0]
    if tag == "insert":
        return "missing-statement" if b1 - b0 == 1 else "missing-part"
    if tag == "delete":
        return "extra"
    if a1 - a0 != 1 or b1 - b0 != 1:
        return "part"
    return _line_kind(a[a0], b[b0])


def _line_kind(old: str, new: str) -> str:
    if old.strip() == new.strip():
        return "indentation"
    signs = {"<", ">", "<=", ">=", "==", "!=", "in", "not", "is"}
    gone, come = _changed_words(old, new)
    if gone | come and (gone | come) <= signs:
        return "comparison"
    if (gone | come) <= {"+", "-", "*", "/", "//", "%", "**", "+=", "-=", "*=", "/=", "="} and gone | come:
        return "operator"
    if (gone | come) <= {"and", "or", "not"} and gone | come:
        return "logic"
    if all(word.isdigit() or word in "+-" for word in gone | come):
        return "off-by-one"
    head = old.split()[0] if old.split() else ""
    return {"if": "condition", "elif": "condition", "while": "condition", "for": "loop", "return": "result"}.get(
        head.rstrip(":"), "line"
    )


def _changed_words(old: str, new: str) -> tuple[set[str], set[str]]:
    pattern = r"\w+|[-+*/%<>=!]+|\S"
    a, b = Counter(re.findall(pattern, old)), Counter(re.findall(pattern, new))
    return set(a - b), set(b - a)


def _line_numbers(tree: ast.Module, count: int) -> list[int]:
    """The student's own line for each line that unparse writes."""
    numbers = list(_walk_lines(tree.body))
    if len(numbers) < count:
        numbers += [numbers[-1] if numbers else 1] * (count - len(numbers))
    return numbers


def _walk_lines(block: Sequence[ast.AST]) -> Iterator[int]:
    for node in block:
        for decorator in getattr(node, "decorator_list", []):
            yield decorator.lineno
        yield getattr(node, "lineno", 1)
        yield from _walk_lines(getattr(node, "body", []) if isinstance(getattr(node, "body", []), list) else [])
        for handler in getattr(node, "handlers", []):
            yield from _walk_lines([handler])
        orelse = getattr(node, "orelse", [])
        if isinstance(orelse, list) and orelse:
            if isinstance(node, ast.If) and len(orelse) == 1 and isinstance(orelse[0], ast.If):
                yield from _walk_lines(orelse)
            else:
                yield max(1, orelse[0].lineno - 1)
                yield from _walk_lines(orelse)
        final = getattr(node, "finalbody", [])
        if final:
            yield max(1, final[0].lineno - 1)
            yield from _walk_lines(final)
