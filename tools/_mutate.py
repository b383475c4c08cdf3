"""Small changes to a program, one at a time: the slips that beginners make, undone."""

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from tools.parse_program import parse_program

NAMES_MAX = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`code` is the whole changed program; `lines` are those of the student's program that it touches; `kind` names
    what sort of change it is; `size` counts changed lines."""

    code: str
    lines: tuple[int, ...]
    kind: str
    size: int = 1


Edit = Callable[[ast.AST], ast.AST | None]

_COMPARE: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt, ast.GtE, ast.NotEq), ast.LtE: (ast.Lt, ast.GtE, ast.Gt), ast.Gt: (ast.GtE, ast.Lt, ast.LtE, ast.NotEq),
    ast.GtE: (ast.Gt, ast.LtE, ast.Lt), ast.Eq: (ast.NotEq, ast.LtE, ast.GtE), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,), ast.Is: (ast.Eq,), ast.IsNot: (ast.NotEq,),
}  # fmt: skip
_OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult), ast.Sub: (ast.Add,), ast.Mult: (ast.Add, ast.Pow), ast.Div: (ast.FloorDiv, ast.Mult),
    ast.FloorDiv: (ast.Div, ast.Mod), ast.Mod: (ast.FloorDiv,), ast.Pow: (ast.Mult,), ast.BitXor: (ast.BitAnd, ast.Pow),
    ast.BitAnd: (ast.BitOr,), ast.BitOr: (ast.BitAnd,),
}  # fmt: skip
_TWINS = {
    "append": "extend",
    "extend": "append",
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "remove": "discard",
    "lstrip": "rstrip",
    "upper": "lower",
    "lower": "upper",
}
_GIVES_NONE = {"append", "extend", "insert", "remove", "sort", "reverse", "clear", "add", "update", "discard"}


def mutations(code: str) -> list[Change]:
    """Every program one small change away, likeliest kinds first, no two the same. Empty when `code` does not parse."""
    tree = parse_program(code)
    if isinstance(tree, SyntaxError):
        return []
    found: dict[str, Change] = {}
    original = ast.unparse(tree)
    for change in (*_expressions(tree), *_statements(tree)):
        if change.code != original:
            found.setdefault(change.code, change)
    order = {kind: place for place, kind in enumerate(_LIKELY)}
    return sorted(found.values(), key=lambda change: order.get(change.kind, len(order)))


_LIKELY = (
    "comparison",
    "off-by-one",
    "operator",
    "indentation",
    "none-result",
    "logic",
    "number",
    "missing-return",
    "condition",
    "variable",
    "argument",
    "order",
    "extra",
    "flow",
)


def _apply(tree: ast.Module, index: int, edit: Edit) -> str | None:
    """The program with node number `index` (in walking order) replaced by what `edit` makes of it."""
    changed = copy.deepcopy(tree)
    target = list(ast.walk(changed))[index]
    new = edit(target)
    if new is None:
        return None
    if new is not target and not _replace(changed, target, new):
        return None
    return _write(changed)


def _write(tree: ast.AST) -> str | None:
    try:
        return ast.unparse(ast.fix_missing_locations(tree))
    except (ValueError, RecursionError, AttributeError, TypeError):
        return None


def _replace(tree: ast.AST, old: ast.AST, new: ast.AST) -> bool:
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
                return True
            if isinstance(value, list):
                for place, item in enumerate(value):
                    if item is old:
                        value[place] = new
                        return True
    return False


def _expressions(tree: ast.Module) -> Iterator[Change]:
    scope = _scopes(tree)
    for index, node in enumerate(ast.walk(tree)):
        line = getattr(node, "lineno", None)
        if line is None:
            continue
        for kind, edit in _edits(node, scope.get(id(node), ())):
            if (code := _apply(tree, index, edit)) is not None:
                yield Change(code=code, lines=(line,), kind=kind)


def _edits(node: ast.AST, names: tuple[str, ...]) -> Iterator[tuple[str, Edit]]:
    match node:
        case ast.Compare():
            yield from _compare_edits(node)
        case ast.BinOp():
            yield from _binary_edits(node)
        case ast.AugAssign(op=op):
            yield from (("operator", _setting("op", new())) for new in _OPERATORS.get(type(op), ()))
        case ast.BoolOp(op=op, values=values):
            yield "logic", _setting("op", ast.Or() if isinstance(op, ast.And) else ast.And())
            yield from (("condition", _only(place)) for place in range(len(values)))
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield "logic", lambda n: n.operand if isinstance(n, ast.UnaryOp) else None
        case ast.Constant(value=value):
            yield from _constant_edits(value)
        case ast.Name(ctx=ast.Load(), id=used):
            yield from _name_edits(used, names)
        case ast.Subscript() | ast.Call():
            yield from _access_edits(node)
        case ast.Attribute(attr=attr) if attr in _TWINS:
            yield "argument", _setting("attr", _TWINS[attr])


def _name_edits(used: str, names: tuple[str, ...]) -> Iterator[tuple[str, Edit]]:
    yield from (("variable", _setting("id", name)) for name in names if name != used)
    if used in _TWINS:
        yield "argument", _setting("id", _TWINS[used])


def _compare_edits(node: ast.Compare) -> Iterator[tuple[str, Edit]]:
    for place, op in enumerate(node.ops):
        for new in _COMPARE.get(type(op), ()):
            yield "comparison", _setting_item("ops", place, new())
    if len(node.ops) == 1 and isinstance(node.ops[0], (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq)):
        for by in (1, -1):
            yield "off-by-one", partial(_shift_right, by=by)


def _shift_right(node: ast.AST, by: int) -> ast.AST | None:
    assert isinstance(node, ast.Compare)
    node.comparators[0] = _plus(node.comparators[0], by)
    return node


def _plus(node: ast.expr, by: int) -> ast.expr:
    return ast.BinOp(left=node, op=ast.Add() if by > 0 else ast.Sub(), right=ast.Constant(value=abs(by)))


def _binary_edits(node: ast.BinOp) -> Iterator[tuple[str, Edit]]:
    for new in _OPERATORS.get(type(node.op), ()):
        yield "operator", _setting("op", new())
    yield (
        "off-by-one" if isinstance(node.right, ast.Constant) else "operator",
        lambda n: n.left if isinstance(n, ast.BinOp) else None,
    )
    yield "operator", lambda n: n.right if isinstance(n, ast.BinOp) else None
    if isinstance(node.op, (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod, ast.Add)):
        yield "operator", _swap_sides


def _swap_sides(node: ast.AST) -> ast.AST | None:
    assert isinstance(node, ast.BinOp)
    node.left, node.right = node.right, node.left
    return node


def _constant_edits(value: object) -> Iterator[tuple[str, Edit]]:
    new: list[object] = []
    if isinstance(value, bool):
        new = [not value]
    elif isinstance(value, int):
        new = [value + 1, value - 1, 0, 1, -value]
    elif isinstance(value, str) and len(value) < 3:
        new = ["", " "]
    for replacement in dict.fromkeys(new):
        if replacement != value or type(replacement) is not type(value):
            yield "number", _setting("value", replacement)


def _access_edits(node: ast.Subscript | ast.Call) -> Iterator[tuple[str, Edit]]:
    if isinstance(node, ast.Subscript):
        if isinstance(node.slice, ast.Slice):
            for part in ("lower", "upper"):
                yield "off-by-one", partial(_slice_edit, part=part, by=None)
                for by in (1, -1):
                    yield "off-by-one", partial(_slice_edit, part=part, by=by)
        else:
            for by in (1, -1):
                yield "off-by-one", partial(_index_edit, by=by)
        return
    for place in range(len(node.args)):
        for by in (1, -1):
            yield "off-by-one", partial(_argument_edit, place=place, change=partial(_plus, by=by))
        for wrap in ("len", "int", "str", "list", "range"):
            yield "argument", partial(_argument_edit, place=place, change=partial(_wrapped, name=wrap))
    if isinstance(node.func, ast.Name) and node.func.id == "range" and len(node.args) == 1:
        yield "off-by-one", _from_one
    if len(node.args) > 1:
        yield "argument", _swap_arguments


def _wrapped(node: ast.expr, name: str) -> ast.expr:
    return ast.Call(func=ast.Name(id=name, ctx=ast.Load()), args=[node], keywords=[])


def _slice_edit(node: ast.AST, part: str, by: int | None) -> ast.AST | None:
    assert isinstance(node, ast.Subscript)
    old = getattr(node.slice, part)
    if by is None:
        if old is None:
            return None
        setattr(node.slice, part, None)
    else:
        setattr(node.slice, part, _plus(old, by) if old is not None else ast.Constant(value=by))
    return node


def _index_edit(node: ast.AST, by: int) -> ast.AST | None:
    assert isinstance(node, ast.Subscript)
    node.slice = _plus(node.slice, by)
    return node


def _argument_edit(node: ast.AST, place: int, change: Callable[[ast.expr], ast.expr]) -> ast.AST | None:
    assert isinstance(node, ast.Call)
    if isinstance(node.args[place], ast.Starred):
        return None
    node.args[place] = change(node.args[place])
    return node


def _from_one(node: ast.AST) -> ast.AST | None:
    assert isinstance(node, ast.Call)
    node.args.insert(0, ast.Constant(value=1))
    return node


def _swap_arguments(node: ast.AST) -> ast.AST | None:
    assert isinstance(node, ast.Call)
    node.args[0], node.args[1] = node.args[1], node.args[0]
    return node


def _setting(name: str, value: object) -> Edit:
    def edit(node: ast.AST) -> ast.AST:
        setattr(node, name, value)
        return node

    return edit


def _setting_item(name: str, place: int, value: object) -> Edit:
    def edit(node: ast.AST) -> ast.AST:
        getattr(node, name)[place] = value
        return node

    return edit


def _only(place: int) -> Edit:
    def edit(node: ast.AST) -> ast.AST | None:
        assert isinstance(node, ast.BoolOp)
        rest = [value for i, value in enumerate(node.values) if i != place]
        if len(rest) == 1:
            return rest[0]
        node.values = rest
        return node

    return edit


def _scopes(tree: ast.Module) -> dict[int, tuple[str, ...]]:
    """The variables that a node could name instead, by node: those of its function, or of the program outside any."""
    scope: dict[int, tuple[str, ...]] = {}
    for owner in (tree, *(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef))):
        names = [n.arg for n in ast.walk(owner) if isinstance(n, ast.arg)]
        names += [n.id for n in ast.walk(owner) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        for node in ast.walk(owner):
            scope[id(node)] = tuple(dict.fromkeys(names))[:NAMES_MAX]
    return scope


# --- statements ----------------------------------------------------------------------------------------------------


def _blocks(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for index, node in enumerate(ast.walk(tree)):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                yield index, name


def _statements(tree: ast.Module) -> Iterator[Change]:
    for index, name in _blocks(tree):
        block: list[ast.stmt] = getattr(list(ast.walk(tree))[index], name)
        for place, statement in enumerate(block):
            for kind, edit in _statement_edits(block, place, statement):
                if (code := _apply(tree, index, _on_block(name, edit))) is not None:
                    yield Change(code=code, lines=(statement.lineno,), kind=kind)
    yield from _missing_returns(tree)


BlockEdit = Callable[[list[ast.stmt]], bool]


def _on_block(name: str, edit: BlockEdit) -> Edit:
    return lambda node: node if edit(getattr(node, name)) else None


def _statement_edits(block: list[ast.stmt], place: int, statement: ast.stmt) -> Iterator[tuple[str, BlockEdit]]:
    yield "extra", lambda b: _put(b, place, ast.Pass())
    if place + 1 < len(block):
        yield "order", lambda b: _swap(b, place)
        if isinstance(statement, (ast.For, ast.While, ast.If, ast.With)):
            yield "indentation", lambda b: _pull_in(b, place)
    if isinstance(statement, (ast.For, ast.While, ast.If, ast.With)):
        yield "indentation", lambda b: _push_out(b, place, "body")
        if isinstance(statement, ast.If) and statement.orelse:
            yield "indentation", lambda b: _push_out(b, place, "orelse")
            yield "flow", lambda b: _flatten_else(b, place)
        if (
            isinstance(statement, (ast.For, ast.While))
            and len(statement.body) == 1
            and isinstance(statement.body[0], ast.If)
        ):
            yield "indentation", lambda b: _push_out_deep(b, place)
    yield from _simple_edits(place, statement)


def _simple_edits(place: int, statement: ast.stmt) -> Iterator[tuple[str, BlockEdit]]:
    match statement:
        case ast.Break():
            yield "flow", lambda b: _put(b, place, ast.Continue())
        case ast.Continue():
            yield "flow", lambda b: _put(b, place, ast.Break())
        case ast.Assign(value=ast.Call(func=ast.Attribute(attr=attr))) if attr in _GIVES_NONE:
            yield "none-result", lambda b: _put(b, place, ast.Expr(value=b[place].value))  # type: ignore[attr-defined]
        case ast.Return(value=ast.Call(func=ast.Attribute(attr=attr, value=ast.Name()))) if attr in _GIVES_NONE:
            yield "none-result", lambda b: _call_then_return(b, place)
        case ast.Expr(value=ast.Call(func=ast.Name(id="print"), args=[_])):
            yield "missing-return", lambda b: _put(b, place, ast.Return(value=b[place].value.args[0]))  # type: ignore[attr-defined]
        case ast.Expr():
            yield "missing-return", lambda b: _put(b, place, ast.Return(value=b[place].value))  # type: ignore[attr-defined]
        case ast.If():
            yield "logic", lambda b: _negate(b, place)
        case ast.Assign():
            yield "operator", lambda b: _accumulate(b, place)


def _put(block: list[ast.stmt], place: int, new: ast.stmt) -> bool:
    block[place] = new
    return True


def _swap(block: list[ast.stmt], place: int) -> bool:
    block[place], block[place + 1] = block[place + 1], block[place]
    return True


def _pull_in(block: list[ast.stmt], place: int) -> bool:
    getattr(block[place], "body").append(block.pop(place + 1))  # noqa: B009 - ast.stmt has no body for mypy
    return True


def _push_out(block: list[ast.stmt], place: int, name: str) -> bool:
    inner: list[ast.stmt] = getattr(block[place], name)
    last = inner.pop()
    if not inner and name == "body":
        inner.append(ast.Pass())
    block.insert(place + 1, last)
    return True


def _push_out_deep(block: list[ast.stmt], place: int) -> bool:
    """The last statement of an if (or its else) inside a loop goes behind the loop: returning too early, undone."""
    choice: ast.If = getattr(block[place], "body")[0]  # noqa: B009
    inner = choice.orelse or choice.body
    last = inner.pop()
    if not inner and inner is choice.body:
        inner.append(ast.Pass())
    block.insert(place + 1, last)
    return True


def _flatten_else(block: list[ast.stmt], place: int) -> bool:
    choice = block[place]
    assert isinstance(choice, ast.If)
    block[place + 1 : place + 1] = choice.orelse
    choice.orelse = []
    return True


def _call_then_return(block: list[ast.stmt], place: int) -> bool:
    value = getattr(block[place], "value")  # noqa: B009
    block[place : place + 1] = [ast.Expr(value=value), ast.Return(value=copy.deepcopy(value.func.value))]
    return True


def _negate(block: list[ast.stmt], place: int) -> bool:
    choice = block[place]
    assert isinstance(choice, ast.If)
    choice.test = ast.UnaryOp(op=ast.Not(), operand=choice.test)
    return True


def _accumulate(block: list[ast.stmt], place: int) -> bool:
    """`x = y` in place of `x += y`."""
    statement = block[place]
    assert isinstance(statement, ast.Assign)
    if len(statement.targets) != 1 or not isinstance(statement.targets[0], ast.Name):
        return False
    return _put(block, place, ast.AugAssign(target=statement.targets[0], op=ast.Add(), value=statement.value))


def _missing_returns(tree: ast.Module) -> Iterator[Change]:
    for index, node in enumerate(ast.walk(tree)):
        if not isinstance(node, ast.FunctionDef) or isinstance(node.body[-1], ast.Return):
            continue
        names = [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)] + [
            a.arg for a in node.args.args
        ]
        values: list[ast.expr] = [ast.Name(id=name, ctx=ast.Load()) for name in dict.fromkeys(names)]
        values += [ast.Constant(value=value) for value in (True, False, 0, -1)] + [ast.List(elts=[], ctx=ast.Load())]
        values += [
            ast.Call(func=ast.Name(id="len", ctx=ast.Load()), args=[ast.Name(id=a.arg, ctx=ast.Load())], keywords=[])
            for a in node.args.args
        ]
        for value in values:
            code = _apply(tree, index, partial(_append, statement=ast.Return(value=value)))
            if code is not None:
                yield Change(code=code, lines=(node.body[-1].end_lineno or node.lineno,), kind="missing-return")


def _append(node: ast.AST, statement: ast.stmt) -> ast.AST:
    assert isinstance(node, ast.FunctionDef)
    node.body.append(statement)
    return node
