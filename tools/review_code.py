"""Reads a program that works and says what would make it clearer: from its tree alone, nothing is run."""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tools.compare_exercises import outline
from tools.measure_structure import Structure, measure_structure, nesting
from tools.parse_program import parse_program

FUNCTION_LINES_MAX = 30
BRANCHES_MAX = 8
DEPTH_MAX = 3
TWIN_LINES_MIN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """From one place up to another, counted from 1, `content` takes the place of what stands there."""

    line: int
    column: int
    end_line: int
    end_column: int
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`why` and `better` are sentences for the student; a larger `weight` matters more. `edits` are a change that a linter
    offers, not yet shown to be right; `source` is who found it, `also` are further lines with the same matter."""

    line: int
    rule: str
    why: str
    better: str
    weight: int
    criterion: str = "clarity"
    edits: tuple[Edit, ...] = ()
    source: str = ""
    also: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Findings, weightiest first, what is good about the program, and how it is built."""

    findings: tuple[Finding, ...]
    praise: tuple[str, ...]
    structure: Structure


_RUBRIC: dict[str, tuple[str, ...]] = {
    "correctness": ("bare-except", "silent-except", "mutable-default", "is-literal", "chained-comparison", "same-branches", "shadowed-builtin", "shared-attribute"),
    "complexity": ("many-branches", "deep-nesting", "slow-search", "all-pairs", "string-building"),
    "structure": ("global", "long-function", "repeated", "if-chain"),
    "idiom": ("none-comparison", "true-comparison", "range-len", "manual-sum", "append-loop", "self-assign"),
}  # fmt: skip
CRITERIA = frozenset({"correctness", "clarity", "idiom", "complexity", "structure", "tests"})
"""The rubric of a review; what is neither wrong nor named below is a matter of clarity."""

_CRITERION = {rule: criterion for criterion, rules in _RUBRIC.items() for rule in rules}


def review_code(code: str, linted: Sequence[Finding] = ()) -> Review:
    """`linted` is what a linter found in the same program: each matter is told once, in our own words where we have them.
    Raises SyntaxError when the program does not parse."""
    tree = parse_program(code)
    if isinstance(tree, SyntaxError):
        raise tree
    own = [
        replace(finding, criterion=_CRITERION.get(finding.rule, finding.criterion))
        for finding in (*_nodes(tree), *_habits(tree), *_functions(tree), *_whole(tree, code))
    ]
    ranked = sorted((*own, *linted), key=_rank)
    return Review(findings=tuple(_once(ranked)), praise=tuple(_praise(tree)), structure=measure_structure(tree, code))


def _rank(finding: Finding) -> tuple[bool, int, int, bool]:
    """What is wrong comes before what could be better; of two that say the same, ours is first."""
    return finding.criterion != "correctness", -finding.weight, finding.line, bool(finding.source)


_COVERED = {"else-after-leaving": "return-condition", "enumerate": "range-len", "return-variable": "unused"}
"""A point that falls away with another one."""


def _once(findings: list[Finding]) -> Iterator[Finding]:
    """One point for each matter, with its other places; and for each line no second one of a linter's on mere style."""
    places: dict[tuple[str, bool], set[int]] = defaultdict(set)
    for finding in findings:
        places[finding.rule, bool(finding.source)].add(finding.line)
    present = {rule for rule, _ in places}
    told: set[str] = set()
    lines: set[int] = set()
    for finding in findings:
        linted = bool(finding.source)
        beside = linted and finding.criterion != "correctness" and finding.line in lines
        if finding.rule in told or beside or _COVERED.get(finding.rule) in present:
            continue
        told.add(finding.rule)
        lines.add(finding.line)
        yield replace(finding, also=tuple(sorted(places[finding.rule, linted] - {finding.line})))


def _nodes(tree: ast.Module) -> Iterator[Finding]:
    for node in ast.walk(tree):
        match node:
            case ast.ExceptHandler(type=None):
                yield Finding(
                    line=node.lineno,
                    rule="bare-except",
                    weight=9,
                    why="A bare `except:` also hides typing mistakes and stops Ctrl+C from working.",
                    better="Name the error you expect, such as `except ValueError:`.",
                )
            case ast.ExceptHandler(body=[ast.Pass()]):
                yield Finding(
                    line=node.lineno,
                    rule="silent-except",
                    weight=8,
                    why="The error is swallowed without a word, so nobody will know why the result is off.",
                    better="Handle it, or say what happened.",
                )
            case ast.Compare(ops=[ast.Eq() | ast.NotEq()], comparators=[ast.Constant(value=None)]):
                yield Finding(
                    line=node.lineno,
                    rule="none-comparison",
                    weight=5,
                    why="There is only one `None`, so identity is the question, and a class may answer `==` as it likes.",
                    better="Ask with `is None` or `is not None`.",
                )
            case ast.Compare(ops=[ast.Eq() | ast.NotEq()], comparators=[ast.Constant(value=bool())]):
                yield Finding(
                    line=node.lineno,
                    rule="true-comparison",
                    weight=4,
                    why="Comparing with `True` or `False` says the same thing twice.",
                    better="Use the value itself, or `not` in front of it.",
                )
            case ast.Compare(ops=[ast.Is() | ast.IsNot()], comparators=[ast.Constant(value=str() | int())]):
                yield Finding(
                    line=node.lineno,
                    rule="is-literal",
                    weight=9,
                    why="`is` asks whether it is the very same object; with numbers and texts that is luck.",
                    better="Compare values with `==`.",
                )
            case ast.Compare(ops=[first, *others]) if (
                others and any(_asks_sameness(op) for op in others) and not (_asks_sameness(first))
            ):
                read = ast.unparse(node.left), ast.unparse(node.comparators[0]), ast.unparse(node.comparators[1])
                yield Finding(
                    line=node.lineno,
                    rule="chained-comparison",
                    weight=8,
                    why=f"Python reads `{ast.unparse(node)}` as two questions at once: whether `{read[0]}` and `{read[1]}` compare as written, and whether `{read[1]}` and `{read[2]}` do.",
                    better="Ask one question, or join two with `and`.",
                )
            case ast.If(body=body, orelse=orelse) if orelse and _same(body, orelse):
                yield Finding(
                    line=node.lineno,
                    rule="same-branches",
                    weight=8,
                    why="Both branches do the same, so the condition decides nothing.",
                    better="Write it once without the `if`, or put right what one of them was meant to do.",
                )
            case ast.UnaryOp(op=ast.Not(), operand=ast.Compare(ops=[ast.In()])):
                yield Finding(
                    line=node.lineno,
                    rule="not-in",
                    weight=3,
                    why="`not` stands far from the `in` that it turns round.",
                    better="`not in` is one operator and reads like a sentence.",
                )
            case ast.For():
                yield from _loops(node)


def _asks_sameness(op: ast.cmpop) -> bool:
    return isinstance(op, ast.Eq | ast.NotEq | ast.Is | ast.IsNot | ast.In | ast.NotIn)


def _same(body: list[ast.stmt], other: list[ast.stmt]) -> bool:
    return [ast.dump(statement) for statement in body] == [ast.dump(statement) for statement in other]


def _habits(tree: ast.Module) -> Iterator[Finding]:
    for node in ast.walk(tree):
        match node:
            case ast.For() | ast.While():
                yield from _costs(node)
            case ast.Global():
                yield Finding(
                    line=node.lineno,
                    rule="global",
                    weight=6,
                    why="A function that changes a global variable is hard to test and to reuse.",
                    better="Hand the value in as a parameter and give the new one back with `return`.",
                )
            case ast.If(
                body=[ast.Return(value=ast.Constant(value=bool()))],
                orelse=[ast.Return(value=ast.Constant(value=bool()))],
            ):
                yield Finding(
                    line=node.lineno,
                    rule="return-condition",
                    weight=5,
                    why="The condition is already True or False, so the `if` around it adds nothing.",
                    better="Return the condition itself.",
                )
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.BinOp(left=ast.Name(id=same), op=ast.Add() | ast.Sub() | ast.Mult(), right=right),
            ) if name == same and not isinstance(right, ast.List):  # += on a list would change it for all its names
                yield Finding(
                    line=node.lineno,
                    rule="self-assign",
                    weight=1,
                    why=f"`{name}` is named twice to change it once.",
                    better="The short form, such as `+=`, says that it is changed.",
                )
            case ast.Name(id="l" | "O" | "I", ctx=ast.Store()):
                yield Finding(
                    line=node.lineno,
                    rule="ambiguous-name",
                    weight=4,
                    why=f"`{node.id}` is hard to tell from a 1 or a 0.",
                    better="Give it a name that says what it holds.",
                )
            case ast.ImportFrom(names=[ast.alias(name="*")]):
                yield Finding(
                    line=node.lineno,
                    rule="star-import",
                    weight=6,
                    why="`import *` brings in names nobody can see, and they may cover yours.",
                    better="Import the names you use.",
                )
            case ast.Name(id=name, ctx=ast.Store()) if name in _BUILTIN:
                yield Finding(
                    line=node.lineno,
                    rule="shadowed-builtin",
                    weight=7,
                    why=f"`{name}` is a function of Python's own; after this line it cannot be called any more.",
                    better="Pick another name.",
                )
            case ast.arg(arg=name) if name in _BUILTIN:
                yield Finding(
                    line=node.lineno,
                    rule="shadowed-builtin",
                    weight=6,
                    why=f"`{name}` is a function of Python's own, and the parameter hides it.",
                    better="Pick another name.",
                )


_BUILTIN = {
    "list",
    "dict",
    "str",
    "int",
    "sum",
    "max",
    "min",
    "len",
    "set",
    "tuple",
    "input",
    "print",
    "type",
    "id",
    "range",
    "sorted",
    "next",
    "iter",
    "filter",
    "map",
    "all",
    "any",
    "bool",
    "float",
    "open",
    "object",
}


def _loops(node: ast.For) -> Iterator[Finding]:
    match node.iter:
        case ast.Call(
            func=ast.Name(id="range"), args=[*_, ast.Call(func=ast.Name(id="len"), args=[ast.Name(id=what)])]
        ) if _only_indexes(node, what):
            yield Finding(
                line=node.lineno,
                rule="range-len",
                weight=5,
                why=f"The index is only used to get the items of `{what}` one after another.",
                better=f"Go through the items themselves: `for item in {what}:` (or `enumerate({what})` if the place matters too).",
            )
    match node.body:
        case [ast.AugAssign(op=ast.Add(), value=ast.Name())] | [ast.AugAssign(op=ast.Add(), value=ast.Subscript())]:
            yield Finding(
                line=node.lineno,
                rule="manual-sum",
                weight=3,
                why="This loop only adds things up.",
                better='Python has `sum` (and `"".join` for texts) for that.',
            )


_SEARCHES = {"index", "count", "remove", "insert"}


def _costs(loop: ast.For | ast.While) -> Iterator[Finding]:
    """Work inside a loop that grows with the data each round, so that twice the data takes four times as long."""
    for node in (inner for statement in loop.body for inner in ast.walk(statement)):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=what), attr=attr)) if attr in _SEARCHES:
                how = f"`{what}.{attr}` goes through `{what}`"
            case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[ast.Name(id=what)]) if _grows(loop, what):
                how = f"`in {what}` looks at one item of `{what}` after another"
            case _:
                continue
        yield Finding(
            line=node.lineno,
            rule="slow-search",
            weight=4,
            why=f"{how} again in every round of the loop: twice the data, four times the work.",
            better="A set or a dictionary finds a value at once; `Counter` counts all of them in one go.",
        )
        return


def _grows(loop: ast.For | ast.While, what: str) -> bool:
    """It is a list that the loop itself fills."""
    return any(
        isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr == "append"
        and isinstance(n.func.value, ast.Name) and n.func.value.id == what
        for n in ast.walk(loop)
    )  # fmt: skip


def _only_indexes(loop: ast.For, what: str) -> bool:
    """Whether the loop's variable is used for nothing but reading `what[i]`."""
    if not isinstance(loop.target, ast.Name):
        return False
    name = loop.target.id
    uses = [n for s in loop.body for n in ast.walk(s) if isinstance(n, ast.Name) and n.id == name]
    reads = [
        n for s in loop.body for n in ast.walk(s)
        if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Load) and isinstance(n.slice, ast.Name) and n.slice.id == name
        and isinstance(n.value, ast.Name) and n.value.id == what
    ]  # fmt: skip
    return bool(uses) and len(uses) == len(reads)


def _functions(tree: ast.Module) -> Iterator[Finding]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef):
            continue
        for default in (*node.args.defaults, *(d for d in node.args.kw_defaults if d)):
            if isinstance(default, (ast.List, ast.Dict, ast.Set)):
                yield Finding(
                    line=node.lineno,
                    rule="mutable-default",
                    weight=9,
                    why="The default is made once and shared by all calls, so what one call puts in, the next one finds.",
                    better="Use `None` as the default and make a fresh one inside.",
                )
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        if length > FUNCTION_LINES_MAX:
            yield Finding(
                line=node.lineno,
                rule="long-function",
                weight=5,
                why=f"`{node.name}` is {length} lines long, too much to keep in mind.",
                better="Cut it where one task ends and the next begins.",
            )
        if _branches(node) > BRANCHES_MAX:
            yield Finding(
                line=node.lineno,
                rule="many-branches",
                weight=6,
                why=f"`{node.name}` has {_branches(node)} branches, so there are many ways through it to test.",
                better="Handle special cases first and return early, or split it.",
            )
        if nesting(node.body) > DEPTH_MAX:
            yield Finding(
                line=node.lineno,
                rule="deep-nesting",
                weight=6,
                why=f"`{node.name}` nests {nesting(node.body)} blocks in each other.",
                better="Return early, or move the inner block to a function of its own.",
            )
        if ast.get_docstring(node) is None and length > 3:
            yield Finding(
                line=node.lineno,
                rule="no-docstring",
                weight=2,
                why=f"A reader has to read all of `{node.name}` to know what it does.",
                better="Say it in one sentence in a docstring below the `def` line.",
            )
        short = [a.arg for a in node.args.args if len(a.arg) == 1 and a.arg not in "xyzn_"]
        if len(node.name) == 1 or short:
            name = node.name if len(node.name) == 1 else short[0]
            yield Finding(
                line=node.lineno,
                rule="short-name",
                weight=4,
                why=f"`{name}` does not tell what it stands for.",
                better="Name it after what it holds or does.",
            )
        if node.name != node.name.lower():
            yield Finding(
                line=node.lineno,
                rule="function-case",
                weight=2,
                why=f"Python writes function names in small letters with underscores; `{node.name}` looks like a class.",
                better="Write it `like_this`.",
            )


def _branches(node: ast.AST) -> int:
    return 1 + sum(
        isinstance(n, (ast.If, ast.For, ast.While, ast.ExceptHandler, ast.IfExp, ast.comprehension))
        for n in ast.walk(node)
    )


def _whole(tree: ast.Module, code: str) -> Iterator[Finding]:
    yield from _repeated(tree)
    yield from _twins(tree)
    yield from _pairs(tree)
    yield from _built_texts(tree)
    yield from _unnamed_numbers(tree)
    yield from _shared_attributes(tree)
    yield from _neighbours(tree)
    yield from _if_chains(tree)
    names = [n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    loops = {
        n.target.id
        for n in ast.walk(tree)
        if isinstance(n, (ast.For, ast.comprehension)) and isinstance(n.target, ast.Name)
    }
    single = [name for name in dict.fromkeys(names) if len(name) == 1 and name not in loops and name not in "xyzn_l"]
    if single:
        line = next(n.lineno for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == single[0])
        yield Finding(
            line=line,
            rule="short-name",
            weight=4,
            why=f"`{single[0]}` does not tell what it holds.",
            better="Name it after what it holds: `total`, `longest`, `scores`.",
        )
    for name, line in _unused(tree):
        yield Finding(
            line=line,
            rule="unused",
            weight=5,
            why=f"`{name}` gets a value that is never used.",
            better="Take the line out, or use it.",
        )
    for number, text in enumerate(code.split("\n"), 1):
        if (
            ";" in text
            and not text.strip().startswith("#")
            and text.split(";")[-1].strip()
            and not {"'", '"'} & set(text)
        ):
            yield Finding(
                line=number,
                rule="one-line",
                weight=3,
                why="Several statements share one line.",
                better="Give each a line of its own.",
            )
            break


def _neighbours(tree: ast.Module) -> Iterator[Finding]:
    """What shows only in two statements side by side."""
    blocks = [
        block
        for node in ast.walk(tree)
        for name in ("body", "orelse")
        if isinstance(block := getattr(node, name, None), list)
    ]
    for first, second in (pair for block in blocks for pair in pairwise(block)):
        match first, second:
            case (
                ast.If(body=[ast.Return(value=ast.Constant(value=bool(yes)))], orelse=[]),
                ast.Return(value=ast.Constant(value=bool(no))),
            ) if yes is not no:
                yield Finding(
                    line=first.lineno,
                    rule="return-condition",
                    weight=5,
                    why="The condition is already True or False, so the `if` around it adds nothing.",
                    better="Return the condition itself.",
                )
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.List(elts=[])),
                ast.For(target=ast.Name(), body=[inner], orelse=[]),
            ) if _only_appends(inner, name):
                yield Finding(
                    line=second.lineno,
                    rule="append-loop",
                    weight=3,
                    why=f"The loop does nothing but fill `{name}`.",
                    better="A list comprehension says in one line what is collected.",
                )


def _only_appends(statement: ast.stmt, name: str) -> bool:
    if isinstance(statement, ast.If) and len(statement.body) == 1 and not statement.orelse:
        statement = statement.body[0]
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=held), attr="append"))):
            return held == name
    return False


def _repeated(tree: ast.Module) -> Iterator[Finding]:
    seen: dict[str, list[int]] = defaultdict(list)
    for node in ast.walk(tree):
        for block in (getattr(node, "body", None), getattr(node, "orelse", None)):
            if isinstance(block, list):
                for first, second in pairwise(block):
                    if isinstance(first, ast.stmt) and not isinstance(first, (ast.Import, ast.ImportFrom)):
                        seen[ast.dump(first) + ast.dump(second)].append(first.lineno)
    twice = [lines for lines in seen.values() if len(lines) > 1]
    if twice:
        first_at, again = twice[0][0], twice[0][1]
        yield Finding(
            line=again,
            rule="repeated",
            weight=6,
            why=f"The lines from {again} on repeat those from {first_at} on.",
            better="Write them once, in a function or before the branches part.",
        )


def _twins(tree: ast.Module) -> Iterator[Finding]:
    """A function written twice, under other names."""
    seen: dict[str, str] = {}
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef) or (node.end_lineno or node.lineno) - node.lineno < TWIN_LINES_MIN:
            continue
        drawn = repr(outline(ast.unparse(node)))
        if drawn in seen:
            yield Finding(
                line=node.lineno,
                rule="repeated",
                weight=6,
                why=f"`{node.name}` does the same as `{seen[drawn]}`, but for the names in it.",
                better="Keep one of them, and call it for both.",
            )
        seen.setdefault(drawn, node.name)


def _pairs(tree: ast.Module) -> Iterator[Finding]:
    """Each item of a list is asked whether it equals each of the same list."""
    for outer in ast.walk(tree):
        for inner in ast.walk(outer) if isinstance(outer, ast.For) else ():
            if inner is outer or not isinstance(inner, ast.For) or not isinstance(outer, ast.For):
                continue
            what = _gone_through(outer)
            if what and what == _gone_through(inner) and _asks_equal(inner, outer, what):
                yield Finding(
                    line=inner.lineno,
                    rule="all-pairs",
                    weight=4,
                    why=f"Each item of `{what}` is compared with each other one: twice the data, four times the work.",
                    better="A set or a dictionary of what was seen so far needs one pass.",
                )


def _gone_through(loop: ast.For) -> str:
    """The name of the list that a loop goes through, itself or by its places."""
    match loop.iter:
        case ast.Name(id=what):
            return what
        case ast.Call(
            func=ast.Name(id="range"), args=[*_, ast.Call(func=ast.Name(id="len"), args=[ast.Name(id=what)])]
        ):
            return what
    return ""


def _asks_equal(inner: ast.For, outer: ast.For, what: str) -> bool:
    places = {loop.target.id for loop in (inner, outer) if isinstance(loop.target, ast.Name)}

    def item(node: ast.expr) -> str:
        match node:
            case ast.Subscript(value=ast.Name(id=held), slice=ast.Name(id=at)) if held == what:
                return at
            case ast.Name(id=name):
                return name
        return ""

    return any(
        isinstance(node.ops[0], ast.Eq) and {item(node.left), item(node.comparators[0])} == places
        and (isinstance(inner.iter, ast.Name) or isinstance(node.left, ast.Subscript))
        for node in ast.walk(inner)
        if isinstance(node, ast.Compare)
    )  # fmt: skip


def _built_texts(tree: ast.Module) -> Iterator[Finding]:
    texts = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in (n for loop in ast.walk(tree) if isinstance(loop, ast.For | ast.While) for n in ast.walk(loop)):
        match node:
            case ast.AugAssign(target=ast.Name(id=name), op=ast.Add()) if name in texts:
                pass
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.BinOp(op=ast.Add()) as value) if (
                name in texts and name in {n.id for n in ast.walk(value) if isinstance(n, ast.Name)}
            ):
                pass
            case _:
                continue
        yield Finding(
            line=node.lineno,
            rule="string-building",
            weight=3,
            why=f"Every `+` makes a new text and copies what `{name}` held.",
            better='Collect the pieces in a list, and put them together once: `"".join(pieces)`.',
        )
        return


_KNOWN_NUMBERS = frozenset([0, 1, 2, 10, 100])


def _unnamed_numbers(tree: ast.Module) -> Iterator[Finding]:
    """A number that is calculated or compared with in several places."""
    lines: dict[float, list[int]] = defaultdict(list)
    for node in ast.walk(tree):
        parts = (
            [node.left, node.right] if isinstance(node, ast.BinOp)
            else [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
        )  # fmt: skip
        for part in parts:
            match part:
                case ast.Constant(value=int() | float() as value) if value not in _KNOWN_NUMBERS:
                    lines[value].append(part.lineno)
    tested = {line for n in ast.walk(tree) if isinstance(n, ast.Assert) for line in range(n.lineno, (n.end_lineno or n.lineno) + 1)}  # fmt: skip
    for value, places in lines.items():
        if len(places) > 1 and len(set(places)) > 1 and not tested & set(places):
            yield Finding(
                line=min(places),
                rule="magic-number",
                weight=3,
                why=f"`{value}` stands here in {len(places)} places, and nothing tells what it means.",
                better="Give it a name in capital letters above, and use the name: then it is changed in one place.",
            )


_CHANGES = {"append", "add", "insert", "extend", "update", "remove", "pop", "clear", "setdefault"}


def _shared_attributes(tree: ast.Module) -> Iterator[Finding]:
    """A list in a class, outside its methods, that its objects change."""
    for owner in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        own = {
            target.attr
            for node in ast.walk(owner)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Attribute)
        }
        changed = {name for node in ast.walk(owner) if (name := _changed_attribute(node))} - own
        for statement in owner.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.List() | ast.Dict() | ast.Set()) if (
                    name in changed
                ):
                    yield Finding(
                        line=statement.lineno,
                        rule="shared-attribute",
                        weight=9,
                        why=f"`{name}` is made once for the class, so all its objects share it: what one puts in, the others find.",
                        better=f"Make it for each object, in `__init__`: `self.{name} = {ast.unparse(statement.value)}`.",
                    )


def _changed_attribute(node: ast.AST) -> str:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Attribute(value=ast.Name(id="self"), attr=name), attr=verb)) if (
            verb in _CHANGES
        ):
            return name
        case ast.Subscript(value=ast.Attribute(value=ast.Name(id="self"), attr=name), ctx=ast.Store()):
            return name
    return ""


def _if_chains(tree: ast.Module) -> Iterator[Finding]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If):
            subjects = list(_chain(node))
            if len(subjects) >= 3 and len(set(subjects)) == 1 and subjects[0]:
                yield Finding(
                    line=node.lineno,
                    rule="if-chain",
                    weight=5,
                    why=f"A chain of ifs asks `{subjects[0]}` for one value after another.",
                    better="A dictionary from value to result says it in one look-up.",
                )
                return


def _chain(node: ast.If) -> Iterator[str]:
    match node.test:
        case ast.Compare(left=ast.Name(id=name), ops=[ast.Eq()], comparators=[ast.Constant()]):
            yield name
        case _:
            yield ""
    if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
        yield from _chain(node.orelse[0])


def _unused(tree: ast.Module) -> list[tuple[str, int]]:
    found = []
    for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)):
        loads = Counter(n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
        shared = {name for n in ast.walk(function) if isinstance(n, (ast.Global, ast.Nonlocal)) for name in n.names}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                name = node.targets[0].id
                if not loads[name] and name not in shared and name != "_":
                    found.append((name, node.lineno))
    return found


def _praise(tree: ast.Module) -> Iterator[str]:
    """Weightiest first: two are told."""
    nodes = list(ast.walk(tree))
    functions = [n for n in nodes if isinstance(n, ast.FunctionDef)]
    if functions and any(isinstance(n, ast.Assert) for n in nodes):
        yield "you wrote tests of your own"
    if functions and all(ast.get_docstring(f) for f in functions):
        yield "every function says in a docstring what it does"
    if functions and all(_is_handy(f) for f in functions):
        yield f"the work sits in {'a short function' if len(functions) == 1 else 'short functions'}, easy to read and to test"
    if any(isinstance(n, ast.ExceptHandler) and n.type is not None for n in nodes):
        yield "the errors you expect are caught by name"
    if any(isinstance(n, ast.With) for n in nodes):
        yield "`with` closes what it opens in any case"
    if any(isinstance(n, (ast.ListComp, ast.DictComp, ast.GeneratorExp, ast.SetComp)) for n in nodes):
        yield "the comprehension says in one line what is collected"
    if loops := {
        n.iter.func.id
        for n in nodes
        if isinstance(n, ast.For) and isinstance(n.iter, ast.Call) and isinstance(n.iter.func, ast.Name)
    } & {"enumerate", "zip"}:
        yield f"`{min(loops)}` spares you counting by hand"
    if any(isinstance(n, ast.JoinedStr) for n in nodes):
        yield "f-strings keep the printed text readable"
    names = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    names |= {n.arg for n in nodes if isinstance(n, ast.arg)}
    if names and all(len(name) > 2 for name in names):
        yield "the names tell what they hold"
    deepest = max([nesting(tree.body), *(nesting(f.body) for f in functions)])
    if any(isinstance(n, ast.For) for n in nodes) and deepest <= 2:
        yield "the loop is laid out so that it can be followed from top to bottom"


def _is_handy(function: ast.FunctionDef) -> bool:
    """Short, not deep, and without anything from outside that a test would have to set up."""
    outside = any(
        isinstance(n, ast.Global) or (isinstance(n, ast.Name) and n.id in ("input", "open")) for n in ast.walk(function)
    )
    return (
        (function.end_lineno or function.lineno) - function.lineno < 15
        and nesting(function.body) < DEPTH_MAX
        and not outside
    )
