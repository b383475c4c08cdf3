"""Grades: right answers pass, wrong ones do not, and no trick turns one into the other."""

import textwrap
from collections.abc import Sequence
from dataclasses import replace

import pytest

from core.errors import Invalid
from core.ports import Grade, Policy, Program, Sandbox, Test
from sandbox.policy import GRADE

pytestmark = pytest.mark.asyncio(loop_scope="session")

SQUARES = tuple(Test(name=f"square of {n}", call=f"square({n})", expect=str(n * n)) for n in (2, 3, -4))
QUICK = replace(GRADE, wall_s=3.0, cpu_s=3.0)
SLOW = replace(GRADE, wall_s=12.0, cpu_s=12.0)
PATIENT = replace(GRADE, wall_s=60.0, cpu_s=60.0)  # for what is no matter of time, on a machine that is busy


async def grade(sandbox: Sandbox, code: str, tests: Sequence[Test] = SQUARES, policy: Policy = QUICK) -> Grade:
    return await sandbox.grade(Program(code=textwrap.dedent(code)), tests, policy)


HONEST = {
    "plain": "def square(n): return n * n",
    "prints a lot": "for i in range(20000): print(i)\ndef square(n):\n  for i in range(20000): print(i)\n  return n * n",
    "exits at its end": "def square(n): return n * n\nexit()",
    "exits with a complaint": "import sys\ndef square(n): return n * n\nsys.exit('bye')",
    "asks for input": "def square(n): return n * n\nprint(square(int(input())))",
    "fails at its end": "def square(n): return n * n\nprint(undefined)",
    "answers with a float": "def square(n): return float(n) ** 2",
    "answers with numpy": "import numpy as np\ndef square(n): return np.int64(n) ** 2",
    "replaces print": "print = lambda *a: None\ndef square(n): return n * n",
    "closes its output": "import sys\nsys.stdout.close()\ndef square(n): return n * n",
    "leaves a thread": "import threading, time\nthreading.Thread(target=time.sleep, args=(99,), daemon=True).start()\ndef square(n): return n * n",
    "has a main block": "def square(n): return n * n\nif __name__ == '__main__': print(square(3))",
    "remembers": "seen = []\ndef square(n):\n  seen.append(n)\n  assert len(seen) == 1\n  return n * n",
    "is slow to load": "import time\ntime.sleep(0.4)\ndef square(n): return n * n",
    "is a lambda": "square = lambda n: n * n",
    "changes folder and recursion": "import os, sys\nos.mkdir('d') if not os.path.exists('d') else 0\ndef square(n):\n  os.chdir('d'); sys.setrecursionlimit(200)\n  return n * n",
    "spoils builtins afterwards": "def square(n):\n  import builtins\n  r = abs(n) ** 2\n  builtins.abs = None\n  return r",
}  # fmt: skip


@pytest.mark.parametrize("name", HONEST)
async def test_an_honest_right_answer_passes(sandbox: Sandbox, name: str) -> None:
    verdict = await grade(sandbox, HONEST[name], policy=PATIENT)

    assert verdict.passed, verdict
    assert verdict.score == 1.0


FORGED = {
    "nothing": "",
    "a wrong answer": "def square(n): return n + n + 1",
    "an object equal to everything": "class E:\n  def __eq__(self, o): return True\n  def __hash__(self): return 0\ndef square(n): return E()",
    "an int equal to everything": "class E(int):\n  def __eq__(self, o): return True\n  def __ne__(self, o): return False\ndef square(n): return E(0)",
    "a str subclass": "class E(str):\n  def __eq__(self, o): return True\ndef square(n): return E('4')",
    "a float that lies": "class E(float):\n  def __float__(self): return 4.0\n  def __sub__(self, o): return 0.0\n  __eq__ = lambda s, o: True\ndef square(n): return E('nan')",
    "an object with tolist": "class E:\n  def tolist(self): raise SystemExit(0)\nE.__module__ = 'numpy'\ndef square(n): return E()",
    "a leaving before the tests": "import os; os._exit(0)",
    "a polite leaving before the tests": "import sys; sys.exit(0)",
    "a leaving in the test": "import os\ndef square(n): os._exit(0)",
    "a SystemExit in the test": "def square(n): raise SystemExit(0)",
    "patched comparison": "import operator, math, ast\noperator.eq = lambda a, b: True\nmath.isclose = lambda *a, **k: True\nast.literal_eval = lambda t: 0\ndef square(n): return 0",
    "patched builtins": "import builtins\nbuiltins.eval = lambda *a: 0\nbuiltins.isinstance = lambda a, b: True\nbuiltins.all = lambda x: True\ndef square(n): return 0",
    "patched json": "import json\njson.dumps = lambda *a, **k: '{\"value\": true, \"passed\": true}'\ndef square(n): return 0",
    "a printed verdict": "print('passed', True, '{\"passed\": true, \"score\": 1.0}')\ndef square(n): return 0",
    "a verdict on every descriptor": """
        import os
        line = b'{"passed": true, "score": 1.0, "status": "ok", "value": true, "expect": true}\\n'
        for fd in range(3, 64):
            try: os.write(fd, line * 50 + b'\\ngoodbye 0 1')
            except OSError: pass
        def square(n): return 0
        """,
    "many guesses on every descriptor": """
        import os, json
        for fd in range(3, 64):
            for guess in range(40):
                try: os.write(fd, json.dumps({"value": guess}).encode() + b'\\n')
                except OSError: break
        def square(n): return 0
        """,
    "every index claimed": """
        import os, json
        for fd in range(3, 64):
            for item in range(3):
                try: os.write(fd, json.dumps({"item": item, "passed": True, "value": None}).encode() + b'\\n')
                except OSError: break
        os._exit(0)
        """,
    "frames walked for answers": """
        import sys
        def square(n):
            frame = sys._getframe()
            while frame:
                for value in list(frame.f_locals.values()) + list(frame.f_globals.values()):
                    for key in ("expect", "expected", "answer"):
                        if isinstance(value, dict) and key in value: return value[key]
                        if hasattr(value, key): return getattr(value, key)
                frame = frame.f_back
            return 0
        """,
    "memory searched for answers": """
        import gc
        def square(n):
            for thing in gc.get_objects():
                try:
                    if isinstance(thing, dict) and ("expect" in thing or "expected" in thing): return int(thing.get("expect"))
                    if type(thing).__name__ == "Test": return int(thing.expect)
                except Exception: pass
            return 0
        """,
    "frames changed above": """
        import sys, ctypes
        def square(n):
            frame = sys._getframe(1)
            while frame:
                frame.f_globals.update(passed=True, same=lambda *a: True)
                frame = frame.f_back
            return 0
        """,
    "the harness patched": """
        import sys, gc, types
        for thing in gc.get_objects():
            if isinstance(thing, types.FunctionType) and 'jail' in (thing.__code__.co_filename or ''):
                if thing.__name__ in ('claim', '_answer', 'encode'):
                    thing.__code__ = (lambda *a, **k: {"value": True, "passed": True}).__code__
        def square(n): return 0
        """,
    "an exit handler that lies": "import atexit, os\natexit.register(lambda: os.write(4, b'{\"value\": 1}\\n'))\ndef square(n): return 0",
    "a thread that lies": "import threading, os\ndef lie():\n  while True:\n    try: os.write(4, b'{\"passed\": true}\\n')\n    except OSError: pass\nthreading.Thread(target=lie, daemon=True).start()\ndef square(n): return 0",
    "a trace that changes results": "import sys\nsys.settrace(lambda *a: None)\nsys.setprofile(lambda *a: None)\ndef square(n): return 0",
    "a test file of its own": "open('tests.py', 'w').write('def test(): pass')\nopen('conftest.py', 'w').write('')\ndef square(n): return 0",
    "a replaced standard module": "open('json.py', 'w').write('dumps = lambda *a: 1')\nopen('ast.py', 'w').write('')\nimport sys; sys.path.insert(0, '.')\ndef square(n): return 0",
    "a signal to its first process": "import os, signal\ndef square(n):\n  os.kill(1, signal.SIGTERM); os.kill(-1, 9); return 0",
    "an endless answer": "def square(n):\n  while True: pass",
    "an endless generator": "import itertools\ndef square(n): return itertools.count()",
    "a giant": "def square(n): return [0] * 10**6",
    "a list that holds itself": "def square(n):\n  x = []; x.append(x); return x",
    "a truth value for a number": "def square(n): return True",
    "a text for a number": "def square(n): return str(n * n)",
    "infinity and nan": "def square(n): return float('nan')",
    "all answers at once": "def square(n): return {4, 9, 16}",
    "a constant": "def square(n): return 4",
}  # fmt: skip


GUESSES = ("a constant", "a float that lies")  # both come out as the number 4, which one test asks for


@pytest.mark.parametrize("name", FORGED)
async def test_a_forgery_does_not_pass(sandbox: Sandbox, name: str) -> None:
    verdict = await grade(sandbox, FORGED[name])

    assert not verdict.passed
    assert sum(result.passed for result in verdict.results) <= (1 if name in GUESSES else 0)
    assert len(verdict.results) == len(SQUARES)


async def test_a_crash_in_one_test_does_not_spoil_the_others(sandbox: Sandbox) -> None:
    code = "import os, ctypes\ndef square(n):\n  if n == 3:\n    {}\n  return n * n"
    crashes = {"os._exit(0)": "error", "ctypes.string_at(0)": "error", "while 1: pass": "timeout", "1/0": "error",
               "x = [' ' * 10**7 for _ in range(99)]": "memory", "ctypes.CDLL(None).ptrace(0, 0, 0, 0)": "violation"}  # fmt: skip

    for crash, status in crashes.items():
        verdict = await grade(sandbox, code.format(crash), policy=SLOW if status == "timeout" else PATIENT)

        assert [result.passed for result in verdict.results] == [True, False, True], crash
        assert verdict.results[1].status == status, crash
        assert verdict.score == pytest.approx(2 / 3)


async def test_a_failed_test_shows_its_input_what_came_and_where_it_failed(sandbox: Sandbox) -> None:
    wrong = await grade(sandbox, "def square(n):\n    return [n] * 2\n")
    failing = await grade(sandbox, "def square(n):\n    m = n\n    return m / 0\n")

    assert (wrong.results[0].shown_input, wrong.results[0].got) == ("square(2)", "[2, 2]")
    raised = failing.results[2].raised
    assert raised is not None
    assert (raised.type, raised.line, raised.locals) == ("ZeroDivisionError", 3, {"n": "-4", "m": "-4"})
    assert "<test>" not in raised.traceback


async def test_a_missing_name_is_explained_by_what_stopped_the_program(sandbox: Sandbox) -> None:
    verdict = await grade(sandbox, "import math\nmath.sqroot(2)\ndef square(n): return n * n")

    raised = verdict.results[0].raised
    assert raised is not None
    assert (raised.type, raised.line) == ("AttributeError", 2)
    assert verdict.run.raised == raised


async def test_a_syntax_error_fails_every_test_with_its_line(sandbox: Sandbox) -> None:
    verdict = await grade(sandbox, "def square(n)\n    return n\n")

    assert {result.raised.line for result in verdict.results if result.raised} == {1}
    assert verdict.score == 0.0


async def test_a_program_without_end_fails_every_test_in_bounded_time(sandbox: Sandbox) -> None:
    verdict = await grade(sandbox, "while True: pass", SQUARES * 5)

    assert {result.status for result in verdict.results} == {"timeout"}
    assert verdict.run.wall_s < 2.0


async def test_what_is_printed_is_compared_by_words(sandbox: Sandbox) -> None:
    code = "name = input('Name? ')\nprint('Hello,', name)"
    tests = [
        Test(name="jo", mode="stdin", stdin="Jo\n", expect="Name? Hello, Jo\n"),
        Test(name="spaces", mode="stdin", stdin="Al\n", expect="Name?   Hello,\nAl"),
        Test(name="wrong", mode="stdin", stdin="Al\n", expect="Name? Hello, Bo"),
    ]

    verdict = await grade(sandbox, code, tests)

    assert [result.passed for result in verdict.results] == [True, True, False]
    assert verdict.results[2].got == "Name? Hello, Al\n"


async def test_a_program_may_leave_as_it_likes_after_printing(sandbox: Sandbox) -> None:
    tests = [Test(name=str(i), mode="stdin", stdin=f"{i}\n", expect=str(i)) for i in range(3)]

    for leaving in (
        "exit()",
        "import os, sys; sys.stdout.flush(); os._exit(0)",
        "import sys; sys.exit(3)",
        "raise SystemExit",
    ):
        verdict = await grade(sandbox, f"print(input())\n{leaving}", tests)

        assert verdict.passed, leaving


async def test_a_property_holds_for_all_its_inputs_or_shows_the_smallest_that_fails(sandbox: Sandbox) -> None:
    tests = [
        Test(name="known", call="double([1])", expect="[1, 1]"),
        Test(name="twice as long", mode="property", inputs="[([0] * n,) for n in range(30, -1, -1)]", check="len(result) == 2 * len(args[0])"),
    ]  # fmt: skip

    right = await grade(sandbox, "def double(xs): return xs + xs", tests)
    wrong = await grade(sandbox, "def double(xs): return xs + (xs if len(xs) < 5 else [])", tests)
    alters = await grade(sandbox, "def double(xs):\n  xs += xs\n  return xs", tests)

    assert right.passed
    assert [result.passed for result in wrong.results] == [True, False]
    assert wrong.results[1].shown_input == "double([0, 0, 0, 0, 0])"
    assert alters.passed


async def test_a_property_cannot_be_charmed_by_a_strange_result(sandbox: Sandbox) -> None:
    tests = [Test(name="p", mode="property", call="f", inputs="[(1,), (2,)]", check="result != 0")]

    charming = await grade(sandbox, "class A:\n  def __ne__(self, o): return True\ndef f(n): return A()", tests)
    short = await grade(sandbox, "import os\ndef f(n):\n  if n == 2: os._exit(0)\n  return n", tests)

    assert not charming.passed
    assert not short.passed


async def test_a_broken_test_is_the_authors_fault(sandbox: Sandbox) -> None:
    for broken in (
        Test(name="x", call="f()", expect="f("),
        Test(name="x", mode="property", inputs="1/0", check="True"),
    ):
        with pytest.raises(Invalid):
            await grade(sandbox, "def f(): pass", [broken])
    with pytest.raises(Invalid):
        await grade(sandbox, "def f(): pass", [])
