"""A program that does not parse is mended near where Python stumbled."""

import ast
import re
import time

import pytest

from tools._mistypings import MISTYPINGS, Mistyping
from tools._syntax import mend
from tools.explain_error import explain_syntax, repair_syntax
from tools.parse_program import compiles


@pytest.mark.parametrize(("broken", "right"), [
    ("ofr i in x:\n    print(i)\n", "for i in x:\n    print(i)\n"),
    ("def f(x):\n    retrun x\n", "def f(x):\n    return x\n"),
    ("f(x):\n    return x\n", "def f(x):\n    return x\n"),
    ("x = [] for i in y:\n    x.append(i)\n", "x = []\nfor i in y:\n    x.append(i)\n"),
    ("while x:\n        y = 1\n    z = 2\n", "while x:\n    y = 1\n    z = 2\n"),
    ("x = (a[(1])\n", "x = (a[1])\n"),
])  # fmt: skip
def test_what_was_meant_is_found(broken: str, right: str) -> None:
    fixed = mend(broken)

    assert fixed is not None
    assert ast.dump(ast.parse(fixed)) == ast.dump(ast.parse(right))


def test_two_slips_in_two_places_are_both_mended() -> None:
    fixed = mend("def f(x:\n    if x = 1\n        retrun x\n    return 0\n")

    assert fixed is not None
    assert compiles(fixed)
    assert "return x" in fixed


@pytest.mark.parametrize(
    "text", ["", ")))", "((((\n" * 20, "if\n" * 30, "'''\nx", "\x00", "x = '\n\\", "    \n\t y\n  z", "else:\n" * 9]
)
def test_whatever_it_is_the_search_comes_to_an_end(text: str) -> None:
    fixed = mend(text)

    assert fixed is None or compiles(fixed)


@pytest.mark.parametrize(("broken", "right", "concept", "told"), [
    ("if x => 5:\n    y = 1\n", "if x >= 5:\n    y = 1\n", "wrong-operator", "wrong way round"),
    ("if x > 3 && y < 2:\n    z = 1\n", "if x > 3 and y < 2:\n    z = 1\n", "wrong-operator", "`and`"),
    ("if !done:\n    x = 1\n", "if not done:\n    x = 1\n", "wrong-operator", "`not`"),
    ("while x < 3:\n    x++\n", "while x < 3:\n    x += 1\n", "wrong-operator", "no `++`"),
    ("if x:\n    y = 1\nelse if z:\n    y = 2\n", "if x:\n    y = 1\nelif z:\n    y = 2\n", "else-if", "`elif`"),
    ("While x:\n    y = 1\n", "while x:\n    y = 1\n", "keyword-case", "small"),
    ("function f(x):\n    return x\n", "def f(x):\n    return x\n", "foreign-word", "`def`"),
    ("function f(x)\n    return x\n", "def f(x):\n    return x\n", "foreign-word", "`def`"),
    ("int x = 5\nprint(x)\n", "x = 5\nprint(x)\n", "foreign-word", "no `int`"),
    ("my name = 'Ada'\nprint(my name)\n", "my_name = 'Ada'\nprint(my_name)\n", "name-with-blank", "no blanks"),
    ("my-name = 'Ada'\nprint(my-name)\n", "my_name = 'Ada'\nprint(my_name)\n", "assignment-target", "minus sign"),
    ("class = 5\nprint(class)\n", "class_ = 5\nprint(class_)\n", "reserved-word", "Python's own"),
    (">>> x = 3\n>>> for i in x:\n...     print(i)\n", "x = 3\nfor i in x:\n    print(i)\n", "pasted-prompt", "`>>>`"),
    ("1 x = 3\n2 print(x)\n", "x = 3\nprint(x)\n", "pasted-prompt", "numbers"),
    ("if (x > 3) {\n    y = 1\n} else {\n    y = 2\n}\n", "if x > 3:\n    y = 1\nelse:\n    y = 2\n", "braces", "curly"),
    ("for (int i = 0; i < 3; i++) {\n    print(i)\n}\n", "for i in range(0, 3):\n    print(i)\n", "for-loop-form", "another language"),
    ("for i of x:\n    print(i)\n", "for i in x:\n    print(i)\n", "for-loop-form", "`in`"),
    ("import sqrt from math\n", "from math import sqrt\n", "import-form", "wrong way round"),
    ("print('It's me')\n", "print(\"It's me\")\n", "quote-inside-text", "apostrophe"),
    ("print(“Hi”)\nx = ‘a’\n", "print('Hi')\nx = 'a'\n", "invalid-character", "text program"),
    ("x\u00a0= 3\n", "x = 3\n", "invalid-character", "blank"),
    ("nums = [1 2 3]\n", "nums = [1, 2, 3]\n", "missing-comma", "side by side"),
    ("d = {'a': 1]\n", "d = {'a': 1}\n", "unclosed-bracket", "opening partner"),
    ("def f():\nx = 1\n", "def f():\n    x = 1\n", "missing-indented-block", "indented"),
    ("x = 3 // a note\n", "x = 3\n", "comment-sign", "`#`"),
    ("x = 5 y = 6\n", "x = 5\ny = 6\n", "two-statements", "one line"),
    ("from random import randint print(1)\n", "from random import randint\nprint(1)\n", "two-statements", "one line"),
    ("raise ValueError 'bad'\n", "raise ValueError('bad')\n", "missing-parentheses", "round brackets"),
    ("def add(a b):\n    return a\n", "def add(a, b):\n    return a\n", "missing-comma", "side by side"),
    ("x = [i for i in y if i else 0]\n", "x = [i if i else 0 for i in y]\n", "comprehension-form", "in front of the `for`"),
    ("path = 'C:\\Users\\me'\n", "path = r'C:\\Users\\me'\n", "escape", "backslash"),
])  # fmt: skip
def test_a_habit_from_elsewhere_is_named_and_put_right(broken: str, right: str, concept: str, told: str) -> None:
    found, fixed = explain_syntax(broken), repair_syntax(broken)

    assert found is not None
    assert (found.concept, found.specific) == (concept, True)
    assert told in found.what
    assert fixed is not None
    assert ast.dump(ast.parse(fixed)) == ast.dump(ast.parse(right))


@pytest.mark.parametrize(("broken", "concept"), [
    ("if x:\n    y = 1\nelse\n    y = 2\n", "missing-colon"),
    ("d = {'a': 1 'b': 2}\n", "missing-comma"),
    ("'name' = 'Ada'\n", "assignment-target"),
    ("if x = 5:\n    pass\n", "assignment-for-comparison"),
    ("x = [1, 2\nfor i in x:\n    print(i)\n", "unclosed-bracket"),
    ("print 'hello'\n", "missing-parentheses"),
])  # fmt: skip
def test_where_python_says_it_well_no_habit_is_blamed(broken: str, concept: str) -> None:
    found = explain_syntax(broken)

    assert found is not None
    assert found.concept == concept


@pytest.mark.parametrize("slip", MISTYPINGS, ids=lambda slip: slip.find[:40])
def test_no_habit_has_a_gap_in_its_words(slip: Mistyping) -> None:
    for words in (slip.what, slip.look):
        told = words.replace("{0}", "").replace("{1}", "")

        assert not re.search(r"\{[01]", told)
        assert told.endswith((".", "?"))


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5_000,
        "x " * 5_000,
        "{\n" * 2_000,
        "'" * 4_999,
        "for " * 2_000,
        "a-" * 5_000,
        "1 " * 5_000,
        "=" * 9_000,
        " " * 50_000 + "x",
        "(a for " * 9_000,
    ],
)
def test_a_hostile_text_costs_no_time(text: str) -> None:
    began = time.process_time()

    explain_syntax(text)

    assert time.process_time() - began < 5
