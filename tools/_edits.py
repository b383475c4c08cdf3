"""Small changes to a program's tree, likeliest first: the slips that beginners make, undone. Runs inside the sandbox.

An edit is a handful of assignments to fields of the tree, so that thousands can be applied and taken back in place."""

import ast
from collections.abc import Callable, Collection, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from tools._slips import (
    Pieces,
    asks_empty,
    calls,
    defaults,
    exchanged,
    first_unlike,
    hoisted,
    inside_out,
    instead,
    is_empty,
    lifted,
    on_objects,
    pieces,
    rewritten,
    split,
    starts,
    swapped,
    unknowns,
    unread,
)

NAMES_MAX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """`sets`: (node, field, value) to assign, where a block may be told as a Splice; `line` is the student's line; `cost`
    orders the search (likely is low)."""

    kind: str
    line: int
    cost: float
    sets: tuple[tuple[ast.AST, str, Any], ...]


@dataclass(frozen=True, slots=True)
class Splice:
    """What changes in a block: `old` steps give way to `new` ones, between `before` and `after`. So it can be made where
    other steps of the block have changed."""

    before: ast.stmt | None
    old: tuple[ast.stmt, ...]
    new: tuple[ast.stmt, ...]
    after: ast.stmt | None

    def place(self, block: Sequence[ast.stmt]) -> int | None:
        """Where `old` stands, None where it does not any more."""
        if self.old:
            start = _index(block, self.old[0])
            found = block[start : start + len(self.old)] if start is not None else ()
            return start if [*map(id, found)] == [*map(id, self.old)] else None
        if self.before is not None and (place := _index(block, self.before)) is not None:
            return place + 1
        return _index(block, self.after) if self.after is not None else None

    def spliced(self, block: Sequence[ast.stmt]) -> list[ast.stmt]:
        """Raises IndexError where it does not fit."""
        start = self.place(block)
        if start is None:
            raise IndexError("the steps are gone")
        return [*block[:start], *self.new, *block[start + len(self.old) :]]


def _index(block: Sequence[ast.stmt], step: ast.stmt) -> int | None:
    return next((place for place, other in enumerate(block) if other is step), None)


def _splice(node: ast.AST, field: str, new: list[ast.stmt]) -> tuple[ast.AST, str, Any]:
    block: list[ast.stmt] = getattr(node, field)
    most = min(len(block), len(new))
    start = next((k for k in range(most) if block[k] is not new[k]), most)
    most -= start
    end = next((k for k in range(most) if block[-1 - k] is not new[-1 - k]), most)
    stop = len(block) - end
    before, after = block[start - 1] if start else None, block[stop] if end else None
    return node, field, Splice(before, tuple(block[start:stop]), tuple(new[start : len(new) - end]), after)


def applied(edit: Edit) -> tuple[tuple[ast.AST, str, Any], ...]:
    """Changes the tree in place; what it gives back undoes it through `undo`. Raises IndexError where it does not fit."""
    values = [
        value.spliced(getattr(node, field)) if isinstance(value, Splice) else value for node, field, value in edit.sets
    ]
    before = tuple((node, field, getattr(node, field, None)) for node, field, _ in edit.sets)
    for (node, field, given), value in zip(edit.sets, values, strict=True):
        setattr(node, field, value)
        for item in given.new if isinstance(given, Splice) else value if isinstance(value, list) else [value]:
            if isinstance(item, ast.AST):
                _place(item, edit.line)
    return before


def undo(before: Sequence[tuple[ast.AST, str, Any]]) -> None:
    for node, field, value in reversed(before):
        setattr(node, field, value)


def _place(node: ast.AST, line: int) -> None:
    """Gives new nodes a line; old ones below them keep theirs."""
    if "lineno" in node._attributes:
        if hasattr(node, "lineno") and not hasattr(node, "borrowed"):
            return
        node.lineno = node.end_lineno = line  # type: ignore[attr-defined]
        node.col_offset = node.end_col_offset = 0  # type: ignore[attr-defined]
    for child in ast.iter_child_nodes(node):
        _place(child, line)


def kept(edit: Edit) -> Edit:
    """The change with nodes of its own where it borrows some, so that further ones can be made inside them."""
    return replace(edit, sets=tuple((node, field, _own(value, edit.line)) for node, field, value in edit.sets))


def _own(value: Any, line: int) -> Any:
    if isinstance(value, list):
        return [_own(item, line) for item in value]
    if isinstance(value, Splice):
        return Splice(value.before, value.old, tuple(_own(item, line) for item in value.new), value.after)
    if not (isinstance(value, ast.expr | ast.stmt) and hasattr(value, "borrowed")):
        return value
    copied = deepcopy(value)
    for node in ast.walk(copied):
        vars(node).pop("borrowed", None)
        if "lineno" in node._attributes:
            node.lineno = node.end_lineno = line  # type: ignore[attr-defined]
    return copied


def edits(tree: ast.Module, donors: Sequence[str] = (), texts: Sequence[str] = ()) -> list[Edit]:
    """Every program one small change away, likeliest first; always the same for the same tree. `donors` are accepted
    programs in the student's names, of which steps and expressions may be taken; `texts` short texts that matter."""
    return changes(tree, pieces(tree, donors, texts))


@dataclass(frozen=True, slots=True)
class Touched:
    """What is new in a version: nodes, and fields of others, by their ids."""

    made: Collection[int]
    fields: Collection[tuple[int, str]]

    def has(self, node: ast.AST, field: str) -> bool:
        return id(node) in self.made or (id(node), field) in self.fields


def changes(tree: ast.Module, at: Pieces, only: Touched | None = None) -> list[Edit]:
    """As `edits`; with `only`, those of what is new."""
    found = [*_expression_edits(tree, at, only), *_statement_edits(tree, at, only)]
    found.sort(key=lambda edit: edit.cost)
    return found


# --- names and shapes ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Scope:
    """The variables and parameters that can be named in a function, and the function itself."""

    names: tuple[str, ...]
    parameters: tuple[str, ...]


def _scope(owner: ast.AST) -> _Scope:
    parameters = [n.arg for n in ast.walk(owner) if isinstance(n, ast.arg)]
    stored = [n.id for n in ast.walk(owner) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return _Scope(tuple(dict.fromkeys(parameters + stored))[:NAMES_MAX], tuple(dict.fromkeys(parameters)))


def _owners(tree: ast.Module) -> Iterator[tuple[ast.AST, _Scope]]:
    """Each node with what can be named there; those of a function come with the function's own scope."""
    stack: list[tuple[ast.AST, _Scope]] = [(tree, _scope(tree))]
    while stack:
        node, scope = stack.pop()
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            scope = _scope(node)
        yield node, scope
        stack.extend((child, scope) for child in reversed(list(ast.iter_child_nodes(node))))


def _name(name: str) -> ast.Name:
    return ast.Name(id=name, ctx=ast.Load())


def _call(name: str, *args: ast.expr) -> ast.Call:
    return ast.Call(func=_name(name), args=list(args), keywords=[])


def _plus(node: ast.expr, by: int) -> ast.expr:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return ast.Constant(value=node.value + by)
    match node:
        case ast.BinOp(left=left, op=op, right=ast.Constant(value=value)) if value == abs(by):
            if isinstance(op, ast.Sub if by > 0 else ast.Add):
                return left
    return ast.BinOp(left=node, op=ast.Add() if by > 0 else ast.Sub(), right=ast.Constant(value=abs(by)))


def _compare(left: ast.expr, op: ast.cmpop, right: ast.expr) -> ast.Compare:
    return ast.Compare(left=left, ops=[op], comparators=[right])


def _not(node: ast.expr) -> ast.expr:
    return (
        node.operand
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
        else ast.UnaryOp(op=ast.Not(), operand=node)
    )


def _list(*items: ast.expr) -> ast.List:
    return ast.List(elts=list(items), ctx=ast.Load())


def _slice(value: ast.expr, lower: ast.expr | None, upper: ast.expr | None) -> ast.Subscript:
    return ast.Subscript(value=value, slice=ast.Slice(lower=lower, upper=upper), ctx=ast.Load())


# --- expressions -----------------------------------------------------------------------------------------------------

_ORDERS: tuple[type[ast.cmpop], ...] = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult), ast.Sub: (ast.Add, ast.Mod), ast.Mult: (ast.Add, ast.Pow, ast.Div), ast.Div: (ast.FloorDiv, ast.Mult, ast.Mod),
    ast.FloorDiv: (ast.Div, ast.Mod), ast.Mod: (ast.FloorDiv, ast.Div), ast.Pow: (ast.Mult,), ast.BitXor: (ast.BitAnd, ast.Pow, ast.BitOr),
    ast.BitAnd: (ast.BitOr, ast.BitXor), ast.BitOr: (ast.BitAnd, ast.BitXor), ast.LShift: (ast.RShift,), ast.RShift: (ast.LShift,),
}  # fmt: skip
_TWINS = {
    "append": ("extend", "remove", "add"), "extend": ("append",), "add": ("append", "update"), "min": ("max",), "max": ("min",), "any": ("all",), "all": ("any",),
    "remove": ("discard", "pop", "append"), "pop": ("remove",), "index": ("count", "find"), "find": ("index", "rfind"), "lstrip": ("rstrip", "strip"), "rstrip": ("lstrip", "strip"),
    "upper": ("lower",), "lower": ("upper",), "sorted": ("reversed", "list"), "set": ("list", "sorted"), "keys": ("values", "items"), "values": ("keys", "items"),
    "items": ("keys", "values"), "sum": ("len", "max"), "len": ("sum", "max"), "range": ("len", "enumerate"), "insert": ("append",),
    "partition": ("rpartition", "split"), "rpartition": ("partition",), "split": ("splitlines", "rsplit"), "rfind": ("find",), "count": ("index",),
    "isalpha": ("isalnum", "islower"), "isdigit": ("isalnum", "isnumeric"), "isupper": ("islower",), "islower": ("isupper",), "startswith": ("endswith",), "endswith": ("startswith",),
    "int": ("float", "str", "round"), "float": ("int",), "str": ("repr", "int"), "floor": ("ceil",), "ceil": ("floor",), "sort": ("reverse",), "reversed": ("sorted",),
}  # fmt: skip
_OPPOSITES = {"min", "max", "any", "all"}
_GIVES_NONE = {"append", "extend", "insert", "remove", "sort", "reverse", "clear", "add", "update", "discard"}
Found = tuple[str, float, Any]


def _expression_edits(tree: ast.Module, at: Pieces, only: Touched | None) -> Iterator[Edit]:
    methods = {n for made in ast.walk(tree) if isinstance(made, ast.ClassDef) for n in made.body}
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n not in methods]
    defined = {n.name: len(n.args.args) for n in functions}
    for parent, scope in _owners(tree):
        line = getattr(parent, "lineno", 1)
        for field, value in ast.iter_fields(parent):
            if only is not None and not only.has(parent, field):
                continue
            children = value if isinstance(value, list) else [value]
            for place, child in enumerate(children):
                if not isinstance(child, ast.expr) or isinstance(getattr(child, "ctx", None), ast.Store | ast.Del):
                    continue
                more = instead(child, parent, field, scope.names, at)
                for kind, cost, new in (*_instead(child, parent, field, scope, defined), *more):
                    whole = [*children[:place], new, *children[place + 1 :]] if isinstance(value, list) else new
                    # A number that was just put there would have been put there as it should be.
                    again = 0.8 if only is not None and kind == "number" and id(child) in only.made else 0.0
                    yield Edit(kind=kind, line=child.lineno, cost=cost + again, sets=((parent, field, whole),))
        if only is None or id(parent) in only.made:
            yield from _field_edits(parent, line)
    if only is None:
        yield from _everywhere(tree, at, defined)


def _everywhere(tree: ast.Module, at: Pieces, defined: dict[str, int]) -> Iterator[Edit]:
    """The same change wherever the same call stands: who forgets `int` around one `input()` forgets it around all."""
    places: dict[str, list[tuple[ast.expr, ast.AST, str, _Scope]]] = {}
    for parent, scope in _owners(tree):
        for field, value in ast.iter_fields(parent):
            if isinstance(value, ast.Call | ast.BinOp | ast.Subscript) and not isinstance(
                getattr(value, "ctx", None), ast.Store
            ):
                places.setdefault(ast.dump(value), []).append((value, parent, field, scope))
    for same in places.values():
        child, parent, field, scope = same[0]
        if len(same) > 1:
            more = instead(child, parent, field, scope.names, Pieces())
            for kind, cost, new in (*_instead(child, parent, field, scope, defined), *more):
                sets = tuple((holder, slot, new) for _, holder, slot, _ in same)
                yield Edit(kind=kind, line=child.lineno, cost=cost + 0.4, sets=sets)
    yield from _opposites(tree)


def _opposites(tree: ast.Module) -> Iterator[Edit]:
    """The smallest wherever the largest is asked for: who mixes them up once does it throughout."""
    for name in sorted(_OPPOSITES):
        asked = [n.func for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
        same = [node for node in asked if node.id == name]
        if len(same) > 1:
            sets = tuple((node, "id", _TWINS[name][0]) for node in same)
            yield Edit(kind="argument", line=min(node.lineno for node in same), cost=1.5, sets=sets)


def _field_edits(node: ast.AST, line: int) -> Iterator[Edit]:  # noqa: C901 - one case a kind of node
    """Changes to a node that stays: its operator, its attribute, one of its arguments gone."""

    def edit(kind: str, cost: float, field: str, value: Any) -> Edit:
        return Edit(kind=kind, line=line, cost=cost, sets=((node, field, value),))

    match node:
        case ast.Compare(ops=ops):
            for place, op in enumerate(ops):
                for new in _other_comparisons(op):
                    yield edit("comparison", 1.0, "ops", [*ops[:place], new, *ops[place + 1 :]])
        case ast.BinOp(op=op):
            for other in _OPERATORS.get(type(op), ()):
                yield edit("operator", 1.5, "op", other())
        case ast.AugAssign(op=op):
            for other in _OPERATORS.get(type(op), ()):
                yield edit("operator", 1.3, "op", other())
        case ast.FormattedValue():
            for spec in (".2f", ".1f", ".0f", ".3f"):
                yield edit("text", 2.4, "format_spec", ast.JoinedStr(values=[ast.Constant(value=spec)]))
            yield edit("text", 2.6, "conversion", ord("r"))
        case ast.BoolOp(op=op):
            yield edit("logic", 1.2, "op", ast.Or() if isinstance(op, ast.And) else ast.And())
        case ast.Attribute(attr=attr):
            for twin in _TWINS.get(attr, ()):
                yield edit("argument", 2.5, "attr", twin)
        case ast.Call(args=args):
            yield from (edit("argument", 3.0, "args", [*args[:k], *args[k + 1 :]]) for k in range(len(args)))
            if len(args) > 1:
                yield edit("argument", 1.8, "args", [args[1], args[0], *args[2:]])


def _other_comparisons(op: ast.cmpop) -> list[ast.cmpop]:
    if isinstance(op, ast.In | ast.NotIn):
        return [ast.NotIn() if isinstance(op, ast.In) else ast.In()]
    if isinstance(op, ast.Is | ast.IsNot):
        return [ast.Eq(), ast.NotEq()]
    return [new() for new in _ORDERS if not isinstance(op, new)]


def _instead(  # noqa: C901 - one case a kind of node
    node: ast.expr, parent: ast.AST, field: str, scope: _Scope, defined: dict[str, int]
) -> Iterator[Found]:
    match node:
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            if isinstance(op, _ORDERS):
                yield from (("off-by-one", 1.6, _compare(left, op, _plus(right, by))) for by in (1, -1))
            if isinstance(op, ast.Eq | ast.NotEq) and is_empty(right):
                # True for one kind of empty only: `seq == []` is not for `()`.
                yield "condition", 1.0, _not(left) if isinstance(op, ast.Eq) else left
        case ast.BinOp(left=left, op=op, right=right):
            cheap = 1.4 if isinstance(right, ast.Constant) else 2.2
            yield "off-by-one" if isinstance(right, ast.Constant) else "operator", cheap, left
            yield "operator", 2.6, right
            yield "operator", 2.2, ast.BinOp(left=right, op=op, right=left)
            yield from (("argument", 2.8, ast.BinOp(left=left, op=op, right=_list(right))) for _ in (0,))
            yield "argument", 2.8, ast.BinOp(left=_list(left), op=op, right=right)
        case ast.BoolOp(values=values, op=op):
            for place in range(len(values)):
                rest = [*values[:place], *values[place + 1 :]]
                yield "condition", 1.9, rest[0] if len(rest) == 1 else ast.BoolOp(op=op, values=rest)
            if len(values) == 2:
                yield "order", 2.0, ast.BoolOp(op=op, values=[values[1], values[0]])
        case ast.UnaryOp(operand=operand):
            yield "logic", 1.2, operand
        case ast.Constant(value=value):
            # `k + 1` is seldom meant to be `k + 2`.
            far = 0.8 if isinstance(parent, ast.BinOp) and value == 1 else 0.0
            yield from ((kind, cost + far * _is_two(new), new) for kind, cost, new in _constants(value))
        case ast.Subscript() | ast.Attribute() | ast.Call():
            yield from _accesses(node, field)
            if isinstance(node, ast.Call):
                yield from calls(node, scope.names, defined)
        case ast.Name(id=used):
            yield from _names(used, scope, parent, field, defined)
        case ast.List(elts=[only]):
            yield "argument", 2.4, only
    yield from _by_place(node, parent, field, scope)


def _is_two(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 2


def _constants(value: object) -> Iterator[Found]:
    if isinstance(value, bool):
        yield "number", 1.4, ast.Constant(value=not value)
    elif isinstance(value, int):
        for new in dict.fromkeys((value + 1, value - 1, 0, 1, -1, 2, -value)):
            if new != value:
                yield "number", 1.4 if abs(new - value) == 1 else 2.2, ast.Constant(value=new)
    elif isinstance(value, str) and len(value) < 3:
        yield from (("number", 2.6, ast.Constant(value=new)) for new in ("", " ") if new != value)
    elif isinstance(value, float):
        yield from (
            ("number", 2.4, ast.Constant(value=new)) for new in (0.0, 1.0, value * 10, value / 10) if new != value
        )
    elif value is None:
        yield from (("number", 2.0, new) for new in (ast.Constant(value=0), _list(), ast.Constant(value=False)))


def _names(used: str, scope: _Scope, parent: ast.AST, field: str, defined: dict[str, int]) -> Iterator[Found]:
    known = used in scope.names
    called = isinstance(parent, ast.Call) and field == "func"
    if not called:
        yield from (("variable", 1.7 if known else 0.6, _name(name)) for name in scope.names if name != used)
    if used in defined and not called:
        yield from (("argument", 1.0, _call(used, _name(name))) for name in scope.names if name != used)
    if called:
        yield from (("variable", 2.5, _name(name)) for name in sorted(defined) if name != used)
        cost = 1.4 if used in _OPPOSITES else 2.3
        yield from (("argument", cost, _name(name)) for name in _TWINS.get(used, ()))
    if known and not called and not isinstance(parent, ast.Attribute):
        yield from (("off-by-one", 2.1, _plus(_name(used), by)) for by in (1, -1))
        for other in scope.names:
            if other != used:
                yield "line", 2.6, ast.Subscript(value=_name(other), slice=_name(used), ctx=ast.Load())


def _ends(end: ast.expr | None) -> Iterator[ast.expr | None]:
    """No end, or one place on; where that is one more than one more, it is a change of the number."""
    yield None
    for by in (1, -1):
        match end:
            case None:
                yield ast.Constant(value=by)
            case ast.BinOp(op=ast.Add() | ast.Sub() as op, right=ast.Constant()) if isinstance(op, ast.Add) == (by > 0):
                continue
            case _:
                yield _plus(end, by)


def _accesses(node: ast.expr, field: str) -> Iterator[Found]:
    match node:
        case ast.Subscript(value=value, slice=ast.Slice(lower=lower, upper=upper, step=None)):
            yield "off-by-one", 1.8, value
            yield from (("off-by-one", 1.7, _slice(value, new, upper)) for new in _ends(lower))
            yield from (("off-by-one", 1.7, _slice(value, lower, new)) for new in _ends(upper))
        case ast.Subscript(value=value, slice=index):
            if isinstance(value, ast.Attribute):
                yield "argument", 0.9, ast.Call(func=value, args=[index], keywords=[])
            yield from (
                ("off-by-one", 1.6, ast.Subscript(value=value, slice=_plus(index, by), ctx=ast.Load()))
                for by in (1, -1)
            )
            yield "line", 2.2, value
            yield "line", 3.4 if isinstance(index, ast.Constant) else 2.2, index
            yield "line", 2.4, _slice(value, index, None)
            yield "line", 2.4, _slice(value, None, index)
        case ast.Attribute(value=value, attr=attr):
            if isinstance(value, ast.Attribute):
                yield "argument", 1.0, ast.Call(func=value, args=[_name(attr)], keywords=[])
            yield "argument", 2.4, value
            if field != "func":
                yield "argument", 1.2, ast.Call(func=node, args=[], keywords=[])
        case ast.Call(func=func, args=args):
            yield from (("argument", 2.3, arg) for arg in args if not isinstance(arg, ast.Starred))
            if isinstance(func, ast.Attribute):
                yield "argument", 2.4, func.value
            if isinstance(func, ast.Name) and func.id == "set" and args:
                ordered = ast.Attribute(value=_name("dict"), attr="fromkeys", ctx=ast.Load())
                yield "argument", 1.6, ast.Call(func=ordered, args=args, keywords=[])


def _by_place(node: ast.expr, parent: ast.AST, field: str, scope: _Scope) -> Iterator[Found]:
    """What an expression may become because of where it stands: a loop's source, a condition, an argument, a result."""
    if isinstance(parent, ast.For | ast.comprehension) and field == "iter":
        yield from (("loop", 2.0, new) for new in _sources(node, scope))
    elif (isinstance(parent, ast.If | ast.While | ast.IfExp) and field == "test") or (
        isinstance(parent, ast.comprehension) and field == "ifs"
    ):
        yield "logic", 1.5, _not(node)
        for kind, cost, atom in _atoms(scope):
            yield kind, cost, atom
            yield kind, cost - 0.3, ast.BoolOp(op=ast.And(), values=[atom, node])
            yield kind, cost, ast.BoolOp(op=ast.Or(), values=[node, atom])
    elif isinstance(parent, ast.Call) and field == "args":
        if not isinstance(node, ast.Starred | ast.Constant):
            ends = isinstance(parent.func, ast.Name) and parent.func.id == "range"
            yield from (("off-by-one", 1.3 if ends else 1.8, _plus(node, by)) for by in (1, -1))
        yield from (("argument", 2.5, _call(name, node)) for name in ("len", "list", "int", "str", "range", "set"))
        yield from (("argument", 2.3, new) for new in (_list(node), ast.Tuple(elts=[node], ctx=ast.Load())))
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
            yield "argument", 2.6, ast.UnaryOp(op=ast.USub(), operand=node)
    elif isinstance(parent, ast.Return | ast.Assign | ast.AugAssign) and field == "value":
        yield from _results(node, parent, scope)


def _sources(node: ast.expr, scope: _Scope) -> Iterator[ast.expr]:
    yield from (
        _slice(node, None, None),
        _slice(node, ast.Constant(value=1), None),
        _slice(node, None, ast.Constant(value=-1)),
    )
    yield from (
        _call("range", node),
        _call("range", _call("len", node)),
        _call("enumerate", node),
        _call("sorted", node),
        _call("reversed", node),
    )
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
        yield from _ranges(node.args, scope.names)
    yield from (_name(name) for name in scope.names)
    yield from (_call("range", _call("len", _name(name))) for name in scope.names)
    yield from (_call("range", _name(name)) for name in scope.names)


def _ranges(args: list[ast.expr], names: Sequence[str]) -> Iterator[ast.expr]:
    first = args[0] if len(args) > 1 else ast.Constant(value=0)
    last = args[1] if len(args) > 1 else args[0]
    down = ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=1))
    if len(args) == 1:
        yield _call("range", ast.Constant(value=1), last)
        yield _call("range", ast.Constant(value=1), _plus(last, 1))
        if isinstance(last, ast.Call) and isinstance(last.func, ast.Name) and last.func.id == "len" and last.args:
            yield last.args[0]
    yield _call("range", last)
    yield from (
        (_call("range", _call("min", last, _call("len", _name(name)))) for name in names) if len(args) == 1 else ()
    )
    yield _call("range", _plus(last, -1), _plus(first, -1), down)
    yield _call("range", last, first, down)


def _results(node: ast.expr, parent: ast.AST, scope: _Scope) -> Iterator[Found]:
    yield from (("off-by-one", 1.9, _plus(node, by)) for by in (1, -1))
    yield from (("result", 2.3, _call(name, node)) for name in ("list", "len", "sorted", "tuple", "int", "str", "sum"))
    yield "result", 2.2, _list(node)
    if isinstance(parent, ast.AugAssign):
        yield "argument", 1.2, _list(node)
        yield "argument", 2.0, ast.Tuple(elts=[node], ctx=ast.Load())
        return
    yield from (
        ("result", 2.4, new)
        for new in (
            ast.Constant(value=0),
            ast.Constant(value=1),
            _list(),
            ast.Constant(value=True),
            ast.Constant(value=False),
        )
    )
    yield from (("result", 2.3, _call("len", _name(name))) for name in scope.names)
    yield from (("result", 2.1, _name(name)) for name in scope.names)
    yield "result", 2.6, _slice(node, None, None)
    others: list[ast.expr] = [ast.Constant(value=0), *(_name(name) for name in scope.names)]
    if not isinstance(node, ast.Constant | ast.List):
        yield from (("result", 2.9, _call(pick, node, other)) for pick in ("max", "min") for other in others)
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield from (("result", cost - 0.9, atom) for _, cost, atom in _atoms(scope))


def _atoms(scope: _Scope) -> Iterator[Found]:
    """Simple claims about the variables at hand."""
    for name in scope.names:
        yield "condition", 3.0, _not(_name(name))
        yield "condition", 3.2, _name(name)
        yield from (
            ("condition", 3.4, _compare(_name(name), op(), ast.Constant(value=value)))
            for op in (ast.Gt, ast.Eq)
            for value in (0, 1)
        )
    for a in scope.names:
        for b in scope.names:
            if a != b:
                yield from (
                    ("condition", 3.4, _compare(_name(a), op(), _name(b)))
                    for op in (ast.Lt, ast.LtE, ast.Eq, ast.NotEq, ast.In, ast.NotIn)
                )
                yield from (
                    ("condition", 3.4, _compare(_name(a), op(), _call("len", _name(b)))) for op in (ast.Lt, ast.Eq)
                )


# --- statements ------------------------------------------------------------------------------------------------------

Block = list[ast.stmt]
Holder = tuple[ast.AST, str]


def _statement_edits(tree: ast.Module, at: Pieces, only: Touched | None) -> Iterator[Edit]:
    if only is None:
        yield from (Edit(kind="variable", line=line, cost=cost, sets=sets) for cost, line, sets in on_objects(tree))
    for node, scope in _owners(tree):
        for field in ("body", "orelse"):
            block = getattr(node, field, None)
            if not (isinstance(block, list) and block and isinstance(block[0], ast.stmt)):
                continue
            inside = not isinstance(node, ast.Module)
            new = only is None or only.has(node, field)
            for place, statement in enumerate(block):
                if not new and only is not None and id(statement) not in only.made:
                    continue
                yield from _moves((node, field), block, place)
                yield from _rewrites((node, field), block, place, statement, scope, at)
                yield from _given((node, field), block, place, at)
            if new:
                yield from _insertions((node, field), block, scope, at, inside)
        if only is not None:
            continue
        if isinstance(node, ast.FunctionDef):
            yield from _guards(node, scope)
            yield from _fresh(node)
        if isinstance(node, ast.FunctionDef | ast.Module):
            yield from _undefined(node, tree)
            yield from (Edit(kind="line", line=line, cost=cost, sets=sets) for cost, line, sets in lifted(node))
        if isinstance(node, ast.FunctionDef) or (isinstance(node, ast.Module) and not scope.parameters):
            yield from (Edit(kind="order", line=line, cost=cost, sets=sets) for cost, line, sets in exchanged(node))


def _fresh(function: ast.FunctionDef) -> Iterator[Edit]:
    """What is shared with the caller, or between calls, made anew."""
    line = function.body[0].lineno
    for sets in defaults(function):
        yield Edit(kind="missing-part", line=function.lineno, cost=1.2, sets=sets)
    for parameter in function.args.args:
        copied = ast.Assign(
            targets=[ast.Name(id=parameter.arg, ctx=ast.Store())], value=_call("list", _name(parameter.arg))
        )
        yield _on((function, "body"), "missing-statement", line, 2.3, [copied, *function.body])


def _given(holder: Holder, block: Block, place: int, at: Pieces) -> Iterator[Edit]:
    """A step of an accepted program instead of this one."""
    statement = block[place]
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return
    for step in at.given_steps:
        cost = 1.8 if type(step) is type(statement) else 2.6
        yield _on(holder, "line", first_unlike(statement, step), cost, [*block[:place], step, *block[place + 1 :]])
        if isinstance(step, ast.If | ast.For | ast.While) and isinstance(statement, type(step)):
            head = "iter" if isinstance(step, ast.For) else "test"
            yield Edit(
                kind="condition", line=statement.lineno, cost=1.7, sets=((statement, head, getattr(step, head)),)
            )


def _on(
    holder: Holder, kind: str, line: int, cost: float, block: Sequence[ast.stmt], *more: tuple[ast.AST, str, Any]
) -> Edit:
    field = holder[1]
    whole = list(block) or ([ast.Pass()] if field == "body" else [])
    sets = [_splice(node, slot, value) if getattr(node, slot) else (node, slot, value) for node, slot, value in more]
    return Edit(kind=kind, line=line, cost=cost, sets=(_splice(holder[0], field, whole), *sets))


def _moves(holder: Holder, block: Block, place: int) -> Iterator[Edit]:
    statement, before, after = block[place], block[:place], block[place + 1 :]
    if not isinstance(statement, ast.FunctionDef):
        yield _on(holder, "extra", statement.lineno, 2.0, [*before, *after])
    if after:
        yield _on(holder, "order", statement.lineno, 2.2, [*before, after[0], statement, *after[1:]])
    for field in ("body", "orelse"):
        inner = getattr(statement, field, None)
        if isinstance(statement, ast.FunctionDef) or not (
            isinstance(inner, list) and inner and isinstance(inner[0], ast.stmt)
        ):
            continue
        if after:
            yield _on(
                holder,
                "indentation",
                after[0].lineno,
                1.4,
                [*before, statement, *after[1:]],
                (statement, field, [*inner, after[0]]),
            )
        left = inner[:-1] or ([ast.Pass()] if field == "body" else [])
        if (done := _uncalled(inner[-1])) is not None:
            yield _on(
                holder, "argument", inner[-1].lineno, 0.7, [*before, statement, done, *after], (statement, field, left)
            )
        yield _on(
            holder,
            "indentation",
            inner[-1].lineno,
            1.3,
            [*before, statement, inner[-1], *after],
            (statement, field, left),
        )
        if len(inner) > 1 and field == "body":
            yield _on(
                holder,
                "indentation",
                inner[0].lineno,
                2.4,
                [*before, inner[0], statement, *after],
                (statement, field, inner[1:]),
            )
        if before and field == "body":
            yield _on(
                holder,
                "indentation",
                before[-1].lineno,
                2.6,
                [*before[:-1], statement, *after],
                (statement, field, [before[-1], *inner]),
            )
        yield _on(holder, "flow", statement.lineno, 2.4, [*before, *inner, *after])
        yield from _far_moves(holder, block, place, field)
        yield from _deep_moves(holder, block, place, inner)
    if isinstance(statement, ast.If) and statement.orelse:
        yield _on(
            holder,
            "flow",
            statement.lineno,
            1.6,
            [*before, statement, *statement.orelse, *after],
            (statement, "orelse", []),
        )
        yield Edit(kind="extra", line=statement.orelse[0].lineno, cost=2.2, sets=((statement, "orelse", []),))
    if isinstance(statement, ast.If) and not statement.orelse and after:
        line = after[0].lineno
        yield _on(holder, "flow", line, 1.9, [*before, statement], (statement, "orelse", after))
        yield _on(holder, "flow", line, 2.1, [*before, statement, *after[1:]], (statement, "orelse", [after[0]]))


def _uncalled(step: ast.stmt) -> ast.stmt | None:
    """A method that is only named, called: `found.sort` does nothing."""
    match step:
        case ast.Expr(value=ast.Attribute() as method):
            return ast.Expr(value=ast.Call(func=method, args=[], keywords=[]))
    return None


def _far_moves(holder: Holder, block: Block, place: int, field: str) -> Iterator[Edit]:
    statement: Any = block[place]
    for cost, outer, kept, moved in split(block, place, getattr(statement, field)):
        yield _on(holder, "indentation", moved.lineno, cost, outer, (statement, field, kept))
    if field == "body" and isinstance(statement, ast.For | ast.While):
        for cost, outer, kept, moved in hoisted(block, place, statement):
            yield _on(holder, "order", moved.lineno, cost, outer, (statement, field, kept))


def _deep_moves(holder: Holder, block: Block, place: int, inner: Block) -> Iterator[Edit]:
    """The end of an if inside a loop goes behind the loop: deciding too early, undone."""
    for choice in inner:
        if not isinstance(choice, ast.If | ast.For | ast.While):
            continue
        field = "orelse" if choice.orelse else "body"
        ends: Block = getattr(choice, field)
        while len(ends) == 1 and isinstance(ends[0], ast.If):
            choice = ends[0]
            field = "orelse" if choice.orelse else "body"
            ends = getattr(choice, field)
        left = ends[:-1] or ([ast.Pass()] if field == "body" else [])
        moved = [*block[: place + 1], ends[-1], *block[place + 1 :]]
        yield _on(holder, "indentation", ends[-1].lineno, 1.4, moved, (choice, field, left))


def _rewrites(  # noqa: C901 - one case a kind of statement
    holder: Holder, block: Block, place: int, statement: ast.stmt, scope: _Scope, at: Pieces
) -> Iterator[Edit]:
    def put(kind: str, cost: float, *new: ast.stmt) -> Edit:
        return _on(holder, kind, statement.lineno, cost, [*block[:place], *new, *block[place + 1 :]])

    yield from (put(kind, cost, new) for kind, cost, new in rewritten(statement))
    if (swap := swapped(block, place)) is not None:
        yield _on(holder, "order", statement.lineno, 1.0, [*block[:place], swap, *block[place + 2 :]])
    if isinstance(statement, ast.Assign | ast.AugAssign | ast.Expr):
        for name in scope.names:
            yield put("missing-part", 2.9, ast.If(test=_name(name), body=[statement], orelse=[]))
    if isinstance(statement, ast.If) and not statement.orelse:
        yield from _otherwise(statement, scope, at)
    if (turned := inside_out(statement)) is not None:
        yield put("order", 1.9, turned)
    if (done := _uncalled(statement)) is not None:
        yield put("argument", 0.6, done)
    match statement:
        case ast.Pass():
            yield from (put("missing-return", 1.3, ast.Return(value=value)) for value in _returned(scope))
        case ast.Return(value=ast.Attribute(attr=attr, value=target) as method) if attr in _GIVES_NONE:
            called = ast.Expr(value=ast.Call(func=method, args=[], keywords=[]))
            yield put("none-result", 0.6, called, ast.Return(value=target))
        case ast.Break() | ast.Continue():
            yield put("flow", 1.8, ast.Continue() if isinstance(statement, ast.Break) else ast.Break())
        case ast.Assign(value=ast.Call(func=ast.Attribute(attr=attr, value=target)) as call) if attr in _GIVES_NONE:
            yield put("none-result", 0.8, ast.Expr(value=call))
            yield put("none-result", 1.0, ast.Expr(value=call), ast.Assign(targets=statement.targets, value=target))
        case ast.Return(value=ast.Call(func=ast.Attribute(attr=attr, value=target)) as call) if attr in _GIVES_NONE:
            yield put("none-result", 0.8, ast.Expr(value=call), ast.Return(value=target))
        case ast.Return(value=None):
            yield from (put("missing-return", 1.2, ast.Return(value=value)) for value in _returned(scope))
        case ast.Return(value=ast.expr() as value):
            yield put("flow", 2.6, ast.Expr(value=value))
            yield put("flow", 2.8, ast.If(test=value, body=[ast.Return(value=value)], orelse=[]))
        case ast.Expr(value=ast.Call(func=ast.Name(id="print"), args=[shown])):
            yield put("missing-return", 0.8, ast.Return(value=shown))
        case ast.Expr(value=value) if not isinstance(value, ast.Constant):
            yield put("missing-return", 1.2, ast.Return(value=value))
            if isinstance(value, ast.BinOp) and isinstance(value.left, ast.Name):
                yield put(
                    "operator",
                    1.4,
                    ast.AugAssign(target=ast.Name(id=value.left.id, ctx=ast.Store()), op=value.op, value=value.right),
                )
        case ast.Assign(
            targets=[ast.Name() | ast.Attribute() | ast.Subscript() as place_kept],
            value=ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=value),
        ):
            meant = ast.Sub() if isinstance(sign, ast.USub) else ast.Add()
            yield put("operator", 0.9, ast.AugAssign(target=place_kept, op=meant, value=value))
        case ast.Assign(targets=[ast.Name() as target], value=value):
            yield put("operator", 1.5, ast.AugAssign(target=target, op=ast.Add(), value=value))
            yield put("missing-return", 2.4, ast.Return(value=value))
        case ast.AugAssign(target=target, value=value):
            yield put("operator", 2.0, ast.Assign(targets=[target], value=value))
        case ast.If(test=test, body=body, orelse=orelse):
            yield put("loop", 2.4, ast.While(test=test, body=body, orelse=orelse))
            if orelse:
                yield put("logic", 1.9, ast.If(test=test, body=orelse, orelse=body))
        case ast.For() | ast.While():
            for name in scope.names:
                again = _call("range", _call("len", _name(name)))
                each = ast.Name(id="_", ctx=ast.Store())
                yield put("loop", 2.8, ast.For(target=each, iter=again, body=[statement], orelse=[]))
    match statement:
        case ast.While(test=test, body=body, orelse=orelse):
            yield put("loop", 2.6, ast.If(test=test, body=body, orelse=orelse))


def _otherwise(choice: ast.If, scope: _Scope, at: Pieces) -> Iterator[Edit]:
    """A case that was not thought of: what to do where none of the conditions holds."""
    steps: list[tuple[float, ast.stmt]] = [(2.9, ast.Return(value=value)) for value in _returned(scope)]
    for name in scope.names:
        steps += [(2.7, step) for other in scope.names if other != name for step in _gathered(name, other)]
    steps += [(3.2, step) for step in at.steps] + [(2.2, step) for step in at.given_steps]
    for cost, step in steps:
        yield Edit(kind="missing-part", line=choice.lineno, cost=cost, sets=((choice, "orelse", [step]),))


def _gathered(name: str, other: str) -> Iterator[ast.stmt]:
    append = ast.Attribute(value=_name(name), attr="append", ctx=ast.Load())
    yield ast.Expr(value=ast.Call(func=append, args=[_name(other)], keywords=[]))
    yield ast.AugAssign(target=ast.Name(id=name, ctx=ast.Store()), op=ast.Add(), value=_name(other))


def _insertions(holder: Holder, block: Block, scope: _Scope, at: Pieces, inside: bool) -> Iterator[Edit]:
    for place in range(len(block) + 1):
        if place and isinstance(block[place - 1], ast.Return | ast.Break | ast.Continue):
            continue
        near = block[min(place, len(block) - 1)]
        line = (block[place - 1].end_lineno or near.lineno) if place == len(block) else near.lineno
        last = place == len(block)
        new = _new_statements(holder, last, scope) if inside else ()
        copied = (("missing-statement", 3.3, step) for step in at.steps)
        given = (("missing-statement", 2.2, step) for step in at.given_steps)
        # One case gives its result back, what holds for all others does not.
        ended = last and isinstance(holder[0], ast.FunctionDef)
        results = (("missing-return", 2.0, ast.Return(value=value)) for value in (at.own if ended else ()))
        for kind, cost, step in (*new, *results, *copied, *given):
            if inside or not isinstance(step, ast.Return):
                yield _on(holder, kind, line, cost, [*block[:place], step, *block[place:]])


def _new_statements(holder: Holder, last: bool, scope: _Scope) -> Iterator[tuple[str, float, ast.stmt]]:
    function = isinstance(holder[0], ast.FunctionDef)
    for value in _returned(scope):
        # A number made up for the tests' sake is seldom what is missing.
        doubt = 0.4 * (isinstance(value, ast.Constant) and type(value.value) is int)
        yield "missing-return", (1.5 if last and function else 2.9) + doubt, ast.Return(value=value)
    for name in scope.names:
        yield from (
            (
                "missing-statement",
                2.7,
                ast.AugAssign(target=ast.Name(id=name, ctx=ast.Store()), op=op(), value=ast.Constant(value=1)),
            )
            for op in (ast.Add, ast.Sub)
        )
        for start in (ast.Constant(value=0), _list(), ast.Constant(value=1)):
            yield "missing-statement", 2.8, ast.Assign(targets=[ast.Name(id=name, ctx=ast.Store())], value=start)
        for other in scope.names:
            if other != name:
                append = ast.Call(
                    func=ast.Attribute(value=_name(name), attr="append", ctx=ast.Load()),
                    args=[_name(other)],
                    keywords=[],
                )
                yield "missing-statement", 3.0, ast.Expr(value=append)
                remove = ast.Attribute(value=_name(name), attr="remove", ctx=ast.Load())
                yield "missing-statement", 3.2, ast.Expr(value=ast.Call(func=remove, args=[_name(other)], keywords=[]))
                yield (
                    "missing-statement",
                    3.1,
                    ast.Assign(targets=[ast.Name(id=name, ctx=ast.Store())], value=_name(other)),
                )
                yield (
                    "missing-statement",
                    3.1,
                    ast.AugAssign(target=ast.Name(id=name, ctx=ast.Store()), op=ast.Add(), value=_name(other)),
                )
    if not function:
        yield "flow", 2.6, ast.Break()
        yield "flow", 2.8, ast.Continue()


def _returned(scope: _Scope) -> Iterator[ast.expr]:
    yield from (_name(name) for name in scope.names)
    yield from (ast.Constant(value=value) for value in (True, False, 0, -1))
    yield _list()
    yield from (_call("len", _name(name)) for name in scope.parameters)


def _guards(function: ast.FunctionDef, scope: _Scope) -> Iterator[Edit]:
    """A function that does not think of an empty or smallest input: a return for it, before anything else."""
    line = function.body[0].lineno
    for parameter in function.args.args:
        name = parameter.arg
        choices = [n for n in ast.walk(function) if isinstance(n, ast.If) and asks_empty(n.test, name)]
        for choice in choices:
            yield from _guard_mended(choice, name, scope)
        thought_of = 1.0 if choices else 0.0
        tests: list[tuple[float, Callable[[], ast.expr]]] = [
            (1.7, lambda name=name: _not(_name(name))),  # type: ignore[misc]
            (2.9, lambda name=name: _compare(_name(name), ast.LtE(), ast.Constant(value=1))),  # type: ignore[misc]
            (2.9, lambda name=name: _compare(_call("len", _name(name)), ast.LtE(), ast.Constant(value=1))),  # type: ignore[misc]
            (2.5, lambda name=name: _not(_call("isinstance", _name(name), _name("list")))),  # type: ignore[misc]
        ]  # fmt: skip
        for cost, test in tests:
            for value in _guard_values(name, scope):
                guard = ast.If(test=test(), body=[ast.Return(value=value)], orelse=[])
                yield _on((function, "body"), "missing-part", line, cost + thought_of, [guard, *function.body])


def _guard_mended(choice: ast.If, name: str, scope: _Scope) -> Iterator[Edit]:
    """The empty input was thought of, and goes wrong: another result for it, or also another way to ask for it."""
    for value in _guard_values(name, scope):
        body = (choice, "body", [ast.Return(value=value)])
        yield Edit(kind="result", line=choice.body[0].lineno, cost=1.5, sets=(body,))
    for value in _guard_values(name, scope):
        body = (choice, "body", [ast.Return(value=value)])
        yield Edit(kind="condition", line=choice.lineno, cost=1.7, sets=((choice, "test", _not(_name(name))), body))


def _undefined(function: ast.FunctionDef | ast.Module, module: ast.Module) -> Iterator[Edit]:
    """A name that nothing was ever assigned to: under one that something was, or given a value to start with."""
    for unknown in unknowns(function, module):
        line = unknown.uses[0].lineno
        for rank, text in enumerate(unknown.meant):
            sets = tuple((node, "id", text) for node in unknown.uses)
            yield Edit(kind="variable", line=line, cost=0.4 + 0.1 * rank, sets=sets)
        idle = unread(function)
        for loop in ast.walk(function):
            if isinstance(loop, ast.For) and isinstance(loop.target, ast.Name):
                target = ast.Name(id=unknown.text, ctx=ast.Store())
                # One line instead of several: the loop's own variable is by another name than all that read it.
                cost = 0.3 if loop.target.id in idle and len(unknown.uses) > 1 else 1.0
                yield Edit(kind="variable", line=loop.lineno, cost=cost, sets=((loop, "target", target),))
        for cost, value in starts():
            start = ast.Assign(targets=[ast.Name(id=unknown.text, ctx=ast.Store())], value=value)
            yield _on((function, "body"), "missing-statement", function.body[0].lineno, cost, [start, *function.body])


def _guard_values(name: str, scope: _Scope) -> Iterator[ast.expr]:
    yield from (ast.Constant(value=value) for value in (0, 1, None, False, True, "", -1))
    yield from (_name(name), _list(), _list(_list()), ast.Tuple(elts=[], ctx=ast.Load()), ast.Dict(keys=[], values=[]))
    yield from (_name(other) for other in scope.parameters if other != name)
