"""Honest but awkward programs, which must work, and what a result tells about them."""

import asyncio
import textwrap
from dataclasses import replace

import pytest

from core.errors import Invalid
from core.ports import Policy, Program, RunResult, Sandbox
from sandbox.policy import RUN

pytestmark = pytest.mark.asyncio(loop_scope="session")


PATIENT = replace(RUN, wall_s=30.0, cpu_s=30.0)  # for what is no matter of time, on a machine that is busy


async def run(sandbox: Sandbox, code: str, policy: Policy = RUN, **program: object) -> RunResult:
    return await sandbox.run(Program(code=textwrap.dedent(code), **program), policy)  # type: ignore[arg-type]


PRINTS = {
    "unicode": ("print('naïve ☃ 𝔘 \\u200b')", "naïve ☃ 𝔘 \u200b\n"),
    "a lone surrogate": ("print('\\ud800')", "\\ud800\n"),
    "a byte order mark": ("\ufeffprint(1)", "1\n"),
    "no newline at the end": ("print('x', end='')", "x"),
    "raw bytes": ("import sys; sys.stdout.buffer.write(b'\\xff\\n')", "\ufffd\n"),
    "much output under the limit": ("print('x' * 60000)", "x" * 60000 + "\n"),
    "threads": (
        "import threading\nts = [threading.Thread(target=print, args=('t',)) for _ in range(8)]\nfor t in ts: t.start()\nfor t in ts: t.join()",
        "t\n" * 8,
    ),
    "a thread pool": ("from concurrent.futures import ThreadPoolExecutor as P\nwith P(4) as p: print(sum(p.map(abs, range(-9, 0))))", "45\n"),
    "asyncio": ("import asyncio\nasync def f():\n  await asyncio.sleep(0.01)\n  print('a')\nasyncio.run(f())", "a\n"),
    "a file written and read": ("open('a.txt', 'w').write('hey')\nprint(open('a.txt').read())", "hey\n"),
    "a temporary file": ("import tempfile\nwith tempfile.NamedTemporaryFile() as f: print(f.write(b'abc'))", "3\n"),
    "a file copied with its times": ("import shutil\nopen('a', 'w').write('hey')\nprint(shutil.copy2('a', 'b'))", "b\n"),
    "its own source": ("print(open(__file__).read()[:5])", "print\n"),
    "a dataclass and a pickle": (
        "import pickle\nfrom dataclasses import dataclass\n@dataclass\nclass A:\n  x: int\nprint(pickle.loads(pickle.dumps(A(3))))", "A(x=3)\n",
    ),
    "being the main program": ("if __name__ == '__main__': print('main')", "main\n"),
    "exit()": ("print('a')\nexit()\nprint('b')", "a\n"),
    "sys.exit(0)": ("import sys\nprint('a')\nsys.exit(0)", "a\n"),
    "an exit handler": ("import atexit\natexit.register(print, 'bye')\nprint('hi')", "hi\nbye\n"),
    "a database in memory": ("import sqlite3\nprint(sqlite3.connect(':memory:').execute('select 1+1').fetchone()[0])", "2\n"),
    "randomness": ("import random\nprint(0 <= random.random() < 1)", "True\n"),
    "the time": ("import datetime, time\nprint(datetime.date.today().year > 2020, time.time() > 1e9)", "True True\n"),
    "os.devnull": ("import os\nprint('x', file=open(os.devnull, 'w'))", ""),
    "recursion to the limit": ("def f(n): return n and 1 + f(n - 1)\nprint(f(900))", "900\n"),
    "an alarm of its own": ("import signal\nsignal.signal(signal.SIGALRM, lambda *a: print('rang'))\nsignal.alarm(1)\nsignal.pause()", "rang\n"),
    "numpy": ("import numpy as np\nprint(np.arange(6).reshape(2, 3).sum(axis=0))", "[3 5 7]\n"),
    "linear algebra": ("import numpy as np\nprint(round(float(np.linalg.det(np.eye(50) * 2)) / 2**50, 6))", "1.0\n"),
    "sympy": ("from sympy import *\nx = symbols('x')\nprint(integrate(x**2, x), solve(x**2 - 2))", "x**3/3 [-sqrt(2), sqrt(2)]\n"),
    "a lazily named package": ("m = __import__('num' + 'py')\nprint(m.array([1, 2]).sum())", "3\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", PRINTS)
async def test_an_honest_program_prints_what_it_would_anywhere(sandbox: Sandbox, name: str) -> None:
    code, expected = PRINTS[name]

    result = await run(sandbox, code)

    assert (result.status, result.stdout, result.stderr) == ("ok", expected, "")


async def test_input_comes_from_standard_input_and_its_end_is_an_honest_error(sandbox: Sandbox) -> None:
    code = "a = input('? ')\nprint(a.upper())\nb = input()\n"

    result = await run(sandbox, code, stdin="jo\n")

    assert result.status == "error"
    assert result.stdout == "? JO\n"
    assert result.raised is not None
    assert (result.raised.type, result.raised.line) == ("EOFError", 3)


async def test_arguments_files_and_a_second_module_are_there(sandbox: Sandbox) -> None:
    code = "import sys, tool\nprint(sys.argv, tool.f(), open('data/in.csv').read())"
    files = {"tool.py": b"def f(): return 7\n", "data/in.csv": b"1,2"}

    result = await run(sandbox, code, args=("a", "b c"), files=files)

    assert result.stdout == "['main.py', 'a', 'b c'] 7 1,2\n"


async def test_files_that_a_program_makes_come_back(sandbox: Sandbox) -> None:
    code = "import os\nopen('out.bin', 'wb').write(b'\\x00\\xff')\nos.symlink('/etc/passwd', 'link')\nopen('in.txt').read()"

    result = await run(sandbox, code, files={"in.txt": b"unchanged"})

    assert result.files == {"out.bin": b"\x00\xff"}


async def test_a_file_name_that_leaves_the_folder_is_refused(sandbox: Sandbox) -> None:
    for name in ("../x", "/etc/x", "a/../../x", "", "a\0b", "\ud800"):
        with pytest.raises(Invalid):
            await run(sandbox, "pass", files={name: b""})


async def test_files_that_do_not_fit_are_an_honest_error(sandbox: Sandbox) -> None:
    for files in ({"big": bytes(20 * 1024 * 1024)}, {"a": b"", "a/b": b""}, {"n" * 300: b""}):
        result = await run(sandbox, "print(1)", PATIENT, files=files)

        assert result.raised is not None
        assert (result.status, result.stdout) == ("error", "")


async def test_odd_text_anywhere_breaks_nothing(sandbox: Sandbox) -> None:
    odd = "\ud800\0\u202e\x1b[2J"

    echoed = await run(
        sandbox, "import sys; print(len(sys.argv[1])); print(sys.stdin.buffer.read()[-4:])", args=(odd,), stdin=odd
    )
    source = await run(sandbox, f"x = '{odd}'")

    assert (echoed.status, echoed.stdout) == ("ok", "7\nb'\\x1b[2J'\n")
    assert source.raised is not None
    source.raised.message.encode()


async def test_a_shown_figure_comes_back_as_png(sandbox: Sandbox) -> None:
    result = await run(sandbox, "import matplotlib.pyplot as plt\nplt.plot([1, 4, 9])\nplt.show()\nprint('drawn')")

    assert result.stdout == "drawn\n"
    assert [figure[:8] for figure in result.figures] == [b"\x89PNG\r\n\x1a\n"]


async def test_an_exception_is_told_with_its_place_and_the_variables_there(sandbox: Sandbox) -> None:
    code = """\
    import json
    def divide(a, b):
        ratio = a / b
        return ratio
    values = [1, 2, 0]
    print(divide(1, values[2]))
    """

    result = await run(sandbox, code)

    assert result.raised is not None
    assert (result.raised.type, result.raised.message, result.raised.line) == (
        "ZeroDivisionError",
        "division by zero",
        3,
    )
    assert result.raised.locals == {"a": "1", "b": "0"}
    assert result.raised.traceback.startswith(
        'Traceback (most recent call last):\n  File "main.py", line 6, in <module>\n'
    )
    assert "jail" not in result.raised.traceback
    assert result.stderr == result.raised.traceback
    assert (result.status, result.exit_code) == ("error", 1)


async def test_an_exception_inside_a_library_is_placed_in_the_students_file(sandbox: Sandbox) -> None:
    result = await run(sandbox, "import json\ntext = '{'\njson.loads(text)\n")

    assert result.raised is not None
    assert (result.raised.type, result.raised.line) == ("JSONDecodeError", 3)
    assert 'File "json/decoder.py"' in result.raised.traceback


async def test_a_syntax_error_has_its_line(sandbox: Sandbox) -> None:
    for code, kind, line in (("x = 1\nif x\n  pass", "SyntaxError", 2), ("def f():\npass", "IndentationError", 2)):
        result = await run(sandbox, code)

        assert result.raised is not None
        assert (result.raised.type, result.raised.line) == (kind, line)


async def test_a_program_may_close_its_streams_and_still_fail_honestly(sandbox: Sandbox) -> None:
    for code in (
        "import os\nos.close(2)\n1/0",
        "import sys\nsys.stderr.close()\nsys.stdout = None\n1/0",
        "import sys\nsys.stdout.close()\n1/0",
    ):
        result = await run(sandbox, code)

        assert result.raised is not None
        assert result.raised.type == "ZeroDivisionError"


async def test_exit_codes_are_told(sandbox: Sandbox) -> None:
    three = await run(sandbox, "import sys; sys.exit(3)")
    words = await run(sandbox, "import sys; sys.exit('went wrong')")
    sudden = await run(sandbox, "import os; print('x'); os._exit(0)")

    assert (three.status, three.exit_code, three.raised) == ("error", 3, None)
    assert (words.exit_code, words.stderr) == (1, "went wrong\n")
    assert (sudden.status, sudden.exit_code, sudden.stdout) == ("ok", 0, "x\n")


async def test_output_over_the_limit_is_cut_and_says_so_but_the_program_ends_by_itself(sandbox: Sandbox) -> None:
    result = await run(sandbox, "print('x' * 1000)\nprint('end')", replace(RUN, output_bytes_max=500))

    assert (result.status, result.truncated, result.exit_code) == ("output_limit", True, 0)
    assert result.stdout == "x" * 500


async def test_output_is_seen_while_the_program_runs(sandbox: Sandbox) -> None:
    seen: list[tuple[str, bytes]] = []
    code = "import time, sys\nprint('a')\ntime.sleep(0.2)\nprint('b', file=sys.stderr)"

    await sandbox.run(Program(code=code), RUN, lambda stream, data: seen.append((stream, data)))

    assert seen == [("stdout", b"a\n"), ("stderr", b"b\n")]


async def test_processes_work_where_the_policy_allows_them(sandbox: Sandbox) -> None:
    if sandbox.level.startswith("native, reduced"):
        pytest.skip("reduced walls allow one process, and say so")
    code = (
        "import os\npid = os.fork()\nif pid == 0: os._exit(7)\nprint(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))"
    )

    result = await run(sandbox, code, replace(RUN, processes_max=4))

    assert result.stdout == "7\n"


async def test_a_result_tells_time_memory_and_the_walls(sandbox: Sandbox) -> None:
    result = await run(sandbox, "x = bytearray(50_000_000)\nfor i in range(10**6): pass")

    assert 0 < result.cpu_s <= result.wall_s + 0.1
    assert result.memory_bytes_peak > 50_000_000
    assert result.level == sandbox.level


async def test_programs_run_side_by_side_without_mixing(sandbox: Sandbox) -> None:
    results = await asyncio.gather(*(run(sandbox, f"print({i})") for i in range(12)))

    assert [result.stdout for result in results] == [f"{i}\n" for i in range(12)]


async def test_a_trace_tells_each_line_with_what_it_changed(sandbox: Sandbox) -> None:
    code = "def double(n):\n    m = n * 2\n    return m\n\nx = 1\ny = double(x)\n"

    trace = await sandbox.trace(Program(code=code))

    told = [(step.line, step.function, step.depth, dict(step.changed)) for step in trace.steps]
    assert told == [
        (1, "<module>", 0, {"double": "<function double>"}),
        (5, "<module>", 0, {"x": "1"}),
        (6, "<module>", 0, {"y": "2"}),
        (2, "double", 1, {"n": "1", "m": "2"}),
        (3, "double", 1, {}),
    ]
    assert trace.complete
    assert trace.run.status == "ok"


async def test_a_trace_is_bounded_and_the_program_still_ends(sandbox: Sandbox) -> None:
    trace = await sandbox.trace(Program(code="n = 0\nwhile n < 50000:\n    n += 1\nprint(n)\n"))

    assert len(trace.steps) == 1000
    assert not trace.complete
    assert trace.run.stdout == "50000\n"


async def test_a_trace_of_a_failing_or_endless_program_keeps_its_steps(sandbox: Sandbox) -> None:
    failing = await sandbox.trace(Program(code="x = 1\ny = x / 0\n"))
    endless = await sandbox.trace(Program(code="while True:\n    pass\n"), Policy(wall_s=0.5, steps_max=50))

    assert [step.line for step in failing.steps] == [1, 2]
    assert failing.run.raised is not None
    assert len(endless.steps) == 50
    assert endless.run.status == "timeout"
