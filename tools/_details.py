"""One more sentence on an error that holds for this very program, read from its tree and from what names held."""

import ast
import difflib
import re
import sys
from collections.abc import Callable, Iterable, Iterator

from core.ports import Raised
from tools._scene import (
    BUILTIN,
    Scene,
    block_around,
    given,
    literal,
    own,
    returns_nothing,
    scene_of,
    size,
)

Tell = Callable[[Scene], Iterator[str]]


def detail_of(raised: Raised, code: str) -> str:
    """The first that can be told, or nothing."""
    scene = scene_of(raised, code)
    tell = _TELLS.get(raised.type)
    if scene is None or tell is None:
        return ""
    return next(tell(scene), "")


def _near(name: str, known: Iterable[str], cutoff: float = 0.75) -> str:
    """The known name that is most like it; capitals hardly count."""
    others = sorted({one for one in known if one != name})
    for one in others:
        if one.casefold() == name.casefold():
            return one
    found = difflib.get_close_matches(name, others, n=1, cutoff=cutoff if len(name) > 3 else 0.8)
    return found[0] if found else ""


def _spelt(name: str, near: str) -> str:
    if name.casefold() == near.casefold():
        return f"`{near}` is known, written with other capitals: Python tells them apart."
    return f"There is a name that looks like it: `{near}`."


# --- names

_ELSEWHERE = {
    "true": "True", "false": "False", "null": "None", "nil": "None", "none": "None", "undefined": "None", "NULL": "None",
    "TRUE": "True", "FALSE": "False", "this": "self", "println": "print", "printf": "print", "echo": "print", "puts": "print",
    "length": "len", "size": "len", "string": "str", "String": "str", "integer": "int", "Integer": "int", "boolean": "bool",
    "raw_input": "input", "xrange": "range", "unicode": "str", "char": "str", "double": "float", "Boolean": "bool", "elif": "elif",
    "count": "len", "array": "list", "Array": "list",
}  # fmt: skip
_MODULE_OF = {
    "sqrt": "math", "pi": "math", "floor": "math", "ceil": "math", "sin": "math", "cos": "math", "tan": "math", "log": "math",
    "factorial": "math", "gcd": "math", "radians": "math", "degrees": "math", "randint": "random", "choice": "random",
    "shuffle": "random", "randrange": "random", "uniform": "random", "sample": "random", "sleep": "time", "perf_counter": "time",
    "datetime": "datetime", "timedelta": "datetime", "date": "datetime", "deque": "collections", "Counter": "collections",
    "defaultdict": "collections", "namedtuple": "collections", "permutations": "itertools", "combinations": "itertools",
    "product": "itertools", "reduce": "functools", "lru_cache": "functools", "cache": "functools", "mean": "statistics",
    "median": "statistics", "dataclass": "dataclasses", "Enum": "enum", "Path": "pathlib", "Decimal": "decimal",
    "Fraction": "fractions", "ascii_lowercase": "string", "ascii_letters": "string", "List": "typing", "Dict": "typing",
    "Optional": "typing", "Any": "typing", "ABC": "abc", "abstractmethod": "abc", "heappush": "heapq", "heappop": "heapq",
}  # fmt: skip


def _name(scene: Scene) -> Iterator[str]:
    found = re.search(r"name '(\w+)'", scene.message)
    if found is None:
        return
    name = found.group(1)
    yield from _where_it_is_given(scene, name)
    yield from _as_attribute(scene, name)
    yield from _not_imported(scene, name)
    if name in _ELSEWHERE:
        yield f"Python's own word for that is `{_ELSEWHERE[name]}`."
    suggested = re.search(r"Did you mean: '(?:self\.)?(\w+)'", scene.message)
    known = {node.id for node in ast.walk(scene.tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    known |= {one.name for one in scene.functions()} | {n.arg for n in ast.walk(scene.tree) if isinstance(n, ast.arg)}
    if near := _near(name, known) or (suggested and suggested.group(1) in BUILTIN and _near(name, BUILTIN, 0.8)):
        yield _spelt(name, near)
    if near := _near(name, BUILTIN, 0.8):
        yield _spelt(name, near)
    if _as_a_word(scene, name):
        yield f"Nothing in the program is called `{name}`. If the word itself is meant, it is text, and text needs quotes."


def _where_it_is_given(scene: Scene, name: str) -> Iterator[str]:
    """The name is there, only not here or not yet."""
    inside = scene.around()
    scope: ast.AST = inside or scene.tree
    for handler in (node for node in own(scope) if isinstance(node, ast.ExceptHandler) and node.name == name):
        yield f"The `as {name}` on line {handler.lineno} holds only inside that `except` block: at its end Python removes the name."
    for node in own(scope):
        if isinstance(node, ast.Delete) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            yield f"Line {node.lineno} removes the name `{name}` with `del`."
    lines = given(scene.tree, name)
    if lines and min(lines) > scene.line and inside is None:
        yield f"`{name}` is made only on line {min(lines)}, and Python reads from the top: here it is not there yet."
    if scene.line in lines and inside is None:
        yield f"Line {scene.line} itself asks for the old value of `{name}`, and there is none yet."
    if lines and min(lines) < scene.line and (block := block_around(scene.tree, min(lines))) is not None:
        yield f"`{name}` gets its value only inside the `{_word(block)}` on line {_line(block)}, and that part did not run."
    if lines and inside is not None:
        yield f"Line {min(lines)} gives `{name}` its value, and `{inside.name}` was called before Python got there."
    for function in scene.functions():
        parameters = [one.arg for one in (*function.args.args, *function.args.kwonlyargs)]
        if function is not inside and (given(function, name) or name in parameters):
            yield f"`{name}` belongs to the function `{function.name}` (line {function.lineno}): outside of it nobody knows the name."


def _word(block: ast.AST) -> str:
    return {ast.If: "if", ast.For: "for", ast.While: "while", ast.Try: "try", ast.With: "with"}.get(
        type(block), "match"
    )


def _line(node: ast.AST | None) -> int:
    return getattr(node, "lineno", 0)


def _as_attribute(scene: Scene, name: str) -> Iterator[str]:
    """Inside a method whose class knows `self.name`."""
    inside = scene.around()
    for node in ast.walk(scene.tree):
        if isinstance(node, ast.ClassDef) and inside in node.body:
            known = {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)}
            known |= {one.name for one in node.body if isinstance(one, ast.FunctionDef)}
            if name in known:
                yield f"The object has a `{name}`, and inside a method that is reached by way of `self`."


def _not_imported(scene: Scene, name: str) -> Iterator[str]:
    asked = any(
        isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id == name
        for n in ast.walk(scene.tree)
    )
    if name in sys.stdlib_module_names and (asked or name not in _MODULE_OF):
        yield f"`{name}` is a module of Python's: a program knows it only after an `import`."
    elif module := _MODULE_OF.get(name):
        imported = given(scene.tree, module)
        how = (
            f"line {imported[0]} imports it, and its names are reached through it with a point"
            if imported
            else "a program knows it only after an `import`"
        )
        yield f"`{name}` belongs to the module `{module}`: {how}."


def _as_a_word(scene: Scene, name: str) -> bool:
    """It stands alone where a text would fit: compared, given, or handed over."""
    for node in scene.here():
        match node:
            case ast.Compare(left=left, comparators=others):
                if any(isinstance(one, ast.Name) and one.id == name for one in (left, *others)):
                    return True
            case ast.Assign(value=value) | ast.Return(value=value):
                if name in [one.id for one in _parts(value) if isinstance(one, ast.Name)]:
                    return True
            case ast.Call(args=args):
                if any(isinstance(one, ast.Name) and one.id == name for one in args):
                    return True
    return False


def _parts(value: ast.expr | None) -> list[ast.expr]:
    match value:
        case ast.List(elts=elts) | ast.Tuple(elts=elts) | ast.Set(elts=elts):
            return elts
        case ast.Dict(keys=keys, values=values):
            return [*(key for key in keys if key), *values]
    return [value] if value is not None else []


def _unbound(scene: Scene) -> Iterator[str]:
    found = re.search(r"variable '(\w+)'", scene.message)
    inside = scene.around()
    if found is None or inside is None:
        return
    name = found.group(1)
    lines = given(inside, name)
    if name in BUILTIN and scene.line in lines:
        yield f"`{name}` is also a function of Python's own, but since line {scene.line} gives that name a value, inside `{inside.name}` it means only the variable, which has none yet."
    if given(scene.tree, name) and lines and min(lines) >= scene.line:
        where = "this line" if scene.line in lines else f"line {min(lines)}"
        yield f"There is a `{name}` outside of `{inside.name}` as well, but {where} assigns to it, and that makes it the function's own variable from its first line on."
    if lines and min(lines) > scene.line:
        yield f"`{name}` gets its value only on line {min(lines)}, below this one."
    blocks = [block_around(inside, line) for line in lines if line < scene.line]
    if blocks and blocks[0] is not None and all(block is not None for block in blocks):
        if isinstance(blocks[0], ast.For | ast.While):
            yield f"`{name}` gets its value only inside the loop on line {_line(blocks[0])}, and this time the loop had no round that did so."
        elif isinstance(blocks[0], ast.If):
            yield f"`{name}` gets its value only in branches of the `if` on line {_line(blocks[0])}, and this time none of those ran."
        else:
            yield f"`{name}` gets its value only inside the `{_word(blocks[0])}` on line {_line(blocks[0])}, and Python left it before that."


# --- positions and keys


def _index(scene: Scene) -> Iterator[str]:
    if "assignment" in scene.message:
        yield from (
            f"{told} An assignment replaces an item that is there; it cannot make a list longer."
            for told in _too_far(scene)
        )
    if "sys.argv" in scene.source:
        yield "`sys.argv` holds what was typed behind the program's name at its start, and that is less than the program asks for."
    if re.search(r"Replacement index|positional", scene.message):
        return
    told = next(_too_far(scene), "")
    yield from (f"{told} {why}".strip() for why in _why_too_far(scene))
    if told:
        yield told
    for node in scene.here():
        match node:
            case ast.Call(args=[ast.Name(id=name) as given_, *_]) if size(scene.value(given_)) == 0:
                yield f"At that moment `{name}` is empty."
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name) as asked)) if size(scene.value(asked)) == 0:
                yield f"At that moment `{name}` is empty."
            case ast.Call(args=[ast.List(elts=[]) | ast.Tuple(elts=[]), *_]):
                yield "What goes in is empty."


def _too_far(scene: Scene) -> Iterator[str]:
    for node in scene.here():
        if not isinstance(node, ast.Subscript) or isinstance(node.slice, ast.Slice):
            continue
        count, at = size(scene.value(node.value)), scene.value(node.slice)
        if count is None or (isinstance(at, int) and -count <= at < count):
            continue
        name = ast.unparse(node.value)
        if count == 0:
            yield f"At that moment `{name}` is empty."
            continue
        last = f"`{name}` has {count} item{'s' if count != 1 else ''} then, so its last position is {count - 1}"
        asked = ast.unparse(node.slice)
        shown = isinstance(at, int) and not isinstance(node.slice, ast.Constant)
        yield f"{last}, and `{asked}` is {at}." if shown else f"{last}."


def _why_too_far(scene: Scene) -> Iterator[str]:
    """The habit behind it."""
    for loop in (
        n for n in ast.walk(scene.tree) if isinstance(n, ast.For) and n.lineno <= scene.line <= (n.end_lineno or 0)
    ):
        for node in scene.here():
            match node:
                case ast.Subscript(value=ast.Name(id=name), slice=ast.Name(id=index)):
                    if ast.unparse(loop.target) == index and ast.unparse(loop.iter) == name:
                        yield f"`{index}` runs through the items of `{name}` themselves, not through their positions."
                    elif f"len({name})" in ast.unparse(loop.iter) and _shrinks(loop, name):
                        yield f"The loop takes items out of `{name}`, while its `range` was counted when all of them were there."
    for outer in (n for n in ast.walk(scene.tree) if isinstance(n, ast.While)):
        around = outer.lineno < scene.line <= (outer.end_lineno or 0)
        if around and (found := re.search(r"<=\s*len\((\w+)\)", ast.unparse(outer.test))):
            yield f"The condition of the loop still holds when the position equals the length of `{found.group(1)}`, one beyond the last item."


def _shrinks(loop: ast.For, name: str) -> bool:
    return any(
        isinstance(node, ast.Delete) or (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("pop", "remove", "clear")
            and ast.unparse(node.func.value) == name
        )
        for node in ast.walk(loop)
    )  # fmt: skip


def _key(scene: Scene) -> Iterator[str]:
    wanted = literal(scene.message)
    wanted = scene.message.strip("'\"") if wanted is None and not scene.message.startswith("None") else wanted
    for name, known in _dictionaries(scene):
        yield from _key_like(name, known, wanted)
    for node in scene.here():
        match node:
            case ast.AugAssign(target=ast.Subscript(value=table)):
                yield f"This line reads the old value before it writes the new one, and the first time `{ast.unparse(table)}` holds none for {wanted!r}."
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="format")):
                yield f"The text has a place for `{wanted}`, and no value of that name is handed over."
            case ast.Call(func=ast.Attribute(value=bag, attr="remove")):
                yield f"`{ast.unparse(bag)}` is a set, and {wanted!r} is not in it."
    for name, known in _dictionaries(scene):
        if isinstance(wanted, int) and known and all(isinstance(key, str) for key in known):
            yield f"`{name}` is asked for the number {wanted}, but its items are found by their keys, not by positions."
        elif not known:
            yield f"At that moment `{name}` is empty."
        else:
            yield f"`{name}` holds the key{'s' if len(known) > 1 else ''} {_some(known)} then."


def _some(keys: Iterable[object]) -> str:
    shown = [repr(key) for key in keys]
    return ", ".join(shown[:5]) + (", …" if len(shown) > 5 else "")


def _dictionaries(scene: Scene) -> Iterator[tuple[str, dict[object, object]]]:
    """Those that the line asks, by name."""
    for node in scene.here():
        match node:
            case ast.Subscript(value=ast.Name(id=name)) | ast.Call(func=ast.Attribute(value=ast.Name(id=name))):
                known = literal(scene.held.get(name, ""))
                if isinstance(known, dict):
                    yield name, known


def _key_like(name: str, known: dict[object, object], wanted: object) -> Iterator[str]:
    for key in known:
        if str(key) == str(wanted) and key != wanted:
            kinds = [_kind(value) for value in (key, wanted)]
            yield f"`{name}` has the key {key!r}, which is {kinds[0]}, but it was asked for {wanted!r}, which is {kinds[1]}."
    texts = [key for key in known if isinstance(key, str)]
    for key in texts:
        if isinstance(wanted, str) and key != wanted and key.casefold().strip() == wanted.casefold().strip():
            yield f"`{name}` does have the key {key!r}: look at capitals and spaces."
    if isinstance(wanted, str) and (near := _near(wanted, texts, 0.7)):
        yield f"`{name}` has a key that looks like it: {near!r}."


def _kind(value: object) -> str:
    return {str: "text", int: "a number", float: "a number"}.get(type(value), f"a `{type(value).__name__}`")


# --- types


def _type(scene: Scene) -> Iterator[str]:
    message = scene.message
    if "NoneType" in message:
        yield from _nothing_given(scene)
    if "not callable" in message:
        yield from _called(scene)
    if "not subscriptable" in message:
        yield from _indexed(scene)
    if re.search(r"indices must be|not '?(?:float|str|tuple)", message):
        yield from _odd_index(scene)
    if "argument" in message:
        yield from _arguments(scene)
    if re.search(r"function|method|type'", message):
        yield from _not_called(scene)
    if "coroutine" in message:
        yield "An `async` function gives its result only when it is awaited; without that it gives a `coroutine`."
    if "not iterable" in message and re.search(r"\bin\s+len\(", scene.source):
        yield "`len` gives one number, and a `for` needs something to go through: `range` makes the numbers up to it."


def _nothing_given(scene: Scene) -> Iterator[str]:
    """Where the `None` comes from: only what the failing step really takes in is asked."""
    wanted = re.search(r"has no attribute '(\w+)'", scene.message)
    taken = [one for node in scene.here() for one in _taken_in(node, wanted.group(1) if wanted else "")]
    for one in taken:
        if isinstance(one, ast.Call) and (told := _gives_none(scene, one)):
            yield told
    names = [one.id for one in taken if isinstance(one, ast.Name) and scene.held.get(one.id) == "None"]
    inside = scene.around() or scene.tree
    for name in names:
        for node in own(inside):
            match node:
                case ast.Assign(targets=[ast.Name(id=same)], value=ast.Call() as call) if same == name:
                    if told := _gives_none(scene, call):
                        yield f"Line {node.lineno} stores what the call gives back in `{name}`. {told}"
    if names:
        yield f"At that moment `{names[0]}` is `None`."


def _taken_in(node: ast.AST, attribute: str) -> Iterator[ast.expr]:
    """The expressions that a step works on, and that so must not be `None`."""
    match node:
        case ast.Attribute(value=value, attr=attr):
            if attr == attribute:
                yield value
        case _ if attribute:
            return
        case ast.BinOp(left=one, right=other) | ast.AugAssign(target=one, value=other):
            yield from (one, other)
        case ast.Compare(left=left, comparators=others):
            yield from (left, *others)
        case ast.Subscript(value=value) | ast.UnaryOp(operand=value) | ast.Starred(value=value):
            yield value
        case ast.For(iter=over):
            yield over
        case ast.Assign(targets=[ast.Tuple()], value=value):
            yield value
        case ast.Call(func=function, args=args):
            yield function
            if isinstance(function, ast.Name) and function.id in BUILTIN - {"print"}:
                yield from args
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            yield from (one.iter for one in node.generators)


_IN_PLACE = ("append", "sort", "remove", "extend", "insert", "reverse", "add", "update", "clear", "discard")


def _gives_none(scene: Scene, call: ast.Call) -> str:
    name = ast.unparse(call.func)
    if isinstance(call.func, ast.Attribute) and call.func.attr in _IN_PLACE:
        return f"`.{call.func.attr}(...)` changes the list itself and gives back `None`."
    if name in ("re.match", "re.search", "re.fullmatch"):
        return f"`{name}` gives `None` when the pattern is not found."
    if name == "print":
        return "`print` shows a value and gives back `None`."
    function = scene.function(name)
    if function is None:
        return ""
    if returns_nothing(function):
        return f"`{name}` has no `return` that gives a value, so the call gives `None`."
    return f"`{name}` gives back a value on some ways only; where it comes to its end without `return`, the call gives `None`."


def _called(scene: Scene) -> Iterator[str]:
    for node in scene.here():
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Constant(value=int() | float()):
                yield "Between a number and a bracket Python sees a call: to multiply, it needs the sign `*`."
            case ast.Constant(value=str()) | ast.Tuple() | ast.List() | ast.Dict() | ast.JoinedStr():
                yield "Two values stand one behind the other with nothing between them, so the second one's bracket looks like a call. Is a comma missing?"
            case ast.Name(id=name):
                yield from _called_name(scene, name)
            case ast.Attribute(attr=attr):
                if (method := scene.function(attr)) and (at := _stored_on_self(scene, attr)):
                    yield f"Line {at} gives the object an attribute `{attr}`, and that hides the method `{attr}` of line {method.lineno}."


def _called_name(scene: Scene, name: str) -> Iterator[str]:
    if not _is_of(scene, name):
        return
    lines = [line for line in given(scene.tree, name) if line <= scene.line]
    inside = scene.around()
    lines += [line for line in given(inside, name) if line <= scene.line] if inside else []
    if name in BUILTIN and lines:
        yield f"`{name}` is a function of Python's own, but line {lines[-1]} gives that name another value, and from there on the function cannot be reached."
    if name in BUILTIN and inside is not None and name in [one.arg for one in inside.args.args]:
        yield f"`{name}` is a function of Python's own, but here the parameter of `{inside.name}` has that name and hides it."
    if (function := scene.function(name)) and lines and lines[-1] > function.lineno:
        yield f"Line {lines[-1]} gives the name of the function `{name}` (line {function.lineno}) another value."
    if "'module'" in scene.message:
        yield f"`{name}` is a whole module: what can be called are the functions inside it."
    elif re.search(r"'(?:list|tuple|dict|str)'", scene.message):
        yield f"`{name}` holds items, and one of them is picked with square brackets."


def _is_of(scene: Scene, name: str) -> bool:
    """Whether the name holds what the message says cannot be called."""
    kind = re.search(r"'([\w.]+)' object", scene.message)
    held = scene.held.get(name)
    if held is None or kind is None:
        return name not in BUILTIN or bool(given(scene.tree, name))
    if kind.group(1) == "module":
        return held.startswith("<module")
    known = literal(held)
    return known is None or type(known).__name__ == kind.group(1)


def _stored_on_self(scene: Scene, attr: str) -> int:
    return next(
        (
            n.lineno
            for n in ast.walk(scene.tree)
            if isinstance(n, ast.Attribute) and n.attr == attr and isinstance(n.ctx, ast.Store)
        ),
        0,
    )


def _indexed(scene: Scene) -> Iterator[str]:
    if "'set'" in scene.message:
        yield "The items of a set have no order, so there is no first or second one."
    if re.search(r"'(?:dict_\w+|generator|map|filter|zip|enumerate|reversed)'", scene.message):
        yield "It hands its items out one after another and has no positions; a list made of it has."
    for node in scene.here():
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            name = node.value.id
            if re.search(r"function|method|'type'", scene.message):
                yield f"`{name}` is a function here: it is called with round brackets."
            for loop in (n for n in ast.walk(scene.tree) if isinstance(n, ast.For)):
                if ast.unparse(loop.target) == name and ast.unparse(loop.iter).startswith("range("):
                    yield f"`{name}` is only the number that `range` counts with, not the sequence that it counts for."


def _odd_index(scene: Scene) -> Iterator[str]:
    for node in scene.here():
        if not isinstance(node, ast.Subscript):
            continue
        if isinstance(node.slice, ast.Tuple):
            yield "The comma makes a pair of the two numbers; row and column stand each in brackets of their own."
        if (
            isinstance(node.slice, ast.Constant)
            and isinstance(node.slice.value, str)
            and isinstance(node.value, ast.Name)
        ):
            held = literal(scene.held.get(node.value.id, ""))
            if isinstance(held, list) and held and isinstance(held[0], dict):
                yield f"`{node.value.id}` is a list of dictionaries: first one of them is picked by its position, then its key."
        if isinstance(node.slice, ast.Name):
            name = node.slice.id
            for loop in (n for n in ast.walk(scene.tree) if isinstance(n, ast.For)):
                if ast.unparse(loop.target) == name and ast.unparse(loop.iter) == ast.unparse(node.value):
                    yield f"`{name}` runs through the items of `{ast.unparse(node.value)}` themselves, not through their positions."
            for one in ast.walk(scene.tree):
                if (
                    isinstance(one, ast.Assign)
                    and ast.unparse(one.targets[0]) == name
                    and isinstance(one.value, ast.BinOp)
                    and isinstance(one.value.op, ast.Div)
                ):
                    yield f"Line {one.lineno} divides with `/`, which always gives a number with a point; `//` gives a whole one."


def _arguments(scene: Scene) -> Iterator[str]:
    if found := re.search(r"(\w+)\(\) got an unexpected keyword argument '(\w+)'", scene.message):
        function = scene.function(found.group(1))
        names = [one.arg for one in (*function.args.args, *function.args.kwonlyargs)] if function else []
        if near := _near(found.group(2), names, 0.6):
            yield f"`{found.group(1)}` has a parameter that looks like it: `{near}`."
        elif names:
            yield f"The parameters of `{found.group(1)}` are {', '.join(f'`{name}`' for name in names)}."
    if found := re.search(r"(\w+)\(\) takes no arguments", scene.message):
        for node in ast.walk(scene.tree):
            if isinstance(node, ast.ClassDef) and node.name == found.group(1):
                like = [
                    one.name
                    for one in node.body
                    if isinstance(one, ast.FunctionDef) and _near(one.name, ["__init__"], 0.6)
                ]
                if like:
                    yield f"The class has a method `{like[0]}`, but the one that Python calls for a new object is spelt `__init__`."
                else:
                    yield f"The class `{node.name}` has no `__init__` that could take the values."
    if found := re.search(r"(\w+)\.(\w+)\(\) takes 0 positional arguments", scene.message):
        yield f"A method gets the object itself as its first value, and the `def` line of `{found.group(2)}` has no place for it: `self` is missing."
    if found := re.search(r"(\w+)\.(\w+)\(\) missing 1 required positional argument: '(?:self|this)'", scene.message):
        yield f"`{found.group(2)}` is asked of the class `{found.group(1)}` itself: no object was made, with round brackets, to ask it of."
    if found := re.search(r"(append|add|remove|insert)\(\) takes exactly one argument \((\d+) given\)", scene.message):
        yield f"`{found.group(1)}` takes one value at a time, and here are {found.group(2)}."


def _not_called(scene: Scene) -> Iterator[str]:
    """A function itself where its result was meant."""
    for node in scene.here():
        if isinstance(node, ast.Name) and re.match(
            r"<(?:built-in |bound )?(?:function|method)", scene.held.get(node.id, "")
        ):
            yield f"`{node.id}` holds a function itself, not what it gives back: there were no round brackets to call it."
    for node in ast.walk(scene.tree):
        match node:
            case ast.Assign(
                targets=[ast.Name(id=name)], value=ast.Name(id=function) | ast.Attribute(attr=function)
            ) if (function in BUILTIN or scene.function(function) or isinstance(node.value, ast.Attribute)) and any(
                isinstance(one, ast.Name) and one.id == name for one in scene.here()
            ):
                yield f"Line {node.lineno} stores the function `{function}` itself in `{name}`: without round brackets it is not called."


# --- attributes

_OTHER_WORDS = {
    "push": "append", "add": "append", "length": "len", "len": "len", "size": "len", "count": "len", "contains": "in", "has_key": "in", "includes": "in",
    "has": "in", "trim": "strip", "toUpperCase": "upper", "toLowerCase": "lower", "toUpper": "upper", "toLower": "lower",
    "uppercase": "upper", "lowercase": "lower", "substring": "[ : ]", "substr": "[ : ]", "charAt": "[ ]", "indexOf": "index", "toString": "str", "tostring": "str",
    "iteritems": "items", "squareroot": "sqrt", "square_root": "sqrt", "root": "sqrt", "power": "pow", "rand": "random",
    "randomint": "randint", "random_int": "randint", "randInt": "randint", "PI": "pi", "each": "for", "map": "for", "concat": "+", "equals": "==",
    "delete": "remove", "put": "[ ] =", "set": "[ ] =", "isEmpty": "len", "is_empty": "len", "sum": "sum", "max": "max", "min": "min", "sorted": "sorted",
}  # fmt: skip
_TYPES: dict[str, type] = {one.__name__: one for one in (str, int, float, list, dict, set, tuple, bytes, range, bool)}
_MODULES = (
    "math",
    "random",
    "statistics",
    "string",
    "time",
    "datetime",
    "itertools",
    "functools",
    "collections",
    "json",
    "re",
    "os",
    "sys",
)


def _attribute(scene: Scene) -> Iterator[str]:
    if "NoneType" in scene.message:
        yield from _nothing_given(scene)
        return
    found = re.search(r"(?:module |type object )?'([\w.]+)'(?: object)? has no attribute '(\w+)'", scene.message)
    if found is None:
        return
    kind, name = found.group(1), found.group(2)
    if scene.message.startswith("module"):
        yield from _in_module(kind, name)
    elif kind in ("builtin_function_or_method", "function", "method"):
        yield "What stands in front of the point is a function that was not called: its round brackets are missing."
    elif kind == "coroutine":
        yield "An `async` function gives its result only when it is awaited."
    elif kind in _TYPES:
        yield from _on_type(scene, kind, name)
    else:
        yield from _on_own_class(scene, kind, name)


def _in_module(module: str, name: str) -> Iterator[str]:
    """Our own interpreter's modules are looked at by name, and only those that do nothing when they are imported."""
    if module not in _MODULES:
        return
    __import__(module)
    known = [one for one in dir(sys.modules[module]) if not one.startswith("_")]
    near = _OTHER_WORDS.get(name, "") if _OTHER_WORDS.get(name) in known else _near(name, known, 0.7)
    if near:
        yield f"What `{module}` does have is `{near}`."
    others = [one for one in _MODULES if one != module and _MODULE_OF.get(name) == one]
    if others:
        yield f"`{name}` belongs to the module `{others[0]}`."


def _on_type(scene: Scene, kind: str, name: str) -> Iterator[str]:
    for node in scene.here():
        if isinstance(node, ast.Attribute) and node.attr == name and isinstance(node.value, ast.Name):
            held = literal(scene.held.get(node.value.id, ""))
            if isinstance(held, dict) and name in held:
                yield f"`{node.value.id}` has a key {name!r}, and a dictionary is asked for a key with square brackets and quotes."
    methods = [one for one in dir(_TYPES[kind]) if not one.startswith("_")]
    other = _OTHER_WORDS.get(name, "")
    if other in methods:
        yield f"What does that job here is called `{other}`."
    if other in ("len", "sum", "max", "min", "sorted", "str"):
        yield f"That is no method but a function of Python's own: `{other}(...)`, with the value inside the brackets."
    if other == "in":
        yield "Whether something is inside is asked with the word `in`."
    if near := _near(name, methods, 0.7):
        yield f"There is a method that looks like it: `{near}`."
    if other.startswith(("[", "+", "==")):
        yield f"Python has the sign `{other}` for that."
    having = [one for one in ("str", "list", "dict", "set") if one != kind and hasattr(_TYPES[one], name)]
    if kind in ("list", "tuple") and "str" in having and "list" not in having:
        yield f"`.{name}` is a method of text: it can be asked of each item, not of the whole {kind}."
    elif having:
        yield f"`.{name}` is a method of {' and '.join(_NAMED[one] for one in having)}."


_NAMED = {"str": "text", "list": "lists", "dict": "dictionaries", "set": "sets"}


def _on_own_class(scene: Scene, kind: str, name: str) -> Iterator[str]:
    made = next((n for n in ast.walk(scene.tree) if isinstance(n, ast.ClassDef) and n.name == kind), None)
    if made is None:
        return
    stores = [n for n in ast.walk(made) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)]
    known = {n.attr for n in stores} | {n.name for n in made.body if isinstance(n, ast.FunctionDef)}
    for method in (n for n in made.body if isinstance(n, ast.FunctionDef)):
        if method.name == "__init__" and given(method, name):
            yield f"`__init__` gives a value to its own variable `{name}` on line {given(method, name)[0]}, and that is gone at its end: the object itself gets none without `self`."
        if (
            any(n in ast.walk(method) for n in stores if n.attr == name)
            and method.name != "__init__"
            and scene.around() is not method
        ):
            yield f"Only the method `{method.name}` sets `{name}`, and on this object it has not been called yet."
        if method.name in ("__int__", "_init_", "__innit__", "init", "_init", "__init"):
            yield f"The class has a method `{method.name}`, but the one that Python calls for a new object is spelt `__init__`."
    if near := _near(name, known, 0.6):
        yield f"The class does have a name that looks like it: `{near}`."
    if name in {n.attr for n in stores}:
        yield f"No line gives the object a first `{name}` before this one asks for it."


# --- values


def _value(scene: Scene) -> Iterator[str]:
    if found := re.search(r"(?:literal for int\(\) with base \d+|string to float): (.+)", scene.message):
        yield from _no_number(
            str(literal(found.group(1)) if literal(found.group(1)) is not None else found.group(1)),
            "int" in scene.message,
        )
    if "unpack" in scene.message:
        yield from _unpacked(scene)
    if "not in list" in scene.message:
        yield from _not_in_list(scene)
    if "empty" in scene.message or "data point" in scene.message:
        names = [n.id for n in scene.here() if isinstance(n, ast.Name) and size(literal(scene.held.get(n.id, ""))) == 0]
        if names:
            yield f"At that moment `{names[0]}` is empty."


def _no_number(text: str, whole: bool) -> Iterator[str]:
    bare = text.strip()
    if not bare:
        yield (
            "The text is empty: nothing was typed, or nothing was found."
            if not text
            else "The text holds nothing but blanks."
        )
    elif whole and re.fullmatch(r"[+-]?\d*\.\d*", bare):
        yield "It has a point in it, and `int` reads whole numbers only; `float` reads the other ones."
    elif re.fullmatch(r"[+-]?[\d.]*,[\d.,]*", bare):
        yield "It has a comma in it, and Python reads numbers with a point, or none."
    elif re.fullmatch(r"0[xX][\da-fA-F]+|0[bB][01]+|0[oO][0-7]+", bare):
        yield "It is written in another base, such as 16 with `0x` in front, and `int` has to be told which."
    elif re.fullmatch(r"\d+(?:\s+\d+)+", bare):
        yield "There are several numbers in it: they have to be taken apart first."
    elif re.fullmatch(r"\d+\s*[-+*/]\s*\d+", bare):
        yield "It is a sum still to be worked out, and only a single number can be read."
    elif re.search(r"\d", bare) and (signs := re.sub(r"[\d.\s+-]", "", bare)):
        yield f"Beside the digits it has `{signs}` in it."
    elif bare.isalpha():
        yield "It is a word, and only digits can be read as a number."


def _unpacked(scene: Scene) -> Iterator[str]:
    for node in scene.here():
        match node:
            case ast.For(target=ast.Tuple(elts=names), iter=ast.Name(id=name)) if isinstance(
                literal(scene.held.get(name, "")), dict
            ):
                yield f"Going through the dictionary `{name}` gives its keys alone, and each key is then split over {len(names)} names; `.items()` gives key and value."
            case ast.For(target=ast.Tuple(elts=names), iter=over):
                yield f"Each round has to give {len(names)} values, one for each name in front of `in`; `{ast.unparse(over)}` gives others."
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=value):
                held = scene.value(value)
                if (count := size(held)) is not None:
                    yield f"Right of `=` are {count} values, left of it {len(names)} names."
                elif isinstance(value, ast.Call) and ast.unparse(value).endswith(".split()"):
                    yield f"`split` gives as many parts as it finds, and here these are not {len(names)}."


def _not_in_list(scene: Scene) -> Iterator[str]:
    for node in scene.here():
        match node:
            case ast.Call(func=ast.Attribute(value=held, attr="remove" | "index"), args=[wanted, *_]):
                items, value = scene.value(held), scene.value(wanted)
                if not isinstance(items, list | tuple):
                    continue
                inside = (
                    f"`{ast.unparse(held)}` holds {_some(items)} then"
                    if items
                    else f"`{ast.unparse(held)}` is empty then"
                )
                same = [item for item in items if str(item) == str(value) and item != value]
                if same:
                    yield f"{inside}: {same[0]!r} is {_kind(same[0])}, and {value!r} is {_kind(value)}."
                texts = [item for item in items if isinstance(item, str)]
                if isinstance(value, str) and (near := _near(value, texts)):
                    yield f"{inside}; {near!r} looks like it."
                yield f"{inside}, and {value!r} is not among them." if value is not None else f"{inside}."


# --- arithmetic, modules, files and the rest


def _divided(scene: Scene) -> Iterator[str]:
    if "negative power" in scene.message:
        yield "A negative power divides by the number, and the number is 0."
    for node in scene.here():
        divisor = (
            node.right
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.FloorDiv | ast.Mod)
            else None
        )
        divisor = node.value if isinstance(node, ast.AugAssign) else divisor
        match divisor:
            case None:
                continue
            case ast.Call(func=ast.Name(id="len"), args=[inner]):
                yield f"`{ast.unparse(inner)}` is empty, so its length is 0, and an average of nothing has no answer."
            case ast.Name(id=name) if scene.value(divisor) == 0:
                lines = [line for line in given(scene.around() or scene.tree, name) if line < scene.line]
                since = (
                    f" It was given its value on line {lines[0]}"
                    + (f" and perhaps changed on line {lines[-1]}." if len(lines) > 1 else ".")
                    if lines
                    else ""
                )
                yield f"`{name}` is 0 at that moment.{since}"
            case ast.Constant(value=0):
                yield "The 0 stands there itself."
            case _:
                yield f"`{ast.unparse(divisor)}` comes to 0 then."


def _asserted(scene: Scene) -> Iterator[str]:
    for node in scene.here():
        if isinstance(node, ast.Assert):
            held = [
                (n.id, scene.held[n.id]) for n in ast.walk(node.test) if isinstance(n, ast.Name) and n.id in scene.held
            ]
            plain = [
                f"`{name}` is {value}"
                for name, value in dict(held).items()
                if not value.startswith("<") and len(value) < 60
            ]
            then = f", and then {' and '.join(plain[:3])}" if plain else ""
            yield f"It claims `{ast.unparse(node.test)}`{then}: that does not hold."


_INSTALLED = {"numpy", "pandas", "matplotlib", "requests", "pygame", "sklearn", "scipy", "flask", "django", "PIL", "cv2", "bs4", "seaborn", "torch", "tensorflow", "colorama", "termcolor"}  # fmt: skip


def _module(scene: Scene) -> Iterator[str]:
    found = re.search(r"No module named '([\w.]+)'(; '(\w+)' is not a package)?", scene.message)
    if found is None:
        return
    name = found.group(1)
    if found.group(2):
        yield f"`{found.group(3)}` is a single module, so `{name.split('.')[-1]}` is something inside it and no module of its own: `from … import …` takes it out."
    elif name in _INSTALLED:
        yield f"`{name}` does not come with Python; it is a package that has to be installed first."
    elif near := _near(name, sys.stdlib_module_names, 0.7):
        yield f"Python does have a module called `{near}`."
    elif name in _MODULE_OF:
        yield f"`{name}` is something inside the module `{_MODULE_OF[name]}`."


def _imported(scene: Scene) -> Iterator[str]:
    if "partially initialized" in scene.message or "circular" in scene.message:
        yield "The two files import each other, or a file of yours has the module's name, so Python comes to this line before the other one is finished."
    if found := re.search(r"cannot import name '(\w+)' from '([\w.]+)'", scene.message):
        yield from _in_module(found.group(2), found.group(1))


def _file(scene: Scene) -> Iterator[str]:
    found = re.search(r"'([^']*)'$", scene.message)
    if found is None or not found.group(1):
        return
    path = found.group(1)
    if "/" in path or "\\" in path:
        yield f"The name `{path}` leads through a folder, and that folder has to be there too: `open` makes files, never folders."
    elif "." not in path:
        yield f"The name `{path}` has no ending such as `.txt`."
    else:
        yield f"The file that is not there is `{path}`."


def _recursion(scene: Scene) -> Iterator[str]:
    inside = scene.around()
    if inside is None:
        return
    calls = [
        n
        for n in own(inside)
        if isinstance(n, ast.Call) and ast.unparse(n.func) in (inside.name, f"self.{inside.name}")
    ]
    parameters = [one.arg for one in inside.args.args if one.arg != "self"]
    if any(isinstance(one, ast.Name) and one.id == "property" for one in inside.decorator_list):
        yield f"The property `{inside.name}` asks for `self.{inside.name}`, which is itself again, without end: the value has to be kept under another name."
        return
    if calls and all([ast.unparse(value) for value in call.args] == parameters for call in calls):
        yield f"Line {calls[0].lineno} calls `{inside.name}` with the very same value{'s' if len(parameters) != 1 else ''}, so nothing comes nearer to an end."
    if calls and not any(
        isinstance(n, ast.If | ast.IfExp | ast.While | ast.Match | ast.BoolOp | ast.For | ast.comprehension)
        for n in own(inside)
    ):
        yield f"Line {calls[0].lineno} calls `{inside.name}` again on every way through it: it has no case at which it stops."
    for node in own(inside):
        match node:
            case ast.If(
                test=ast.Compare(left=ast.Name(id=name), ops=[ast.Eq()], comparators=[ast.Constant(value=end)])
            ) if name in parameters:
                yield f"It stops only when `{name}` is exactly {end!r}, and a value that has gone past it never is."


_TELLS: dict[str, Tell] = {
    "NameError": _name, "UnboundLocalError": _unbound, "IndexError": _index, "KeyError": _key, "TypeError": _type,
    "AttributeError": _attribute, "ValueError": _value, "StatisticsError": _value, "ZeroDivisionError": _divided,
    "AssertionError": _asserted, "ModuleNotFoundError": _module, "ImportError": _imported, "FileNotFoundError": _file,
    "RecursionError": _recursion,
}  # fmt: skip
