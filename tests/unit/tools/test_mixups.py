"""Names, values, objects and calls that are mixed up are seen in the tree; what only looks alike is left alone."""

import pytest

from knowledge.content import load_curriculum
from knowledge.index import SHIPPED
from tools.spot_slips import spot_complained, spot_slips


def found(program: str) -> list[tuple[str, int]]:
    return [(slip.name, slip.line) for slip in spot_slips(program)]


PRINTS = "def greet(name):\n    print('Hi', name)\n"
DOUBLE = "def double(x):\n    return 2 * x\n"


@pytest.mark.parametrize(
    ("program", "name", "line"),
    [
        (PRINTS + "print(greet('Mia'))\n", "none-used", 3),
        (DOUBLE + "n = 4\ndouble(n)\nprint(n)\n", "result-unused", 4),
        ("def square(n):\n    n * n\nprint(square(3))\n", "value-forgotten", 2),
        ("score = 0\ndef add(n):\n    score = n\nadd(5)\nprint(score)\n", "own-variable", 3),
        ("a = [1]\nb = [1]\nprint(a is b)\n", "identity", 3),
        ("old = [1]\nnew = old\nnew.append(2)\nprint(old)\n", "two-names", 2),
        ("grid = [[0] * 3] * 3\ngrid[0][1] = 5\n", "same-row", 1),
        ("word = 'a'\nbig = word.upper\nprint(big)\n", "not-called", 2),
        (DOUBLE + "print(double)\n", "not-called", 3),
        ("m = 95\nif m > 50:\n    print('D')\nelif m > 90:\n    print('A')\n", "never-reached", 2),
        (PRINTS + "import tkinter as tk\nb = tk.Button(text='Go', command=greet('Mia'))\n", "called-at-once", 4),
        ("import pygame\nwhile True:\n    pygame.display.flip()\n", "deaf-window", 2),
        ("secret = 7\nguess = input()\nif guess == secret:\n    print('yes')\n", "text-and-number", 3),
        ("best = '0'\nfor row in ['a,9']:\n    name, points = row.split(',')\n    if points > best:\n        best = points\n", "text-compared", 4),
        ("a = input()\nwhile a != 'y' or a != 'n':\n    a = input()\n", "decided-before", 2),
        ("guess = int(input())\nif guess > 7:\n    print('too low')\n", "says-the-opposite", 2),
        ("i, j = 1, 1\nwhile i < 4:\n    while j < 4:\n        j += 1\n    i += 1\n", "not-reset", 3),
        ("name = 'Zoe'\nprint('Hi {name}')\n", "unfilled", 2),
        ("class P:\n    items = []\n    def take(self, x):\n        self.items.append(x)\n", "shared-by-all", 2),
        ("a = input()\nb = input()\nprint(a + b)\n", "text-reckoned", 3),
        ("xs = [2, 1]\nsorted(xs)\nprint(xs)\n", "result-dropped", 2),
        ("class A:\n    def __init__(self):\n        self.n = 1\n    def up(self):\n        n = self.n + 1\n", "own-variable", 5),
        ("price = '5'\nn = 3\nprint(price * n)\n", "text-reckoned", 3),
    ],
)  # fmt: skip
def test_it_is_spotted_on_its_line(program: str, name: str, line: int) -> None:
    assert (name, line) in found(program)


@pytest.mark.parametrize(
    "program",
    [
        PRINTS + "greet('Mia')\n",
        DOUBLE + "print(double(4))\n",
        DOUBLE + "n = double(4)\nprint(n)\n",
        "def keep(xs):\n    xs.append(1)\n    return xs\nxs = []\nkeep(xs)\nprint(xs)\n",
        "score = 0\ndef add(n):\n    global score\n    score = n\nadd(5)\nprint(score)\n",
        "total = 0\ndef add(a, b):\n    total = a + b\n    return total\nprint(add(1, 2))\n",
        "x = None\nprint(x is None, x is not None)\n",
        "row = [1]\nlast = row\nrow = [2]\nrow.append(3)\nprint(last)\n",
        "grid = [[0] * 3 for _ in range(3)]\ngrid[0][1] = 5\n",
        "zeros = [[0] * 3] * 3\nprint(zeros)\n",
        "m = 95\nif m > 90:\n    print('A')\nelif m > 50:\n    print('D')\n",
        "m = 95\nif m > 50:\n    print('D')\nif m > 90:\n    print('A')\n",
        "words = sorted(['b'], key=str.lower)\nprint(words)\n",
        "secret = '7'\nguess = input()\nif guess == secret:\n    print('yes')\n",
        "secret = 7\nguess = int(input())\nif guess == secret:\n    print('yes')\n",
        "import pygame\nwhile True:\n    pygame.event.get()\n    pygame.display.flip()\n",
        PRINTS + "import tkinter as tk\nb = tk.Button(text='Go', command=greet)\n",
        "a = input()\nwhile a != 'y' and a != 'n':\n    a = input()\n",
        "guess = int(input())\nif guess > 7:\n    print('too high')\n",
        "i = 1\nwhile i < 4:\n    j = 1\n    while j < 4:\n        j += 1\n    i += 1\n",
        "name = 'Zoe'\nprint(f'Hi {name}')\nprint('Hi {name}'.format(name=name))\n",
        "class P:\n    kinds = ['a']\n    def first(self):\n        return self.kinds[0]\n",
        "first = input()\nprint('Hello ' + first)\n",
    ],
)
def test_what_is_meant_that_way_is_left_alone(program: str) -> None:
    assert found(program) == []


def test_of_two_things_to_say_of_a_line_the_one_that_knows_its_function_is_said() -> None:
    assert found("def square(n):\n    n * n\n") == [("value-forgotten", 2)]


IN_LOOP = "total = 0\nfor n in [5, 10]:\n    total += n\n    print(total)\n"


def test_what_is_often_meant_is_kept_for_who_complains_of_it() -> None:
    assert found(IN_LOOP) == []
    assert [(slip.name, slip.line) for slip in spot_complained(IN_LOOP)] == [("printed-each-round", 4)]


def test_a_function_that_gives_a_value_on_some_ways_only_is_told_to_who_meets_none() -> None:
    code = "def sign(n):\n    if n > 0:\n        return 1\n"

    assert [slip.name for slip in spot_complained(code)] == ["some-ways"]
    assert spot_complained(code + "    return -1\n") == []


def test_every_accepted_program_of_the_course_is_left_alone() -> None:
    """A correct program with something suspicious in it would be explained wrongly."""
    programs = [text for one in load_curriculum(SHIPPED).exercises for text in (one.reference, *one.correct)]

    told = {(slip.name, text) for text in programs for slip in spot_slips(text)}

    assert len(programs) > 100
    assert told == set()
