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
