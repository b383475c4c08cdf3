"""Mix-ups between a name, a value, an object and a call, read from the whole tree of a program."""

import ast
import re
from collections.abc import Iterator, Mapping

from tools._scene import Function, given, own, returns_nothing
from tools._slip import Slip

_TEXT_METHODS = frozenset(
    [
        "upper",
        "lower",
        "strip",
        "lstrip",
        "rstrip",
        "title",
        "capitalize",
        "swapcase",
        "split",
        "splitlines",
        "isdigit",
        "isalpha",
        "isupper",
        "islower",
    ]
)
_LIST_METHODS = frozenset(["sort", "reverse", "copy", "pop", "clear"])
_IN_PLACE = frozenset(
    [
        "append",
        "extend",
        "insert",
        "remove",
        "sort",
        "reverse",
        "clear",
        "add",
        "update",
        "discard",
        "pop",
        "setdefault",
    ]
)
_CALLED_LATER = frozenset(["command", "target"])
_CALLS_LATER = frozenset(
    ["onclick", "onscreenclick", "onkey", "onkeypress", "onkeyrelease", "ontimer", "after", "bind", "protocol"]
)
_LISTS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
_MAKERS = frozenset(["list", "dict", "set", "sorted"])


def mixups(tree: ast.Module) -> Iterator[Slip]:
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        yield from _call(node, parents.get(node), functions)
        yield from _identity(node)
    yield from _names_of_functions(tree, functions, parents)
    for function in functions.values():
        yield from _forgotten(function)
        yield from _own_variable(function, tree)
    yield from _two_names(tree)
    for scope in functions.values():
        yield from _two_names(scope)
    yield from _same_row(tree)
    yield from _never_reached(tree, parents)
    yield from _deaf_window(tree)
    yield from _unfilled(tree, parents)
    yield from _shared_by_all(tree)
    yield from _not_kept(tree)


def _call(node: ast.AST, parent: ast.AST | None, functions: Mapping[str, ast.FunctionDef]) -> Iterator[Slip]:
    match node:
        case ast.Call(func=ast.Name(id=name)) if name in functions:
            function = functions[name]
            if _is_handed_on(node, parent):
                if returns_nothing(function):
                    yield _called_at_once(node.lineno, name)
            elif isinstance(parent, ast.Expr):
                if not returns_nothing(function) and not _does_something(function):
                    yield _result_unused(node, name)
            elif returns_nothing(function) and not isinstance(parent, ast.Return | ast.Await):
                yield _none_used(node.lineno, function)


def _is_handed_on(node: ast.Call, parent: ast.AST | None) -> bool:
    """Whether the call stands where a function is wanted that somebody else calls later."""
    match parent:
        case ast.keyword(arg=arg):
            return arg in _CALLED_LATER
        case ast.Call(func=ast.Attribute(attr=attr), args=args):
            return attr in _CALLS_LATER and node in args
    return False


def _called_at_once(line: int, name: str) -> Slip:
    return Slip(
        line=line,
        name="called-at-once",
        what=f"With its round brackets `{name}()` is called right here, before anything is clicked or pressed, and only the `None` that comes back is handed over.",
        look=f"What would be handed over if the line only named `{name}`?",
        change="Hand over the function itself: its name, without the round brackets that call it.",
    )


def _result_unused(node: ast.Call, name: str) -> Slip:
    names = [arg.id for arg in node.args if isinstance(arg, ast.Name)]
    kept = f" `{names[0]}` itself stays what it was." if names else ""
    return Slip(
        line=node.lineno,
        name="result-unused",
        what=f"This line calls `{name}` and drops the value that it gives back.{kept}",
        look="Where should that value go, so that the lines below can use it?",
        change="Store what the call gives back under a name, or put the call right where the value is needed.",
    )


def _none_used(line: int, function: ast.FunctionDef) -> Slip:
    prints = any(
        isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "print" for n in own(function)
    )
    does = "prints something itself, but it" if prints else "works, but it"
    return Slip(
        line=line,
        name="none-used",
        what=f"`{function.name}` {does} has no `return` that gives a value, so the call on this line comes back as `None`, and that is what the line goes on with.",
        look=f"Who should show the result: `{function.name}`, or the line that calls it?",
        change=f"Choose one of two: let `{function.name}` hand its value back with `return`, or call it on a line of its own and use nothing of it.",
    )


def _does_something(function: Function) -> bool:
    """Whether a call changes or shows anything besides giving back a value."""
    for node in own(function):
        match node:
            case ast.Global() | ast.Nonlocal() | ast.Delete() | ast.Yield() | ast.YieldFrom() | ast.Raise():
                return True
            case ast.Attribute(ctx=ast.Store()) | ast.Subscript(ctx=ast.Store()):
                return True
            case ast.Expr(value=ast.Call()) | ast.Call(func=ast.Name(id="print" | "input" | "open")):
                return True
            case ast.Call(func=ast.Attribute(attr=attr)) if attr in _IN_PLACE:
                return True
    return False


def _identity(node: ast.AST) -> Iterator[Slip]:
    match node:
        case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot()], comparators=[right]) if not any(
            (isinstance(side, ast.Constant) and not isinstance(side.value, str | int | float | bytes))
            or (isinstance(side, ast.Constant) and isinstance(side.value, bool))
            or isinstance(side, ast.Call)
            for side in (left, right)
        ):  # fmt: skip
            yield Slip(
                line=node.lineno,
                name="identity",
                what="`is` asks whether both sides are one and the same object in memory, not whether they are equal: two values that look alike can still be two objects.",
                look="Which sign asks whether two values are equal?",
                change="Ask for equality there, and keep `is` for `None`.",
            )


def _names_of_functions(
    tree: ast.Module, functions: Mapping[str, ast.FunctionDef], parents: Mapping[ast.AST, ast.AST]
) -> Iterator[Slip]:
    """A function or method that is named where its result was meant: printed, reckoned with, or stored."""
    modules = {alias.asname or alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names}
    fields = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)}
    for node in ast.walk(tree):
        parent = parents.get(node)
        match node:
            case ast.Name(id=name, ctx=ast.Load()) if name in functions and _wants_value(node, parent):
                yield _not_called(node.lineno, name, name)
            case ast.Attribute(value=ast.Name(id=owner), attr=attr, ctx=ast.Load()) if (
                attr in _TEXT_METHODS | _LIST_METHODS and attr not in fields and owner not in modules
            ):
                if _wants_value(node, parent) or (isinstance(parent, ast.Assign) and node is parent.value):
                    yield _not_called(node.lineno, f"{owner}.{attr}", attr)


def _wants_value(node: ast.AST, parent: ast.AST | None) -> bool:
    match parent:
        case ast.Call(func=ast.Name(id="print" | "len" | "str" | "int" | "float"), args=args):
            return node in args
        case ast.BinOp() | ast.FormattedValue():
            return True
    return False


def _not_called(line: int, shown: str, name: str) -> Slip:
    return Slip(
        line=line,
        name="not-called",
        what=f"`{shown}` is only named here, nothing is called: without round brackets Python takes the function itself as the value.",
        look="What is missing behind the name of a function so that it runs?",
        change=f"Put round brackets behind `{name}`, with what it needs inside them.",
    )


def _forgotten(function: ast.FunctionDef) -> Iterator[Slip]:
    """The last step works out the value and nothing hands it back."""
    last = function.body[-1]
    if not isinstance(last, ast.Expr) or not isinstance(last.value, ast.BinOp | ast.Compare | ast.BoolOp | ast.Name):
        return
    nothing = returns_nothing(function)
    tells = (
        f"`{function.name}` has no `return`"
        if nothing
        else f"on this way through `{function.name}` there is no `return`"
    )
    yield Slip(
        line=last.lineno,
        name="value-forgotten",
        what=f"This line works out a value and then forgets it: {tells}, so the call gives back `None`.",
        look="Which word hands a value back to the line that called?",
        change="Hand the value of that line back: it lacks the one word that ends a function and gives its value out.",
    )


def _own_variable(function: ast.FunctionDef, tree: ast.Module) -> Iterator[Slip]:
    """A name of the program that the function gives a value to and never reads: the outer one stays as it was."""
    outward = {name for n in own(function) if isinstance(n, ast.Global | ast.Nonlocal) for name in n.names}
    parameters = {arg.arg for arg in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)}
    read = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    for node in function.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]) if name not in outward | parameters | read and given(
                tree, name
            ):
                yield Slip(
                    line=node.lineno,
                    name="own-variable",
                    what=f"Inside `{function.name}` this makes a new variable `{name}` that belongs to the function alone (a local one) and is gone when it ends; the `{name}` outside keeps its old value.",
                    look="How can a value get out of a function?",
                    change=f"Let the function hand the new value back, and let the line that calls it store that in `{name}`.",
                )


def _two_names(scope: ast.Module | Function) -> Iterator[Slip]:
    """`b = a` where `a` is a list or the like, and one of them is changed in place afterwards."""
    made = {}
    for node in own(scope):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _makes_list(value):
                made[name] = node.lineno
    for node in scope.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=second)], value=ast.Name(id=first)) if (
                first in made and made[first] < node.lineno and first != second
            ):
                later = [line for name in (first, second) for line in given(scope, name) if line > node.lineno]
                if not later and {first, second} & _changed(scope, node.lineno):
                    yield Slip(
                        line=node.lineno,
                        name="two-names",
                        what=f"This makes no copy: `{second}` and `{first}` are now two names for one and the same object, so what is changed through one shows through the other.",
                        look="Where could a second one of its own be made?",
                        change="Make a real copy on that line: lists and dictionaries have a method for it.",
                    )


def _makes_list(value: ast.expr) -> bool:
    match value:
        case ast.Call(func=ast.Name(id=name)):
            return name in _MAKERS
        case ast.Call(func=ast.Attribute(attr="split")):
            return True
        case ast.BinOp(left=ast.List()):
            return True
    return isinstance(value, _LISTS)


def _changed(scope: ast.AST, after: int) -> set[str]:
    found = set()
    for node in own(scope):
        if getattr(node, "lineno", 0) <= after:
            continue
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)) if attr in _IN_PLACE:
                found.add(name)
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.AugAssign(target=ast.Name(id=name)):
                found.add(name)
    return found


def _same_row(tree: ast.Module) -> Iterator[Slip]:
    """`[[0] * 3] * 3`, with a single cell set later."""
    set_later = any(
        (isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store) and isinstance(n.value, ast.Subscript))
        or (isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr in _IN_PLACE and isinstance(n.func.value, ast.Subscript))
        for n in ast.walk(tree)
    )  # fmt: skip
    for node in ast.walk(tree):
        match node:
            case ast.BinOp(left=ast.List(elts=[inner]), op=ast.Mult()) if set_later and (
                isinstance(inner, _LISTS) or (isinstance(inner, ast.BinOp) and isinstance(inner.left, ast.List))
            ):
                yield Slip(
                    line=node.lineno,
                    name="same-row",
                    what="The outer `*` makes no new rows: it puts one and the same row into the list several times, so a change in one row shows in all of them.",
                    look="How often is the inner list really made?",
                    change="Make a new inner list for each row, in a loop or a comprehension, instead of repeating one.",
                )


_BELOW, _ABOVE = (ast.Lt, ast.LtE), (ast.Gt, ast.GtE)


def _never_reached(tree: ast.Module, parents: Mapping[ast.AST, ast.AST]) -> Iterator[Slip]:
    """An `elif` for numbers that an earlier branch of the chain has taken already."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.If) or _is_elif(node, parents.get(node)):
            continue
        seen: list[tuple[ast.If, str, type, float]] = []
        for branch in _chain(node):
            now = _border(branch)
            for first, name, side, border in seen if now else ():
                assert now is not None
                if now[1:3] == (name, side) and (now[3] >= border if side is ast.Gt else now[3] <= border):
                    word = "above" if side is ast.Gt else "below"
                    yield Slip(
                        line=first.lineno,
                        name="never-reached",
                        what=f"Python asks from the top and runs only the first branch that is true. Each `{name}` {word} {now[3]:g} is {word} {border:g} as well, so line {first.lineno} takes it and line {branch.lineno} is never reached.",
                        look="In which order should the questions be asked?",
                        change="Ask for the narrowest case first and for the widest one last.",
                    )
                    return
            if now:
                seen.append(now)


def _is_elif(node: ast.If, parent: ast.AST | None) -> bool:
    return isinstance(parent, ast.If) and parent.orelse == [node]


def _chain(node: ast.If) -> Iterator[ast.If]:
    yield node
    while len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
        node = node.orelse[0]
        yield node


def _border(branch: ast.If) -> tuple[ast.If, str, type, float] | None:
    match branch.test:
        case ast.Compare(left=ast.Name(id=name), ops=[op], comparators=[ast.Constant(value=int() | float() as border)]):
            side = ast.Gt if isinstance(op, _ABOVE) else ast.Lt if isinstance(op, _BELOW) else None
            # at one and the same border `> 5` after `>= 5` is covered, `>= 5` after `> 5` is not: leave both
            return (branch, name, side, border) if side else None
    return None


def _deaf_window(tree: ast.Module) -> Iterator[Slip]:
    """A game's loop that never asks its window what happened."""
    uses = any(isinstance(n, ast.Import) and any(alias.name == "pygame" for alias in n.names) for n in ast.walk(tree))
    asked = any(isinstance(n, ast.Attribute) and n.attr == "event" for n in ast.walk(tree))
    for node in ast.walk(tree) if uses and not asked else ():
        draws = any(isinstance(n, ast.Attribute) and n.attr in ("flip", "update") for n in ast.walk(node))
        if isinstance(node, ast.While) and draws:
            yield Slip(
                line=node.lineno,
                name="deaf-window",
                what="The loop draws, but it never asks pygame for its events (clicks, keys, the closing of the window), so the system takes the window for one that hangs.",
                look="Where in each round could the program look at what has happened?",
                change="In each round of the loop go through the events that pygame has collected, and end the loop on the one that closes the window.",
            )


def _unfilled(tree: ast.Module, parents: Mapping[ast.AST, ast.AST]) -> Iterator[Slip]:
    """`"{name}"` without the f, where `name` is a variable."""
    known = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        parent = parents.get(node)
        inside = re.findall(r"\{([A-Za-z_]\w*)(?:[:.\[][^{}]*)?\}", node.value)
        if isinstance(parent, ast.JoinedStr | ast.Attribute | ast.FormattedValue) or not set(inside) & known:
            continue
        name = next(one for one in inside if one in known)
        yield Slip(
            line=node.lineno,
            name="unfilled",
            what=f"Python takes this text as it stands, curly brackets and all: only a text with the letter `f` in front of its quotes (an f-string) puts in the value of `{name}`.",
            look="Which letter is missing, and where?",
            change="Mark the text as one whose brackets are to be filled in.",
        )


def _shared_by_all(tree: ast.Module) -> Iterator[Slip]:
    """A list in the body of a class that methods change through `self`."""
    for made in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        set_by_self = {n.attr for n in ast.walk(made) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)}
        for step in made.body:
            match step:
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if (
                    _makes_list(value) and name not in set_by_self
                ):
                    if _changed_through_self(made, name):
                        yield Slip(
                            line=step.lineno,
                            name="shared-by-all",
                            what=f"`{name}` stands in the body of the class, so there is only one, and all objects of `{made.name}` share it: what one object puts in, every other one sees.",
                            look=f"Where would each object get a `{name}` of its own?",
                            change="Let each object make its own when it is built, in `__init__`, as an attribute of `self`.",
                        )


def _not_kept(tree: ast.Module) -> Iterator[Slip]:
    """A method that works out an attribute's new value and stores it in a variable of its own."""
    for made in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        fields = {n.attr for n in ast.walk(made) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)}
        for method in (node for node in made.body if isinstance(node, ast.FunctionDef)):
            read = {n.id for n in ast.walk(method) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
            for node in own(method):
                match node:
                    case ast.Assign(targets=[ast.Name(id=name)]) if name in fields - read:
                        yield Slip(
                            line=node.lineno,
                            name="own-variable",
                            what=f"This makes a variable `{name}` that belongs to the method alone (a local one) and is gone when it ends; the object's own `{name}`, which is reached through `self`, stays as it was.",
                            look=f"How does the line say that the object's own `{name}` is meant?",
                            change="Store the value in the attribute of the object instead of in a plain variable.",
                        )


def _changed_through_self(made: ast.ClassDef, name: str) -> bool:
    for node in ast.walk(made):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Attribute(value=ast.Name(id="self"), attr=held), attr=attr)):
                if held == name and attr in _IN_PLACE:
                    return True
            case ast.Subscript(value=ast.Attribute(value=ast.Name(id="self"), attr=held), ctx=ast.Store()):
                if held == name:
                    return True
    return False
