"""ruff finds, our words tell: once for each matter, what is wrong first, and nothing is run."""

import asyncio
import time
from pathlib import Path

import pytest

from tests.unit.tools.test_rewrites import runner
from tools._ruff_rules import RULES
from tools.lint_code import CODE_CHARS_MAX, find_ruff, lint_code
from tools.prove_rewrite import prove_rewrites
from tools.review_code import CRITERIA, review_code
from tools.rewrite_code import rewrite_code

PROGRAMS = {
    "undefined-name": "def area(r):\n    return 3.14 * radius ** 2\n",
    "defined-twice": "def f():\n    return 1\n\n\ndef f():\n    return 2\n",
    "always-true": "x = int(input())\nif x == 1 or 2:\n    print('yes')\n",
    "format": "print('%d and %d' % (1,))\n",
    "plus-plus": "n = 1\n++n\n",
    "strip-letters": "print('www.wow.de'.strip('www.'))\n",
    "ignored-value": "x = 1\nx == 2\n",
    "late-binding": "made = []\nfor i in range(3):\n    made.append(lambda: i)\n",
    "colon-for-equals": "names = {}\nnames['a']: 3\n",
    "changed-in-loop": "items = [1, 2]\nfor item in items:\n    items.remove(item)\n",
    "except-or": "try:\n    print(1)\nexcept ValueError or TypeError:\n    print(2)\n",
    "loop-else": "for i in range(3):\n    print(i)\nelse:\n    print('end')\n",
    "missing-f": "name = 'Ada'\nprint('hello {name}')\n",
    "shared-value": "print(dict.fromkeys('ab', []))\n",
    "return-in-init": "class A:\n    def __init__(self):\n        return 3\n",
    "not-raised": "def f(x):\n    if x < 0:\n        ValueError('no')\n    return x\n",
    "sometimes-returns": "def f(x):\n    if x > 0:\n        return x\n    print(x)\n",
    "no-self": "class A:\n    def size(this):\n        return 3\n",
    "unused-import": "import os\nprint(1)\n",
    "sort-for-one": "print(sorted([3, 1])[0])\n",
    "dict-items": "d = {1: 2}\nfor key in d:\n    print(d[key])\n",
    "enumerate": "n = 0\nfor name in 'abc':\n    print(n, name)\n    n += 1\n",
    "nested-if": "x = 3\nif x > 1:\n    if x < 5:\n        print(x)\n",
    "file-left-open": "f = open('a.txt')\nprint(f.read())\n",
}


@pytest.mark.parametrize("matter", PROGRAMS)
async def test_a_mistake_that_our_own_rules_do_not_know_is_found(matter: str) -> None:
    linted = await lint_code(PROGRAMS[matter])

    assert linted.trouble == ""
    assert matter in [finding.rule for finding in linted.findings]


async def test_the_words_name_what_stands_at_the_place_even_behind_letters_of_more_than_one_byte() -> None:
    (finding,) = (await lint_code('print("ünïcödé 🎈", totl)\n')).findings

    assert (finding.line, finding.criterion, finding.source) == (1, "correctness", "ruff F821")
    assert finding.why.startswith("Nothing gives `totl` a value")


@pytest.mark.parametrize("code", RULES)
def test_every_rule_has_a_criterion_of_the_rubric_and_whole_sentences(code: str) -> None:
    rule = RULES[code]

    assert rule.criterion in CRITERIA
    assert 1 <= rule.weight <= 10
    for words in (rule.why, rule.better):
        assert words.format(here="`x`", name="x").endswith((".", "?", "."))


@pytest.mark.parametrize(
    "code",
    [
        "def total(numbers):\n    result = 0\n    for number in numbers:\n        result += number\n    return result\n",
        "name = input('Name? ')\nage = int(input('Age? '))\nif age < 18:\n    print(f'{name} is a child')\nelse:\n    print(f'{name} is grown up')\n",
        "class Dog:\n    def __init__(self, name):\n        self.name = name\n\n    def bark(self):\n        print('Woof')\n\n\nDog('Rex').bark()\n",
    ],
)
async def test_an_honest_beginner_s_program_is_left_alone(code: str) -> None:
    assert (await lint_code(code)).findings == ()


async def test_a_program_cannot_silence_it() -> None:
    linted = await lint_code("# ruff: noqa\nimport os  # noqa\nprint(totl)  # noqa: F821\n")

    assert {finding.rule for finding in linted.findings} == {"unused-import", "undefined-name"}


async def test_one_matter_is_told_once_and_in_our_own_words() -> None:
    code = "def check(value):\n    if value == None:\n        return True\n    else:\n        return False\n"

    findings = review_code(code, (await lint_code(code)).findings).findings

    assert [finding.rule for finding in findings if finding.line == 2] == ["none-comparison", "return-condition"]
    assert all(finding.source == "" for finding in findings if finding.line == 2)
    assert "else-after-leaving" not in [finding.rule for finding in findings]


async def test_what_is_wrong_comes_before_what_could_be_better() -> None:
    code = "import os\ndef f(l):\n    for i in range(len(l)):\n        print(l[i])\n    return totl\n"

    first, *others = review_code(code, (await lint_code(code)).findings).findings

    assert first.rule == "undefined-name"
    assert all(finding.criterion != "correctness" for finding in others)


async def test_further_places_of_a_matter_are_named_with_the_first() -> None:
    code = "print(one)\nprint(two)\nprint(three)\n"

    (finding,) = review_code(code, (await lint_code(code)).findings).findings

    assert (finding.line, finding.also) == (1, (2, 3))


async def test_a_safe_fix_becomes_a_rewrite_when_running_shows_that_it_does_the_same() -> None:
    code = "def grade(x):\n    if x > 1:\n        if x < 5:\n            return 'ü'\n    return 'b'\n"
    (finding,) = (f for f in (await lint_code(code)).findings if f.rule == "nested-if")

    rewrite = rewrite_code(code, finding)

    assert rewrite is not None
    assert rewrite.lines == "if x > 1 and x < 5:\n    return 'ü'"
    (proof,) = await prove_rewrites(runner(), code, [(finding.line, rewrite.program)])
    assert proof.holds


async def test_a_fix_that_is_not_safe_is_not_offered() -> None:
    (finding,) = (await lint_code("x = int(input())\nprint(x == None)\n")).findings

    assert finding.edits == ()


async def test_a_fix_that_would_lose_a_comment_is_not_offered() -> None:
    code = "import os  # for later\nprint(1)\n"
    (finding,) = (await lint_code(code)).findings

    assert rewrite_code(code, finding) is None


async def test_without_the_binary_our_own_rules_stand_alone_and_say_so(tmp_path: Path) -> None:
    linted = await lint_code("print(totl)\n", tmp_path / "nowhere")

    assert linted.findings == ()
    assert "my own rules alone" in linted.trouble


@pytest.mark.parametrize("script", ["exit 3", "echo no json", "echo '{}'", "echo '[]'"])
async def test_a_binary_that_answers_nonsense_is_no_crash(tmp_path: Path, script: str) -> None:
    odd = tmp_path / "ruff"
    odd.write_text(f"#!/bin/sh\ncat > /dev/null\n{script}\n")
    odd.chmod(0o755)

    assert "gave no answer" in (await lint_code("print(1)\n", odd)).trouble


async def test_a_program_that_is_too_long_is_not_handed_over() -> None:
    assert "too long" in (await lint_code("x = 1\n" * CODE_CHARS_MAX)).trouble


@pytest.mark.parametrize("code", ["", "\x00", "def f(:\n", "print('\ud800')\n", "x;" * 9_000, "\ufeffprint(totl)\r\n"])
async def test_odd_texts_are_no_crash(code: str) -> None:
    linted = await lint_code(code)

    assert linted.trouble == "" or "gave no answer" in linted.trouble


async def test_others_go_on_while_it_works() -> None:
    slowest, done = 0.0, asyncio.create_task(lint_code(PROGRAMS["format"]))

    while not done.done():
        before = time.thread_time()
        await asyncio.sleep(0)
        slowest = max(slowest, time.thread_time() - before)

    assert slowest < 0.02


def test_the_package_s_own_binary_is_found() -> None:
    assert find_ruff() is not None
