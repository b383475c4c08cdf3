"""Errors are explained by their specific cause."""

import pytest

from core.ports import Raised
from tools._causes import CAUSES, SYNTAX
from tools.explain_error import explain_error, explain_syntax, repair_syntax
from tools.parse_program import compiles


def raised(kind: str, message: str, line: int = 1, **values: str) -> Raised:
    return Raised(type=kind, message=message, line=line, traceback="", locals=values)


@pytest.mark.parametrize(("kind", "message", "concept"), [
    ("NameError", "name 'cout' is not defined", "name-not-defined"),
    ("UnboundLocalError", "cannot access local variable 't' where it is not associated with a value", "local-variable-before-assignment"),
    ("IndexError", "pop from empty list", "empty-sequence-access"),
    ("KeyError", "'bob'", "missing-key"),
    ("TypeError", 'can only concatenate str (not "int") to str', "mixing-types-in-operator"),
    ("TypeError", "'<' not supported between instances of 'str' and 'int'", "comparing-different-types"),
    ("TypeError", "'int' object is not iterable", "iterating-a-non-iterable"),
    ("TypeError", "'list' object is not callable", "calling-a-non-function"),
    ("TypeError", "f() missing 1 required positional argument: 'x'", "wrong-number-of-arguments"),
    ("TypeError", "f() takes 1 positional argument but 2 were given", "wrong-number-of-arguments"),
    ("ValueError", "invalid literal for int() with base 10: 'x'", "text-to-number"),
    ("ValueError", "too many values to unpack (expected 2)", "unpacking-mismatch"),
    ("AttributeError", "'NoneType' object has no attribute 'append'", "wrong-method-for-type"),
    ("ZeroDivisionError", "division by zero", "division-by-zero"),
    ("RecursionError", "maximum recursion depth exceeded", "recursion-without-base-case"),
    ("BananaError", "of the student's own", "raised-by-program"),
])  # fmt: skip
def test_each_error_has_its_cause(kind: str, message: str, concept: str) -> None:
    assert explain_error(raised(kind, message), "x").concept == concept


@pytest.mark.parametrize("cause", [*CAUSES, *SYNTAX], ids=lambda cause: f"{cause.types}:{cause.concept}")
def test_no_cause_leaves_a_gap_in_its_words(cause) -> None:  # type: ignore[no-untyped-def]
    found = explain_error(raised(cause.types.split("|")[0], "something that only the last row knows"), "")

    assert "{" not in found.what + found.look
    assert "}" not in found.what + found.look


def test_the_index_and_the_length_at_that_moment_are_told() -> None:
    found = explain_error(
        raised("IndexError", "list index out of range", 2, xs="[1, 2, 3]", i="3"), "i = 3\nprint(xs[i])"
    )

    assert "last position is 2" in found.detail
    assert found.values == {"xs": "[1, 2, 3]", "i": "3"}


def test_a_name_that_looks_alike_is_pointed_to() -> None:
    assert (
        "`counter`"
        in explain_error(raised("NameError", "name 'conter' is not defined"), "counter = 1\nprint(conter)").detail
    )


@pytest.mark.parametrize(("code", "line", "concept"), [
    ("for i in range(3)\n    print(i)", 1, "missing-colon"),
    ("x = (1, 2\nprint(x)", 1, "unclosed-bracket"),
    ("def f(x):\nreturn x", 2, "missing-indented-block"),
    ('print("hello)', 1, "unclosed-quote"),
    ("if x = 3:\n    pass", 1, "assignment-for-comparison"),
    ("print 'hi'", 1, "missing-parentheses"),
    ("return 3", 1, "statement-out-of-place"),
])  # fmt: skip
def test_what_does_not_parse_is_explained_at_its_line(code: str, line: int, concept: str) -> None:
    found = explain_syntax(code)

    assert found is not None
    assert (found.line, found.concept) == (line, concept)
    assert found.line is not None


@pytest.mark.parametrize(
    "code",
    [
        "for i in range(3)\n    print(i)",
        "x = (1, 2\nprint(x)",
        "while x => 3:\n    x -= 1",
        "a = [1 2]",
        "if x:\nprint(x)",
    ],
)
def test_a_small_change_makes_it_compile(code: str) -> None:
    fixed = repair_syntax(code)

    assert fixed is not None
    assert compiles(fixed)


@pytest.mark.parametrize("code", ["", "\x00", "(" * 5000, "\ud800 = 1", "x" * 200_000, "if\n" * 300])
def test_odd_texts_are_survived(code: str) -> None:
    explain_syntax(code)


@pytest.mark.parametrize(("kind", "message", "line", "held", "code", "told"), [
    ("NameError", "name 'math' is not defined", 1, {}, "print(math.pi)", "only after an `import`"),
    ("NameError", "name 'sqrt' is not defined", 2, {}, "import math\nprint(sqrt(4))", "belongs to the module `math`: line 1 imports it"),
    ("NameError", "name 'go' is not defined", 1, {}, "go()\ndef go():\n    pass", "made only on line 2"),
    ("NameError", "name 'total' is not defined", 4, {}, "def f():\n    total = 1\nf()\nprint(total)", "belongs to the function `f`"),
    ("NameError", "name 'red' is not defined", 1, {}, "colour = red", "text needs quotes"),
    ("NameError", "name 'speed' is not defined", 5, {}, "class Car:\n    def __init__(self):\n        self.speed = 1\n    def go(self):\n        print(speed)", "by way of `self`"),
    ("NameError", "name 'true' is not defined", 1, {}, "on = true", "`True`"),
    ("NameError", "name 'n' is not defined", 3, {}, "if False:\n    n = 1\nprint(n)", "only inside the `if` on line 1"),
    ("UnboundLocalError", "local variable 'best' referenced before assignment", 5, {}, "def f(xs):\n    for x in xs:\n        best = x\n\n    return best", "no round"),
    ("UnboundLocalError", "local variable 'n' referenced before assignment", 3, {}, "n = 1\ndef f():\n    n += 1", "outside of `f`"),
    ("IndexError", "list index out of range", 2, {"xs": "[1, 2]", "i": "1"}, "i = 1\nprint(xs[i + 1])", "`i + 1` is 2"),
    ("IndexError", "list index out of range", 3, {"xs": "[4, 9]", "x": "4"}, "xs = [4, 9]\nfor x in xs:\n    print(xs[x])", "not through their positions"),
    ("IndexError", "list assignment index out of range", 2, {"xs": "[]"}, "xs = []\nxs[0] = 1", "cannot make a list longer"),
    ("KeyError", "'1'", 2, {"d": "{1: 2}"}, "d = {1: 2}\nprint(d['1'])", "which is text"),
    ("KeyError", "'nmae'", 2, {"d": "{'name': 2}"}, "d = {'name': 2}\nprint(d['nmae'])", "looks like it: 'name'"),
    ("KeyError", "'a'", 3, {"d": "{}", "c": "'a'"}, "d = {}\nfor c in 'a':\n    d[c] += 1", "reads the old value"),
    ("TypeError", "unsupported operand type(s) for +: 'NoneType' and 'int'", 3, {}, "def f(x):\n    print(x)\nprint(f(1) + 1)", "`f` has no `return`"),
    ("TypeError", "'list' object is not callable", 2, {"list": "[1]"}, "list = [1]\nlist('ab')", "line 1 gives that name another value"),
    ("TypeError", "'int' object is not callable", 1, {}, "print(2(3))", "sign `*`"),
    ("TypeError", "'str' object is not callable", 1, {}, "print('a'('b'))", "comma missing"),
    ("TypeError", "f() got an unexpected keyword argument 'sise'", 3, {}, "def f(size):\n    pass\nf(sise=1)", "`size`"),
    ("TypeError", "A() takes no arguments", 4, {}, "class A:\n    def __int__(self, x):\n        pass\nA(1)", "`__init__`"),
    ("AttributeError", "'list' object has no attribute 'push'", 2, {}, "a = []\na.push(1)", "`append`"),
    ("AttributeError", "'dict' object has no attribute 'tom'", 2, {"d": "{'tom': 1}"}, "d = {'tom': 1}\nd.tom", "square brackets and quotes"),
    ("AttributeError", "module 'math' has no attribute 'squareroot'", 2, {}, "import math\nmath.squareroot(4)", "`sqrt`"),
    ("AttributeError", "'A' object has no attribute 'name'", 4, {}, "class A:\n    def __init__(self, name):\n        name = name\nA('x').name", "without `self`"),
    ("ValueError", "invalid literal for int() with base 10: '12.5'", 1, {}, "int('12.5')", "has a point"),
    ("ValueError", "too many values to unpack (expected 2)", 2, {"d": "{'abc': 1}"}, "d = {'abc': 1}\nfor k, v in d:\n    pass", "keys alone"),
    ("ValueError", "list.remove(x): x not in list", 2, {"xs": "[1, 2]"}, "xs = [1, 2]\nxs.remove('1')", "1 is a number, and '1' is text"),
    ("ZeroDivisionError", "division by zero", 2, {"xs": "[]"}, "xs = []\nprint(sum(xs) / len(xs))", "`xs` is empty"),
    ("AssertionError", "", 2, {"n": "-1"}, "n = -1\nassert n > 0", "`n` is -1"),
    ("ModuleNotFoundError", "No module named 'maths'", 1, {}, "import maths", "`math`"),
    ("ModuleNotFoundError", "No module named 'numpy'", 1, {}, "import numpy", "has to be installed"),
    ("ImportError", "cannot import name 'squareroot' from 'math' (x.so)", 1, {}, "from math import squareroot", "`sqrt`"),
    ("FileNotFoundError", "[Errno 2] No such file or directory: 'a/b.txt'", 1, {}, "open('a/b.txt')", "leads through a folder"),
    ("RecursionError", "maximum recursion depth exceeded", 2, {}, "def f(n):\n    f(n)\nf(1)", "very same value"),
])  # fmt: skip
def test_one_more_sentence_is_true_of_this_program(
    kind: str, message: str, line: int, held: dict[str, str], code: str, told: str
) -> None:
    assert told in explain_error(raised(kind, message, line, **held), code).detail


@pytest.mark.parametrize(("kind", "message", "line", "held", "code", "never"), [
    ("TypeError", "object of type 'NoneType' has no len()", 2, {"x": "None"}, "x = None\nprint(len(x))", "`print`"),
    ("AttributeError", "'NoneType' object has no attribute 'append'", 2, {"cart": "None"}, "def put(cart):\n    cart.append(1)\nput(None)", "gives back"),
    ("TypeError", "'dict' object is not callable", 2, {"d": "{'a': 1}"}, "d = {'a': 1}\nprint(d('a'))", "`print`"),
    ("NameError", "name 'yes' is not defined", 1, {}, "if 'a' == yes:\n    pass", "bytes"),
    ("UnboundLocalError", "variable 'x'", 4, {}, "def f(a):\n    x = a\n    del x\n    return x", "branches"),
    ("IndexError", "list index out of range", 2, {"a": "[1, 2, 3]", "b": "[1]"}, "i = 2\nprint(a[2] + b[2])", "`a` has"),
    ("NameError", "name 'file' is not defined", 1, {}, "file.read()", "made only"),
])  # fmt: skip
def test_what_is_not_so_is_not_said(
    kind: str, message: str, line: int, held: dict[str, str], code: str, never: str
) -> None:
    assert never not in explain_error(raised(kind, message, line, **held), code).detail


@pytest.mark.parametrize("kind", ["NameError", "UnboundLocalError", "IndexError", "KeyError", "TypeError", "AttributeError", "ValueError", "ZeroDivisionError", "AssertionError", "ModuleNotFoundError", "ImportError", "FileNotFoundError", "RecursionError"])  # fmt: skip
@pytest.mark.parametrize(
    "message",
    [
        "",
        "name 'x'",
        "'NoneType' object has no attribute 'x'",
        "variable 'x'",
        "No module named 'x'",
        "x: ''",
        "[",
        "(((((",
    ],
)
@pytest.mark.parametrize(
    "code", ["", "def f(:", "x", "x[x(x.x)]", "for x, y in x: x += x / x", "class x:\n    def x(self): x.x = x(x)"]
)
def test_no_message_and_no_program_brings_it_down(kind: str, message: str, code: str) -> None:
    assert explain_error(raised(kind, message, x="[1]"), code).what


def test_an_error_that_the_program_raises_itself_is_told_as_that() -> None:
    code = "def root(x):\n    if x < 0:\n        raise ValueError('x is below 0')\n    return x\nroot(-1)"

    found = explain_error(raised("ValueError", "x is below 0", 3), code)

    assert found.concept == "raised-by-program"
    assert "“x is below 0”" in found.what
    assert found.specific
