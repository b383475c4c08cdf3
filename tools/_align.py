"""Brings accepted programs near a student's: aligned names, then the differences line by line. Runs inside the sandbox.

On the standard library only, since it is sent there as it stands.
"""

import ast
import builtins
import keyword
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

NEAREST_MAX = 120


def nearest(own: ast.Module, accepted: Sequence[str]) -> list[ast.Module]:
    """The accepted programs that parse, those most like the student's first."""
    mine, words = _shape(strip(own)), _vocabulary(ast.unparse(own))
    accepted = sorted(dict.fromkeys(accepted), key=lambda text: -_overlap(words, _vocabulary(text)))[
        : 3 * NEAREST_MAX // 2
    ]
    found: list[tuple[float, int, ast.Module]] = []
    for text in accepted:
        try:
            tree = strip(ast.parse(text))
        except (SyntaxError, ValueError, RecursionError):
            continue
        found.append((-_overlap(mine, _shape(tree)), len(found), tree))
    return [tree for _, _, tree in sorted(found)[:NEAREST_MAX]]


def _vocabulary(text: str) -> Counter[str]:
    """Words and signs with every name of the program's own called the same: a first sieve, without parsing."""
    return Counter(
        word if word in _COMMON or not word.isidentifier() else "_"
        for word in re.findall(r"\w+|[-+*/%<>=!]+|[^\s\w]", text)
    )


_COMMON = {*keyword.kwlist, *dir(builtins), *dir(list), *dir(str), *dir(dict), *dir(set)}


@dataclass(frozen=True, slots=True)
class Rewriting:
    """The way from the student's lines to those of an accepted program, in parts that can be left out. What `other`
    holds for a part may be brought nearer still."""

    own: list[str]
    other: list[str]
    parts: list[tuple[int | None, int | None]]
    numbers: list[int]
    steps: list[tuple[int | None, int | None]]

    @property
    def count(self) -> int:
        return len(self.parts)

    def weight(self, part: int) -> int:
        a, b = self.parts[part]
        return len(_words(self.own[a]) if a is not None else ()) + len(_words(self.other[b]) if b is not None else ())

    def patched(self, chosen: Sequence[int]) -> str:
        """The student's program with only these parts of the difference."""
        wanted = {self.parts[part] for part in chosen}
        lines = []
        for a, b in self.steps:
            if (a, b) in wanted:
                lines += [self.other[b]] if b is not None else []
            elif a is not None:
                lines.append(self.own[a])
        return "\n".join(lines)

    def lines(self, chosen: Sequence[int]) -> list[int]:
        """The student's lines that these parts touch; beside a missing line, the one before it, or where that only
        opens a block, the one after it."""
        found, last, wanted = set(), 0, {self.parts[part] for part in chosen}
        for a, b in self.steps:
            last = a if a is not None else last
            if (a, b) in wanted:
                opens = a is None and self.own[last].endswith(":")
                found.add(self.numbers[min(last + opens, len(self.numbers) - 1)])
        return sorted(found)

    def kind(self, chosen: Sequence[int]) -> str:
        if len(chosen) != 1:
            return "several"
        a, b = self.parts[chosen[0]]
        if a is None:
            return "missing-statement"
        return "extra" if b is None else _line_kind(self.own[a], self.other[b])


def nearer(own: str, other: str) -> Iterator[str]:
    """`other` with one expression after the other put back to what stands there in `own`, the widest first."""
    mine, theirs = _header(own), _header(other)
    if mine is None or theirs is None or type(mine) is not type(theirs):
        return
    indent = other[: len(other) - len(other.lstrip())]
    for parent, field, place, old in list(_unlike(mine, theirs)):
        value = getattr(parent, field)
        setattr(parent, field, old if place is None else [*value[:place], old, *value[place + 1 :]])
        text = ast.unparse(theirs).split("\n")[0]
        yield indent + ("el" + text if other.lstrip().startswith("elif ") else text)
        setattr(parent, field, value)


def _header(line: str) -> ast.stmt | None:
    text = line.strip().removeprefix("el") if line.strip().startswith("elif ") else line.strip()
    try:
        return ast.parse(text + (" pass" if text.endswith(":") else "")).body[0]
    except (SyntaxError, IndexError):
        return None


def _unlike(own: ast.AST, other: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, ast.AST]]:
    """Where two trees of one kind differ: the place in `other`, and what stands there in `own`."""
    for field, theirs in ast.iter_fields(other):
        mine = getattr(own, field, None)
        pairs: list[tuple[int | None, object, object]] = [(None, mine, theirs)]
        if isinstance(theirs, list):
            if not isinstance(mine, list) or len(mine) != len(theirs):
                continue
            pairs = [(place, a, b) for place, (a, b) in enumerate(zip(mine, theirs, strict=True))]
        for place, a, b in pairs:
            if isinstance(a, ast.AST) and isinstance(b, ast.AST) and ast.dump(a) != ast.dump(b):
                yield other, field, place, a
                if type(a) is type(b):
                    yield from _unlike(a, b)


def rewritings(own: ast.Module, other: ast.Module, entry: str) -> Iterator[Rewriting]:
    """From the student's program to the accepted one in the student's names; a second one in its own names."""
    a = _write(own)
    numbers = _line_numbers(own, len(a))
    for tree in (renamed(other, own, entry), other):
        b = _write(tree)
        steps = _steps(a, b)
        parts = [(i, j) for i, j in steps if i is None or j is None or a[i] != b[j]]
        yield Rewriting(a, b, parts, numbers, steps)


def _steps(a: list[str], b: list[str]) -> list[tuple[int | None, int | None]]:
    """Lines paired at the least cost in words changed."""
    cost = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(len(a), -1, -1):
        for j in range(len(b), -1, -1):
            ways = []
            if i < len(a):
                ways.append(cost[i + 1][j] + len(_words(a[i])))
            if j < len(b):
                ways.append(cost[i][j + 1] + len(_words(b[j])))
            if i < len(a) and j < len(b):
                ways.append(cost[i + 1][j + 1] + _apart(a[i], b[j]))
            cost[i][j] = min(ways, default=0)
    return list(_walked(a, b, cost))


def _walked(a: list[str], b: list[str], cost: list[list[int]]) -> Iterator[tuple[int | None, int | None]]:
    i = j = 0
    while i < len(a) or j < len(b):
        if i < len(a) and j < len(b) and cost[i][j] == cost[i + 1][j + 1] + _apart(a[i], b[j]):
            yield i, j
            i, j = i + 1, j + 1
        elif i < len(a) and cost[i][j] == cost[i + 1][j] + len(_words(a[i])):
            yield i, None
            i += 1
        else:
            yield None, j
            j += 1


@lru_cache(maxsize=20_000)
def _words(line: str) -> Counter[str]:
    words = Counter(re.findall(r"\w+|[-+*/%<>=!]+|[^\s\w]", line))
    words["indent"] = 1
    return words


@lru_cache(maxsize=50_000)
def _apart(a: str, b: str) -> int:
    """Words to take away and to put in; an indentation that differs counts as one."""
    if a == b:
        return 0
    x, y = _words(a), _words(b)
    indent = len(a) - len(a.lstrip()) != len(b) - len(b.lstrip())
    other = a.split(maxsplit=1)[:1] != b.split(maxsplit=1)[:1]
    return max((x - y).total(), (y - x).total()) + indent + 2 * other


def strip(tree: ast.Module) -> ast.Module:
    """The tree without docstrings, which are no part of what a program does."""
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


def renamed(other: ast.Module, own: ast.Module, entry: str) -> ast.Module:
    """`other` in the student's names: functions by what they look like, in each its parameters by place, the rest by
    the company they keep."""
    tree = ast.parse(ast.unparse(other))
    functions = _functions(tree, own, entry)
    inside: set[ast.AST] = set()
    for theirs, mine in functions:
        _rename(theirs, _alignment(theirs, mine, entry))
        inside.update(ast.walk(theirs))
    _rename(tree, _alignment(tree, own, entry), inside)
    _rename(tree, {theirs.name: mine.name for theirs, mine in functions if theirs.name != mine.name})
    for theirs, mine in functions:
        theirs.name = mine.name
    return tree


def _functions(other: ast.Module, own: ast.Module, entry: str) -> list[tuple[ast.FunctionDef, ast.FunctionDef]]:
    """Those at the top level that are each other's counterpart: of one name, else the most alike."""
    theirs = {node.name: node for node in other.body if isinstance(node, ast.FunctionDef)}
    mine = {node.name: node for node in own.body if isinstance(node, ast.FunctionDef)}
    pairs = [(theirs[name], mine[name]) for name in theirs if name in mine]
    left = [name for name in theirs if name not in mine and name != entry]
    free = [name for name in mine if name not in theirs and name != entry]
    for name in left:
        near = max(free, key=lambda own: _overlap(_shape(theirs[name]), _shape(mine[own])), default=None)
        if near is not None and len(theirs[name].args.args) == len(mine[near].args.args):
            pairs.append((theirs[name], mine[near]))
            free.remove(near)
    return pairs


def _rename(tree: ast.AST, mapping: dict[str, str], without: Collection[ast.AST] = ()) -> None:
    for node in ast.walk(tree):
        if node in without:
            continue
        if isinstance(node, ast.Name):
            node.id = mapping.get(node.id, node.id)
        elif isinstance(node, ast.arg):
            node.arg = mapping.get(node.arg, node.arg)


def _alignment(other: ast.AST, own: ast.AST, entry: str) -> dict[str, str]:
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


def _parameters(other: ast.AST, own: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(other, ast.FunctionDef) and isinstance(own, ast.FunctionDef):
        yield from zip((a.arg for a in other.args.args), (a.arg for a in own.args.args), strict=False)
    known = {node.name: node for node in ast.walk(own) if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(other):
        if isinstance(node, ast.FunctionDef) and node.name in known:
            for theirs, mine in zip(node.args.args, known[node.name].args.args, strict=False):
                yield theirs.arg, mine.arg


def _variables(tree: ast.AST) -> dict[str, Counter[str]]:
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
