"""Accepted programs come near a student's: in the student's names, and only the parts that matter are left."""

import ast

from tools._align import Rewriting, nearer, nearest, renamed, rewritings

OWN = "def f(items):\n    out = 0\n    for item in items:\n        out = out + item\n    return item\n"
OTHER = "def f(xs):\n    total = 0\n    for x in xs:\n        total = total + x\n    return total\n"


def rewriting() -> Rewriting:
    return next(rewritings(ast.parse(OWN), ast.parse(OTHER), "f"))


def test_an_accepted_program_speaks_the_students_names() -> None:
    change = rewriting()

    assert change.patched(range(change.count)) == OWN.replace("return item", "return out").rstrip()


def test_a_difference_names_the_students_line_and_what_kind_it_is() -> None:
    change = rewriting()

    assert change.lines([0]) == [5]
    assert change.kind([0]) == "result"


def test_a_step_that_is_missing_at_the_start_of_a_block_is_named_where_it_would_stand() -> None:
    own, other = "def f(n):\n    return n + 1\n", "def f(n):\n    n = abs(n)\n    return n + 1\n"

    change = next(rewritings(ast.parse(own), ast.parse(other), "f"))

    assert change.lines([0]) == [2]


def test_without_any_part_the_students_program_is_left() -> None:
    assert rewriting().patched([]) == OWN.rstrip()


def test_the_most_alike_program_comes_first() -> None:
    recursive = "def f(xs):\n    return xs[0] + f(xs[1:]) if xs else 0\n"

    found = nearest(ast.parse(OWN), [recursive, "not a program(", OTHER])

    assert [ast.unparse(tree).strip() for tree in found] == [
        ast.unparse(ast.parse(OTHER)).strip(),
        ast.unparse(ast.parse(recursive)).strip(),
    ]


def test_a_changed_line_is_brought_back_expression_by_expression() -> None:
    between = list(nearer("    if x < a[i]:", "    if b[i] >= x:"))

    assert "    if x >= x:" in between
    assert "    if b[i] < x:" in between


def test_lines_of_different_kinds_have_nothing_between_them() -> None:
    assert list(nearer("return x", "x = 1")) == []


def test_each_function_speaks_the_names_of_its_own_counterpart() -> None:
    own = ast.parse(
        "def helper(a):\n    k = a + 1\n    return k\n\ndef f(b):\n    total = helper(b)\n    return total\n"
    )
    other = ast.parse("def inc(n):\n    r = n + 1\n    return r\n\ndef f(m):\n    r = inc(m)\n    return r\n")

    assert ast.unparse(renamed(other, own, "f")) == ast.unparse(own)
