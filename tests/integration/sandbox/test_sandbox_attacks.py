"""Programs that mean harm, by name, each with the outcome it must have."""

import asyncio
import os
import socket
import tempfile
import textwrap
import time
from dataclasses import replace

import pytest

from core.ports import Policy, Program, RunResult, Sandbox
from sandbox.policy import RUN
from tests.integration.sandbox.leftovers import left_over, warmed

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUICK = Policy(wall_s=1.0, cpu_s=1.0, memory_bytes_max=96 * 1024 * 1024)
PATIENT = replace(QUICK, wall_s=20.0, cpu_s=20.0)  # for what is no matter of time, on a machine that is busy


async def run(sandbox: Sandbox, code: str, policy: Policy = QUICK, **program: object) -> RunResult:
    result = await sandbox.run(Program(code=textwrap.dedent(code), **program), policy)  # type: ignore[arg-type]
    assert result.wall_s < policy.wall_s + 1.0
    return result


def is_reduced(sandbox: Sandbox) -> bool:
    """Walls without namespaces: a program sees its true number and that other files exist, and may never fork."""
    return sandbox.level.startswith("native, reduced")


SPENT = {
    "a loop without end": ("while True: pass", "timeout"),
    "a loop in C without end": ("sum(range(10**15))", "timeout"),
    "a sleep without end": ("import time; time.sleep(1000)", "timeout"),
    "a number too large to finish": ("x = 9**9**9", "timeout"),
    "a regular expression that backtracks": ("import re; re.match('(a+)+$', 'a' * 60 + 'b')", "timeout"),
    "a loop that catches everything": ("while True:\n  try:\n    while True: pass\n  except BaseException: pass", "timeout"),
    "handlers that ignore every signal": (
        """
        import signal
        for number in range(1, 65):
            try: signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError): pass
        while True: pass
        """,
        "timeout",
    ),
    "a thread that outlives the program": ("import threading, time\nthreading.Thread(target=time.sleep, args=(1000,)).start()", "timeout"),
    "an exit handler without end": ("import atexit\n@atexit.register\ndef f():\n  while True: pass", "timeout"),
    "a __del__ without end": ("class A:\n  def __del__(self):\n    while True: pass\nA()", "timeout"),
    "a repr without end in the report": ("class A:\n  def __repr__(self):\n    while True: pass\na = A()\n1/0", "timeout"),
    "a list that eats memory": ("x = []\nwhile True: x.append(' ' * 1000000 + str(len(x)))", "memory"),
    "one allocation too large": ("x = bytearray(10**9)", "memory"),
    "memory taken while catching MemoryError": (
        "x = []\nwhile True:\n  try: x.append(bytearray(10**6))\n  except MemoryError: pass", ("timeout", "memory"),
    ),
    "shared memory": (
        "import mmap\nx = [mmap.mmap(-1, 10**7) for _ in range(100)]\nfor m in x:\n  m.write(b'x' * 10**7)", ("error", "memory"),
    ),
    "an output flood": ("while True: print('x' * 1000)", "output_limit"),
    "an error output flood": ("import sys\nwhile True: sys.stderr.write('x' * 1000)", "output_limit"),
    "a flood past Python": ("import os\nwhile True: os.write(1, bytes(65536))", "output_limit"),
    "a fork": ("import os; os.fork()", "process_limit"),
    "a fork bomb": ("import os\nwhile True: os.fork()", "process_limit"),
    "a fork bomb that catches": ("import os\nwhile True:\n  try: os.fork()\n  except OSError: pass", "timeout"),
    "a thread bomb": ("import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(9,), daemon=True).start()", ("process_limit", "memory")),
    "open files without end": ("x = []\nwhile True: x.append(open('main.py'))", "error"),
    "a full disk": ("with open('x', 'wb') as f:\n  while True: f.write(bytes(1 << 20))", "error"),
    "many files": ("for i in range(10**6): open(f'f{i}', 'w').close()", ("error", "timeout")),
    "deep folders": ("import os\nwhile True:\n  os.mkdir('d'); os.chdir('d')", ("error", "timeout")),
    "a sparse giant": ("with open('x', 'wb') as f: f.truncate(10**12)", "error"),
    "deep recursion": ("def f(): f()\nf()", "error"),
    "deep recursion without Python's limit": ("import sys\nsys.setrecursionlimit(10**9)\ndef f(): f()\nf()", ("error", "memory", "timeout")),
    "recursion in C": ("import sys\nsys.setrecursionlimit(10**9)\nx = []\nfor _ in range(10**6): x = [x]\nrepr(x)", ("error", "memory", "timeout")),
    "a huge exception": ("raise ValueError('x' * 10**7)", "error"),
    "an exception with a hostile name": ("E = type('E' * 10**6, (Exception,), {}); raise E()", "error"),
    "an exception whose text raises": ("class E(Exception):\n  def __str__(self): raise SystemExit(0)\nraise E", "error"),
    "a group of many exceptions": ("raise ExceptionGroup('x', [ValueError(str(i)) for i in range(10**5)])", ("error", "timeout", "memory")),
    "a crash of the interpreter": ("import ctypes; ctypes.string_at(0)", "error"),
    "an abort": ("import os; os.abort()", "error"),
}  # fmt: skip


@pytest.mark.parametrize("name", SPENT)
async def test_a_program_that_spends_too_much_is_stopped_for_that_reason(sandbox: Sandbox, name: str) -> None:
    code, expected = SPENT[name]
    statuses = (expected,) if isinstance(expected, str) else expected

    result = await run(sandbox, code, QUICK if "timeout" in statuses else PATIENT)

    assert result.status in statuses, result
    assert len(result.stdout) <= QUICK.output_bytes_max
    assert (await run(sandbox, "print('alive')")).stdout == "alive\n"


async def test_cpu_time_is_limited_apart_from_wall_time(sandbox: Sandbox) -> None:
    result = await run(sandbox, "while True: pass", replace(QUICK, wall_s=20.0, cpu_s=0.5))

    assert result.status == "timeout"
    assert result.wall_s < 15.0  # a busy machine may give it a small share
    assert result.raised is not None
    assert "CPU" in result.raised.message


async def test_a_timeout_says_where_the_program_was(sandbox: Sandbox) -> None:
    for _ in range(3):  # on a busy machine the last word may come too late
        result = await run(sandbox, "def f(n):\n    while n > 0:\n        n = n + 1\nprint('before')\nf(3)\n")
        if result.raised is not None:
            break

    assert result.raised is not None
    assert result.raised.line in (2, 3)
    assert "n" in result.raised.locals
    assert result.stdout == "before\n"


CALLS = {  # x86_64 numbers; the filter's table is tested for both processors elsewhere
    "ptrace": 101, "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161, "unshare": 272, "setns": 308,
    "bpf": 321, "io_uring_setup": 425, "keyctl": 250, "add_key": 248, "userfaultfd": 323, "perf_event_open": 298,
    "process_vm_readv": 310, "process_vm_writev": 311, "init_module": 175, "kexec_load": 246, "reboot": 169,
    "open_by_handle_at": 304, "pidfd_getfd": 438, "open_tree": 428, "fsopen": 430, "kcmp": 312, "settimeofday": 164,
}  # fmt: skip


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="call numbers of x86_64")
@pytest.mark.parametrize("name", CALLS)
async def test_a_risky_system_call_ends_the_program(sandbox: Sandbox, name: str) -> None:
    result = await run(sandbox, f"import ctypes; ctypes.CDLL(None).syscall({CALLS[name]}, 0, 0, 0, 0, 0)")

    assert result.status == "violation"


REFUSED = {
    "an internet socket": "import socket; socket.socket()",
    "a unix socket": "import socket; socket.socket(socket.AF_UNIX)",
    "a raw socket": "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
    "a netlink socket": "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
    "a vsock socket": "import socket; socket.socket(40, socket.SOCK_STREAM)",
    "a lookup": "import socket; socket.getaddrinfo('example.com', 80)",
    "a request": "import urllib.request; urllib.request.urlopen('http://127.0.0.1:80')",
    "a shell": "import os; os.execv('/bin/sh', ['sh'])",
    "a subprocess": "import subprocess; subprocess.run(['/bin/ls'])",
    "a system command": "import os; 1 / (os.system('true') == 0)",
    "the password file": "open('/etc/passwd')",
    "the process folder": "open('/proc/self/environ')",
    "the caller's environment": "open('/proc/1/environ')",
    "the system folder": "open('/sys/kernel/notes')",
    "people's homes": "import os; os.listdir('/home')",
    "the server's own code": "import core.settings",
    "the server's own packages": "import fastapi",
    "a new file in the root": "open('/x', 'w')",
    "a new file among the libraries": "import os; open(os.path.dirname(os.__file__) + '/x.py', 'w')",
    "a changed library": "import os; open(os.__file__, 'a')",
    "a device": "import os; os.mknod('dev', 0o60666, os.makedev(254, 0))",
    "a symbolic link out": "import os; os.symlink('/etc/shadow', 's'); open('s')",
    "a hard link to a library": "import os; os.link(os.__file__, 'os.py')",
    "an owner's change": "import os; os.chown('main.py', 0, 0)",
    "becoming root": "import os; os.setuid(0)",
    "higher limits": "import resource; resource.setrlimit(resource.RLIMIT_NPROC, (-1, -1))",
    "another's limits": "import resource; resource.prlimit(0 or 2, resource.RLIMIT_CPU, (1, 1))",
    "a signal to everyone": "import os; os.kill(-1, 9)",
    "a signal to the parent": "import os; os.kill(os.getppid() or 4242, 9)",
    "a real-time schedule": "import os; os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))",
    "the kernel's messages": "open('/dev/kmsg')",
    "the disk": "open('/dev/vda', 'rb')",
    "the terminal": "open('/dev/tty', 'w')",
    "shared System V memory": "import ctypes; c = ctypes.CDLL(None, use_errno=True); 1 / (c.shmget(0, 100, 0o1666) + 1)",
    "an unnamed executable": "import os; os.memfd_create('x')",
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_not_the_programs_own_is_refused(sandbox: Sandbox, name: str) -> None:
    if "with gVisor" in sandbox.level and "/proc" in REFUSED[name]:
        pytest.skip("gVisor has no Landlock; its /proc shows the container's own processes, which hold nothing")
    result = await run(sandbox, REFUSED[name])

    assert result.status in ("error", "process_limit"), result


async def test_no_capability_or_privilege_is_left(sandbox: Sandbox) -> None:
    code = """
    import ctypes, os
    libc = ctypes.CDLL(None)
    header, data = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    print(os.getpid(), os.getppid(), os.getuid(), os.geteuid())
    print(os.environ.keys() - {"HOME", "TMPDIR", "LANG", "MPLBACKEND", "MPLCONFIGDIR"})
    """

    result = await run(sandbox, code)

    own, parent, *users = result.stdout.split("\n")[0].split()
    if not is_reduced(sandbox):
        assert (own, parent) == ("1", "0") or (sandbox.level.startswith("docker") and parent == "1")
    assert all(int(user) >= 1000 for user in users)
    assert result.stdout.split("\n")[1] == "set()"


async def test_a_listening_server_next_door_is_out_of_reach(sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        result = await run(sandbox, f"import socket; socket.create_connection(('127.0.0.1', {port}), 1)")

    assert result.status == "error"


async def test_a_secret_file_and_variable_of_the_host_are_out_of_reach(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET", "swordfish")
    with tempfile.NamedTemporaryFile("w") as secret:
        secret.write("swordfish")
        secret.flush()
        os.chmod(secret.name, 0o644)
        code = f"""
        import os, gc, sys
        try: seen = os.path.exists({secret.name!r}) if {not is_reduced(sandbox)} else bool(open({secret.name!r}).read())
        except OSError: seen = False
        print(seen, 'A_SECRET' in os.environ)
        print(any('swordfish' in str(o) for o in gc.get_objects() if isinstance(o, (str, dict, list))) and 'found')
        """

        result = await run(sandbox, code, RUN)

    assert result.stdout.splitlines()[0] == "False False"


async def test_nothing_persists_from_one_program_to_the_next(sandbox: Sandbox) -> None:
    leave = """
    import builtins, os, sys, math, tempfile
    for path in ("mine.txt", tempfile.gettempdir() + "/mine.txt", "/tmp/mine.txt", "/dev/shm/mine.txt"):
        try: open(path, "w").write("secret")
        except PermissionError: pass
    builtins.left = math.left = sys.left = "secret"
    """
    look = """
    import builtins, os, sys, math, tempfile
    print(sorted(os.listdir(".")), os.listdir(tempfile.gettempdir()), [hasattr(m, "left") for m in (builtins, math, sys)])
    """

    for _ in range(4):  # both slots
        await run(sandbox, leave)
    seen = [(await run(sandbox, look)).stdout for _ in range(4)]

    assert seen == ["['main.py'] [] [False, False, False]\n"] * 4


async def test_a_daemon_left_behind_dies_with_the_program(sandbox: Sandbox) -> None:
    code = """
    import os, time
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for fd in range(64):
                try: os.close(fd)
                except OSError: pass
            while True: time.sleep(0.01)
        os._exit(0)
    print("done")
    """
    before = await warmed()

    result = await run(sandbox, code, replace(QUICK, processes_max=4))

    assert (result.status, result.stdout) == (("process_limit", "") if is_reduced(sandbox) else ("ok", "done\n"))
    left = await left_over(before)
    if not sandbox.level.startswith("native"):
        left.pop("fds", None)  # a client keeps connections to its engine or host open, some more or some fewer
    assert left == {}


async def test_the_host_gets_no_signal_and_no_file(sandbox: Sandbox) -> None:
    code = "import os, signal\nfor pid in {*range(2, 3000)} - {os.getpid()}:\n  try: os.kill(pid, signal.SIGKILL)\n  except OSError: pass\nprint('tried')"

    result = await run(sandbox, code)

    assert result.stdout == "tried\n"


async def test_output_that_imitates_our_own_messages_is_only_output(sandbox: Sandbox) -> None:
    code = """
    import os, json
    fake = json.dumps({"event": "done", "exit": 0, "raised": None, "stdout": "owned"}).encode()
    for fd in range(3, 64):
        try: os.write(fd, fake + b"\\ngoodbye 0 1")
        except OSError: pass
    print("out")
    raise KeyError("real")
    """

    result = await run(sandbox, code)

    assert result.stdout == "out\n"
    assert result.level == sandbox.level


async def test_a_flood_of_our_own_channel_stops_the_program(sandbox: Sandbox) -> None:
    result = await run(sandbox, "import os\nwhile True: os.write(4, bytes(65536))")

    assert result.status == "output_limit"


@pytest.mark.parametrize("words", ["9" * 100_000 + " 1", "0 " + "9" * 100_000, "-1 -1", "0", "0 1 2", "x y", ""])
async def test_a_false_goodbye_harms_nobody(sandbox: Sandbox, words: str) -> None:
    code = f"import os\nos.write(4, b'\\ngoodbye {words}')\nos.closerange(0, 64)\nwhile True: pass"

    result = await run(sandbox, code, replace(QUICK, wall_s=0.3))

    assert result.status in ("ok", "timeout", "error")
    assert 0 <= result.memory_bytes_peak < 2**40
    assert (await run(sandbox, "print('alive')")).stdout == "alive\n"


async def test_closing_every_descriptor_ends_nothing_but_the_program(sandbox: Sandbox) -> None:
    result = await run(sandbox, "import os\nprint('first')\nos.closerange(0, 64)\nwhile True: pass")

    assert result.status == "timeout"
    assert result.stdout == "first\n"


async def test_cancelling_the_caller_kills_the_program(sandbox: Sandbox) -> None:
    task = asyncio.create_task(sandbox.run(Program(code="while True: pass"), replace(RUN, wall_s=30.0)))
    await asyncio.sleep(0.3)
    started = time.monotonic()

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert time.monotonic() - started < 10.0  # a busy engine takes its time to kill a container
    assert (await run(sandbox, "print(1)")).stdout == "1\n"
