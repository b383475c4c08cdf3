"""A message is taken apart into words, program and error."""

import time

import pytest

from tools.read_message import read_error, read_message


@pytest.mark.parametrize(("message", "code"), [
    ("why?\n```python\nx = 1\n```", "x = 1"),
    ("```\nfor i in x:\n    pass\n```\nhelp", "for i in x:\n    pass"),
    ("my code:\nfor i in range(3):\n    print(i)\nwhat is wrong", "for i in range(3):\n    print(i)"),
    ("submit: def add(a,b): return a+b", "def add(a,b): return a+b"),
    ("what is a for loop?", None),
    ("I want to print the list in one line, how?", None),
    ("2x + 3 = 7\n2x = 4\nx = 2", None),
    ("x = 3 or x = -5", None),
])  # fmt: skip
def test_the_program_is_found(message: str, code: str | None) -> None:
    assert read_message(message).code == code


def test_the_line_is_that_of_the_students_own_file() -> None:
    text = 'Traceback (most recent call last):\n  File "main.py", line 7, in <module>\n  File "/usr/lib/python3.11/json/decoder.py", line 337, in decode\nValueError: bad'

    found = read_error(text)

    assert found is not None
    assert (found.type, found.message, found.line) == ("ValueError", "bad", 7)


@pytest.mark.parametrize("words", ["what does NameError mean", "explain what a KeyError is", "whats an IndexError"])
def test_who_asks_what_a_kind_of_error_is_has_not_met_one(words: str) -> None:
    assert read_message(words).error is None


@pytest.mark.parametrize("words", ["I get a NameError", "what does it mean: NameError: name 'x' is not defined"])
def test_who_tells_of_an_error_has_met_it(words: str) -> None:
    assert read_message(words).error


PYTHON_38 = """I get this, help

Traceback (most recent call last):
  File "main.py", line 5, in <module>
    print(average([]))
  File "main.py", line 3, in average
    return total / len(xs)
ZeroDivisionError: division by zero
"""
PYTHON_313 = """Traceback (most recent call last):
  File "C:\\Users\\Tom\\x.py", line 4, in <module>
    total = add(1,
                2)
            ~~~^^^
TypeError: add() takes 1 positional argument but 2 were given"""
IDLE = """======= RESTART: C:/Users/Tom/Desktop/a.py =======
Traceback (most recent call last):
  File "C:/Users/Tom/Desktop/a.py", line 3, in <module>
    x = "a" + 1
TypeError: can only concatenate str (not "int") to str
>>> """
THONNY = """>>> %Run thing.py
Traceback (most recent call last):
  File "C:\\Users\\Tom\\thing.py", line 8, in <module>
    names.push("x")
AttributeError: 'list' object has no attribute 'push'\n"""
JUPYTER_OLD = """---------------------------------------------------------------------------
ZeroDivisionError                         Traceback (most recent call last)
<ipython-input-5-8d2f0f3b1f5e> in <module>
      3 
      4 xs = []
----> 5 avg(xs)

<ipython-input-5-8d2f0f3b1f5e> in avg(xs)
      1 def avg(xs):
----> 2     return sum(xs) / len(xs)
      3 
      4 xs = []
      5 avg(xs)

ZeroDivisionError: division by zero"""
JUPYTER = """---------------------------------------------------------------------------
IndexError                                Traceback (most recent call last)
Cell In[12], line 4
      1 import random
      2 xs = []
----> 4 random.choice(xs)

File /usr/lib/python3.11/random.py:373, in Random.choice(self, seq)
    371 # note
--> 373 return seq[self._randbelow(len(seq))]

IndexError: list index out of range"""
JUPYTER_SYNTAX = """  Cell In[3], line 1
    for i in range(3)
                     ^
SyntaxError: expected ':'
"""
CHAIN = """Traceback (most recent call last):
  File "a.py", line 2, in <module>
    d["x"]
KeyError: 'x'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "a.py", line 4, in <module>
    print(1 / 0)
ZeroDivisionError: division by zero"""
WINDOWS_LIBRARY = """Traceback (most recent call last):
  File "C:/a.py", line 3, in <module>
    json.loads("{")
  File "C:\\Python39\\lib\\json\\decoder.py", line 340, in decode
    raise JSONDecodeError("x", s, err.value) from None
json.decoder.JSONDecodeError: Expecting value: line 1 column 2 (char 1)"""
QUOTED = """> Traceback (most recent call last):
>   File "a.py", line 4, in <module>
>     f(3)
> TypeError: f() takes 0 positional arguments but 1 was given"""
OWN = """Traceback (most recent call last):
  File "a.py", line 4, in <module>
    raise TooSmall("x")
__main__.TooSmall: x"""
GROUP = """  + Exception Group Traceback (most recent call last):
  |   File "a.py", line 9, in <module>
  |     asyncio.run(main())
  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "a.py", line 4, in job
    |     1 / 0
    | ZeroDivisionError: division by zero
    +------------------------------------"""
FLAT = 'Traceback (most recent call last): File "a.py", line 4, in <module> f(3) TypeError: f() takes no arguments'
UNINDENTED = (
    'Traceback (most recent call last):\nFile "a.py", line 4, in <module>\nf(3)\nTypeError: f() takes no arguments'
)
COLOURED = "\x1b[31mTraceback (most recent call last):\x1b[0m\n  File \x1b[35m\"a.py\"\x1b[0m, line \x1b[35m4\x1b[0m, in <module>\n\x1b[1mNameError\x1b[0m: name 'x' is not defined"


@pytest.mark.parametrize(("pasted", "kind", "message", "line"), [
    (PYTHON_38, "ZeroDivisionError", "division by zero", 3),
    (PYTHON_313, "TypeError", "add() takes 1 positional argument but 2 were given", 4),
    (IDLE, "TypeError", 'can only concatenate str (not "int") to str', 3),
    (THONNY, "AttributeError", "'list' object has no attribute 'push'", 8),
    (JUPYTER_OLD, "ZeroDivisionError", "division by zero", 2),
    (JUPYTER, "IndexError", "list index out of range", 4),
    (JUPYTER_SYNTAX, "SyntaxError", "expected ':'", 1),
    (CHAIN, "ZeroDivisionError", "division by zero", 4),
    (WINDOWS_LIBRARY, "JSONDecodeError", "Expecting value: line 1 column 2 (char 1)", 3),
    (QUOTED, "TypeError", "f() takes 0 positional arguments but 1 was given", 4),
    (OWN, "TooSmall", "x", 4),
    (GROUP, "ZeroDivisionError", "division by zero", 4),
    (FLAT, "TypeError", "f() takes no arguments", 4),
    (UNINDENTED, "TypeError", "f() takes no arguments", 4),
    (COLOURED, "NameError", "name 'x' is not defined", 4),
    ("NameError: name 'foo' is not defined on line 2", "NameError", "name 'foo' is not defined", 2),
])  # fmt: skip
def test_an_error_is_read_however_the_editor_shows_it(pasted: str, kind: str, message: str, line: int) -> None:
    error = read_message(pasted).error
    assert error is not None

    found = read_error(error)

    assert found is not None
    assert (found.type, found.message, found.line) == (kind, message, line)


@pytest.mark.parametrize("pasted", [PYTHON_38, IDLE, THONNY, JUPYTER_OLD, JUPYTER, CHAIN, OWN, UNINDENTED])
def test_nothing_of_the_error_is_left_among_the_words(pasted: str) -> None:
    assert read_message(pasted).words in ("", "I get this, help")


def test_the_cell_that_a_notebook_shows_is_the_program() -> None:
    assert read_message(JUPYTER_OLD).code == "def avg(xs):\n    return sum(xs) / len(xs)\n\nxs = []\navg(xs)"
    assert read_message(JUPYTER.replace("      1 import random\n", "")).code is None


@pytest.mark.parametrize(
    "line",
    [
        "  \n",
        "Traceback (most recent call last):\n",
        '  File "a.py", line 1\n',
        "> ",
        "a: b\n",
        "-" * 30 + "\n",
        "E Traceback (most recent call last)\n",
    ],
)
def test_a_hostile_paste_costs_no_time(line: str) -> None:
    text = "Traceback (most recent call last):\n" + line * (20_000 // len(line))
    began = time.process_time()

    read_error(read_message(text).error or text)

    assert time.process_time() - began < 3
