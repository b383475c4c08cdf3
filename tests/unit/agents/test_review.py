"""Reviews run first, praise what is good and name three points by weight."""

import pytest

from agents.review import node
from core.errors import SandboxUnavailable
from tests.fakes import SUM_TO, Fakes, turn, walk, words
from tools._ruff_rules import RULES
from tools.review_code import review_code

UGLY = "def f(l, seen=[]):\n    r = 0\n    for i in range(len(l)):\n        r = r + l[i]\n    try:\n        return r\n    except:\n        pass\n"


async def reviewed(code: str | None, **state: object) -> dict:
    return (await node(turn("review this", code=code, desk={}, **state), Fakes().runtime()))["evidence"][0]  # type: ignore[arg-type,return-value]


async def test_the_three_weightiest_points_come_first() -> None:
    found = await reviewed(UGLY)

    assert [f["rule"] for f in found["facts"]["findings"]] == ["mutable-default", "bare-except", "range-len"]


async def test_good_code_is_praised_and_not_nagged() -> None:
    found = await reviewed('def total_of(numbers):\n    """The sum of the numbers."""\n    return sum(numbers)\n')

    assert "What is good" in words(found["draft"])
    assert found["facts"]["findings"] == []


async def test_a_wrong_program_is_told_so_before_its_style() -> None:
    found = await reviewed("def sum_to(n):\n    return n\n", exercise="sum-to")

    assert "does not do all of the task yet" in found["draft"][0]["body"]


async def test_a_passing_program_is_told_so() -> None:
    found = await reviewed(SUM_TO.reference, exercise="sum-to")

    assert "all 4 tests" in found["draft"][0]["body"]


async def test_without_a_program_it_asks_for_one() -> None:
    found = await reviewed(None)

    assert found["draft"][-1]["kind"] == "question"


async def test_a_program_that_does_not_parse_is_no_crash() -> None:
    found = await reviewed("def f(:\n")

    assert "line 1" in words(found["draft"])


LOOP = (
    "def total(nums):\n    result = 0\n    for i in range(len(nums)):\n        result += nums[i]\n    return result\n"
)


async def test_a_proved_rewrite_is_shown_with_what_proves_it() -> None:
    found = await reviewed(LOOP)

    assert [block["body"] for block in found["draft"] if block["kind"] == "code"] == [
        "for num in nums:\n    result += num"
    ]
    assert "inputs, and they did the same each time" in words(found["draft"])


async def test_what_cannot_be_proved_is_told_in_words_alone() -> None:
    found = await reviewed("def f(x):\n    if x == True:\n        return 1\n    return 2\n")

    assert any(f["rule"] == "true-comparison" for f in found["facts"]["findings"])
    assert all(block["kind"] != "code" for block in found["draft"])


async def test_a_program_that_does_not_do_its_task_yet_gets_no_rewrites() -> None:
    wrong = "def sum_to(n):\n    result = 0\n    for k in range(n):\n        result += k\n    return result\n"

    found = await reviewed(wrong, exercise="sum-to")

    assert all(block["kind"] != "code" for block in found["draft"])


async def test_praise_comes_before_the_points() -> None:
    text = words((await reviewed(LOOP))["draft"])

    assert 0 <= text.index("What is good") < text.index("1. **Line 3.**")


async def test_without_a_sandbox_the_points_are_still_made() -> None:
    fakes = Fakes()
    fakes.sandbox.failure = SandboxUnavailable()

    found = (await node(turn("review this", code=LOOP, desk={}), fakes.runtime()))["evidence"][0]

    assert "1. **Line 3.**" in words(found["draft"])
    assert found["missing"]


async def talk(fakes: Fakes, *messages: str) -> list[str]:
    replies, desk, code = [], {}, f"{LOOP}\n\ndef put(x, to=[]):\n    to.append(x)\n    return to\n"
    for message in messages:
        state = await walk(turn(message, code=code if not replies else None, desk=desk), fakes)  # type: ignore[arg-type]
        desk = state["desk"]
        replies.append(state["answer"]["reply"])
    return replies


async def test_a_question_about_one_point_is_answered_for_that_point() -> None:
    _, first, why, second = await talk(
        Fakes(), "please review my code", "how would I do the first one?", "why?", "and the second?"
    )

    assert "Point 1 was about line 8" in first
    assert "to=[]" not in first
    assert "Point 1" in why
    assert "for num in nums:" in second


async def test_more_brings_what_had_no_room_and_repeats_nothing() -> None:
    first, more = await talk(Fakes(), "please review my code", "anything else?")

    assert "ask for more" in first
    assert "These are smaller" in more
    assert "**Line 8.**" not in more


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("def f(x):\n    if x > 0 == True:\n        return x\n    return 0\n", "chained-comparison"),
        ("def f(x):\n    if x > 0:\n        return x\n    else:\n        return x\n", "same-branches"),
    ],
)
def test_a_condition_that_asks_or_decides_something_else_comes_first(code: str, rule: str) -> None:
    assert review_code(code).findings[0].rule == rule


@pytest.mark.parametrize("code", ["print(1 < 2 < 3)\n", "a = b = 1\nprint(a == b == 1)\n"])
def test_an_honest_chain_of_comparisons_is_left_alone(code: str) -> None:
    assert all(finding.rule != "chained-comparison" for finding in review_code(code).findings)


async def test_what_the_linter_finds_is_told_first_when_it_is_wrong() -> None:
    found = await reviewed("def area(radius):\n    return 3 * raduis ** 2\n\nimport os\n")

    assert [f["rule"] for f in found["facts"]["findings"]] == ["undefined-name", "unused-import"]
    assert found["facts"]["findings"][0]["source"] == "ruff F821"
    assert "1. **Line 2.** Nothing gives `raduis` a value" in words(found["draft"])


async def test_where_the_program_stopped_is_told_once_here_and_in_what_follows() -> None:
    code = "print(totl)\nimport os\nif 3 == None: pass\n"
    fakes, desk = Fakes(), {}

    first = await walk(turn("please review my code", code=code, desk=desk), fakes)  # type: ignore[arg-type]
    second = await walk(turn("how would I do the first one?", desk=first["desk"]), fakes)

    assert "Nothing gives `totl`" not in first["answer"]["reply"]
    assert "Point 1 was about line 3" in second["answer"]["reply"]


async def test_a_linter_that_could_not_be_asked_is_named_and_the_review_stands() -> None:
    found = await reviewed(LOOP + "\n# ...." * 4_000)

    assert "1. **Line 3.**" in words(found["draft"])
    assert "I went by my own rules alone" in words(found["draft"])
    assert found["missing"] == []


async def test_complexity_is_named_in_words() -> None:
    branches = "".join(f"    if x > {n}:\n        x += {n}\n" for n in range(6))

    found = await reviewed(f"def climb(x):\n{branches}    return x\n")

    assert "There are 7 ways through `climb` (cyclomatic complexity 7)" in words(found["draft"])
    assert found["facts"]["measures"]["complexity"] == 7


async def test_a_program_without_a_fault_is_praised_for_it() -> None:
    found = await reviewed('def total_of(numbers):\n    """The sum of the numbers."""\n    return sum(numbers)\n')

    assert f"finds none of the {len(RULES)} things it looks for" in words(found["draft"])


async def test_a_program_that_asks_is_given_something_and_never_called_faultless_unrun() -> None:
    asks = await reviewed("name = input()\nage = int(input())\nprint(name, age)\n")
    stuck = await reviewed("name = input()\nwhile name != 'quit':\n    name = input()\n")

    assert "I typed `7` each time: no errors" in words(asks["draft"])
    assert "no errors" not in words(stuck["draft"])


@pytest.mark.parametrize(
    "code", ["n = 5\nwhile n > 0:\n    print(n)\n", "def fact(n):\n    return n * fact(n - 1)\nprint(fact(3))\n"]
)
async def test_what_does_not_run_is_not_said_to_need_nothing(code: str) -> None:
    told = words((await reviewed(code))["draft"])

    assert "First of all" in told
    assert "TimeoutError" not in told
    assert "write two or three tests" not in told


async def test_who_wrote_tests_is_not_told_to_write_some() -> None:
    found = await reviewed('def mean(values):\n    """The mean."""\n    return sum(values) / len(values)\nassert mean([1, 3]) == 2\n')  # fmt: skip

    assert "you could write two or three tests" not in words(found["draft"])


@pytest.mark.parametrize(
    ("rule", "line", "code"),
    [
        ("all-pairs", 3, "def twice(xs):\n    for i in range(len(xs)):\n        for j in range(len(xs)):\n            if i != j and xs[i] == xs[j]:\n                return True\n    return False\n"),
        ("repeated", 6, "def a(xs):\n    s = 0\n    for x in xs:\n        s += x\n    print(s)\ndef b(ys):\n    t = 0\n    for y in ys:\n        t += y\n    print(t)\n"),
        ("string-building", 4, "def joined(words):\n    text = ''\n    for word in words:\n        text = text + word + ','\n    return text\n"),
        ("magic-number", 3, "def price(n):\n    if n > 17:\n        return n * 3.75 - 5\n    return n * 3.75\n"),
        ("shared-attribute", 2, "class Dog:\n    tricks = []\n    def add(self, trick):\n        self.tricks.append(trick)\n"),
        ("unused", 2, "def area(width, height):\n    colour = 'red'\n    depth = 3\n    return width * height\n"),
    ],
)  # fmt: skip
def test_costly_and_unclear_habits_are_named_at_their_line(rule: str, line: int, code: str) -> None:
    assert (rule, line) in [(finding.rule, finding.line) for finding in review_code(code).findings]


@pytest.mark.parametrize(
    "code",
    [
        "def swaps(xs):\n    for i in range(len(xs)):\n        for j in range(len(xs)):\n            if xs[i] > xs[j]:\n                return i\n",
        "def table(rows):\n    for row in rows:\n        for cell in row:\n            print(cell == row)\n",
        "total = 0\nfor n in [1, 2]:\n    total = total + n\n",
        "def area(r):\n    return 3.14 * r * r\n",
        "class Dog:\n    legs = [1]\n    def __init__(self):\n        self.tricks = []\n    def add(self, trick):\n        self.tricks.append(trick)\n",
    ],
)
def test_what_only_looks_like_such_a_habit_is_left_alone(code: str) -> None:
    named = {"all-pairs", "repeated", "string-building", "magic-number", "shared-attribute"}

    assert not named & {finding.rule for finding in review_code(code).findings}


@pytest.mark.parametrize(
    ("code", "praise"),
    [
        ("count = 0\ndef inc():\n    global count\n    count += 1\n", "easy to read and to test"),
        ("def f(a):\n    for b in a:\n        if b:\n            for c in b:\n                print(c)\n", "followed from top to bottom"),
        ("def f(x):\n    result = x\n    return result\n", "the names tell"),
    ],
)  # fmt: skip
def test_no_praise_speaks_against_a_point(code: str, praise: str) -> None:
    assert not any(praise in said for said in review_code(code).praise)


def test_every_line_with_an_unused_name_is_told() -> None:
    unused = next(one for one in review_code("def f(width):\n    colour = 1\n    depth = 3\n    return width\n").findings if one.rule == "unused")  # fmt: skip

    assert (unused.line, unused.also) == (2, (3,))
