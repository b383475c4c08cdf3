"""Names, values, objects and calls that are mixed up are seen in the tree; what only looks alike is left alone."""

import pytest

from tools.spot_slips import spot_slips


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
    ],
)
def test_what_is_meant_that_way_is_left_alone(program: str) -> None:
    assert found(program) == []


def test_of_two_things_to_say_of_a_line_the_one_that_knows_its_function_is_said() -> None:
    assert found("def square(n):\n    n * n\n") == [("value-forgotten", 2)]
