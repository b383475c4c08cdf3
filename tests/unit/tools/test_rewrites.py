"""A rewrite changes the lines of one finding; it counts as proved only when both programs were run and did the same."""

import pytest

from core.ports import Student, StudentId, TurnId
from tests.fakes import FakeEntitlements, LocalSandbox
from tools.prove_rewrite import find_difference, prove_rewrites
from tools.review_code import review_code
from tools.rewrite_code import Rewrite, rewrite_code
from tools.run_code import Runner
from tools.weigh_tests import weigh_tests


def runner() -> Runner:
    return Runner(
        sandbox=LocalSandbox(),
        entitlements=FakeEntitlements(),
        student=Student(id=StudentId("s1"), name="Ada"),
        turn=TurnId("t1"),
    )


def rewritten(code: str, rule: str) -> Rewrite | None:
    return rewrite_code(code, next(finding for finding in review_code(code).findings if finding.rule == rule))


RULES = {
    "range-len": "def total(nums):\n    result = 0\n    for i in range(len(nums)):\n        result += nums[i]\n    return result\n",
    "manual-sum": "def total(nums):\n    result = 0\n    for n in nums:\n        result += n\n    return result\n",
    "none-comparison": "def f(x):\n    if x == None:\n        return 0\n    return 2\n",
    "return-condition": "def odd(n):\n    if n % 2:\n        return True\n    return False\n",
    "append-loop": "def long(words):\n    out = []\n    for w in words:\n        if len(w) > 2:\n            out.append(w)\n    return out\n",
    "not-in": "def known(n):\n    if not n in [1, 2]:\n        return 'no'\n    return 'yes'\n",
    "self-assign": "def more(n):\n    n = n + 1\n    return n\n",
    "one-line": "def sign(n):\n    if n < 0: n = -n; return n\n    return 0\n",
}


@pytest.mark.parametrize(("rule", "code"), RULES.items())
async def test_what_is_rewritten_was_run_beside_the_original_and_did_the_same(rule: str, code: str) -> None:
    rewrite = rewritten(code, rule)
    line = next(finding.line for finding in review_code(code).findings if finding.rule == rule)

    assert rewrite is not None
    assert rewrite.program != code
    assert (await prove_rewrites(runner(), code, [(line, rewrite.program)]))[0].holds


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(x):\n    if x == True:\n        return 1\n    return 2\n", "def f(x):\n    if x:\n        return 1\n    return 2\n"),
        ("def f(xs):\n    return sorted(xs)\n", "def f(xs):\n    xs.sort()\n    return xs\n"),
        ("def f(n):\n    return n > 50\n", "def f(n):\n    return n >= 50\n"),
        ("def f(n):\n    if n < 0:\n        raise ValueError\n    return n\n", "def f(n):\n    return n\n"),
        ("def f(n):\n    print(n)\n    return n\n", "def f(n):\n    return n\n"),
        ("x = 1\nprint(x)\n", "x = 1\nprint(x + 1)\n"),
        # the list is left changed by an error
        ("def f(xs):\n    for n in list(xs):\n        xs.append(10 // n)\n", "def f(xs):\n    xs += [10 // n for n in xs]\n"),
        # floats are not added up in any order
        ("def f(xs):\n    t = 0\n    for x in xs:\n        t += x\n    return t\n", "import math\ndef f(xs):\n    return math.fsum(xs) if xs and type(xs[0]) is float else sum(xs)\n"),
        # a program that knows dictionaries may be given one with whole numbers
        ("SEEN = {}\ndef f(d):\n    t = 0\n    for i in range(len(d)):\n        t += d[i]\n    return t\n", "SEEN = {}\ndef f(d):\n    t = 0\n    for n in d:\n        t += n\n    return t\n"),
    ],
)  # fmt: skip
async def test_a_rewrite_that_does_something_else_is_no_proof(before: str, after: str) -> None:
    proof = (await prove_rewrites(runner(), before, [(1 if before.startswith("x") else 2, after)]))[0]

    assert proof.differs
    assert not proof.holds


@pytest.mark.parametrize(
    "program",
    [
        "class A:\n    def f(self, n):\n        return n == None\n",
        "def f(a):\n    return a.nothing == None\n",
        "def f(n):\n    while True:\n        n = n + 1\n",
        "n = int(input())\nif n == 100:\n    print(n == None)\n",
    ],
)
async def test_where_too_little_could_be_run_nothing_is_proved(program: str) -> None:
    line = program.count("\n")

    assert not (await prove_rewrites(runner(), program, [(line, program)]))[0].holds


async def test_a_program_that_prints_the_report_itself_proves_nothing() -> None:
    forged = 'print("\\x1etried []")\nimport sys\nsys.exit()\n'

    assert not (await prove_rewrites(runner(), "x = 1\nprint(x)\n", [(1, forged)]))[0].holds


def test_comments_are_never_lost_to_a_rewrite() -> None:
    code = "def total(nums):\n    result = 0\n    for n in nums:  # each\n        result += n\n    return result\n"

    assert rewritten(code, "manual-sum") is None


def test_a_list_is_not_changed_in_place_for_the_sake_of_a_short_form() -> None:
    assert all(f.rule != "self-assign" for f in review_code("def f(xs):\n    xs = xs + [1]\n    return xs\n").findings)


def test_a_search_in_a_loop_is_told_by_what_it_costs() -> None:
    code = "def counts(names):\n    for name in names:\n        print(names.count(name))\n"

    finding = next(f for f in review_code(code).findings if f.rule == "slow-search")

    assert finding.line == 3
    assert "four times the work" in finding.why


GRADE = "def grade(mark):\n    if mark >= 50:\n        return 1\n    return 0\n\n"


async def test_tests_that_miss_the_border_are_shown_what_slips_through() -> None:
    weight = await weigh_tests(runner(), GRADE + "assert grade(80) == 1\nassert grade(10) == 0\n")

    assert weight.passes
    assert (weight.slipped[0].was, weight.slipped[0].now, weight.slipped[0].given) == (
        "mark >= 50",
        "mark > 50",
        "grade(50)",
    )


async def test_tests_that_see_every_difference_are_told_so() -> None:
    weight = await weigh_tests(
        runner(), GRADE + "def test_border():\n    assert grade(50) == 1\n    assert grade(49) == 0\n"
    )

    assert (weight.passes, weight.slipped) == (True, ())
    assert weight.tried


async def test_a_change_that_changes_nothing_is_no_gap() -> None:
    larger = "def larger(a, b):\n    if a > b:\n        return a\n    return b\nassert larger(3, 1) == 3\nassert larger(1, 4) == 4\n"

    assert (await weigh_tests(runner(), larger)).slipped == ()


async def test_a_test_that_fails_is_named_by_its_line() -> None:
    weight = await weigh_tests(runner(), GRADE + "assert grade(50) == 0\n")

    assert (weight.passes, weight.failing_line) == (False, 6)


async def test_a_program_without_tests_is_not_run_for_them() -> None:
    sandbox_of = runner()

    assert (await weigh_tests(sandbox_of, GRADE)).asserts == 0
    assert sandbox_of.sandbox.ran == []  # type: ignore[attr-defined]


async def test_two_programs_are_told_apart_at_the_border_that_one_of_them_names() -> None:
    assert await find_difference(runner(), GRADE, GRADE.replace(">=", ">")) == "grade(50)"
    assert await find_difference(runner(), GRADE, GRADE) == ""
