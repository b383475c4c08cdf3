"""What tries to pass the reduced walls in the ways that namespaces close elsewhere."""

import asyncio
import fcntl
import json
import os
import signal
import socket
import tempfile
import textwrap
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import SandboxUnavailable
from core.ports import Policy, Program, RunResult, Sandbox
from core.settings import SandboxSettings
from sandbox import open_sandbox
from sandbox.jail import reduced as walls
from sandbox.native import reduced as native_reduced
from sandbox.native.pool import open_reduced

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUICK = Policy(wall_s=1.0, cpu_s=1.0)


async def test_full_walls_are_preferred_where_they_can_be_built(native: Sandbox) -> None:
    if native.level.startswith("native, reduced"):
        pytest.skip(f"NO FULL WALLS HERE: {native.level}")

    assert native.level.startswith("native: user, pid, mount, net")


async def test_without_landlock_reduced_walls_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(walls.landlock, "version", lambda: 2)

    with pytest.raises(OSError, match="Landlock 3"):
        walls.start({"scratch": str(tmp_path)}, -1)


async def test_a_surprise_among_the_full_walls_is_no_reason_for_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.probes._LOOK", "print('{\"the canary file cannot be read\": false}')")

    async with open_sandbox(SandboxSettings(backend="native", slots=1)) as sandbox:
        assert sandbox.level.startswith("none: the sandbox failed its self-test")


async def test_a_surprise_among_the_reduced_walls_refuses(monkeypatch: pytest.MonkeyPatch, reduced: Sandbox) -> None:
    assert reduced.level
    monkeypatch.setattr("sandbox.probes._REACH", "print('{\"nor watched\": false}')")

    with pytest.raises(SandboxUnavailable, match="nor watched"):
        async with open_reduced(SandboxSettings(slots=1)):
            pass


async def run(sandbox: Sandbox, code: str, policy: Policy = QUICK) -> RunResult:
    return await sandbox.run(Program(code=textwrap.dedent(code)), policy)


async def test_another_runs_files_are_out_of_reach_even_by_their_name(reduced: Sandbox) -> None:
    writer = "import os, time\nopen('mine', 'w').write('secret')\nprint(os.getcwd(), flush=True)\ntime.sleep(1.5)"
    heard: list[bytes] = []
    neighbour = asyncio.create_task(
        reduced.run(Program(code=writer), replace(QUICK, wall_s=3.0), lambda stream, data: heard.append(data))
    )
    while not heard:  # noqa: ASYNC110 the program says where it is
        await asyncio.sleep(0.01)
    place = heard[0].decode().strip()

    code = f"""
    import os
    for act in (
        lambda: open({place!r} + '/mine'), lambda: os.listdir({place!r}), lambda: open({place!r} + '/new', 'w'),
        lambda: os.link({place!r} + '/mine', 'mine'), lambda: os.unlink({place!r} + '/mine'),
        lambda: os.rename({place!r}, 'theirs'), lambda: os.truncate({place!r} + '/mine', 0),
    ):
        try: print('got', act())
        except OSError: pass
    """
    result = await run(reduced, code)
    theirs = await neighbour

    assert (result.status, result.stdout) == ("ok", "")
    assert theirs.files == {"mine": b"secret"}


@pytest.mark.parametrize(
    "make", ["os.open(f'{i}', os.O_RDWR | os.O_CREAT); os.unlink(f'{i}')", "os.open('.', os.O_TMPFILE | os.O_RDWR)"]
)
async def test_files_without_a_name_do_not_fill_the_disk(reduced: Sandbox, make: str) -> None:
    before = _free()
    code = f"""
    import os
    kept = []
    for i in range(50):
        f = {make}; kept.append(f)
        for _ in range(16): os.write(f, bytes(1 << 20))
        print(i, flush=True)
    """

    result = await run(reduced, code, replace(QUICK, files_max=60, wall_s=3.0, cpu_s=3.0))

    assert result.status in ("error", "memory")
    assert len(result.stdout.split()) < 45
    await _until(lambda: _free() > before - (64 << 20))


async def test_files_in_a_folder_that_cannot_be_listed_do_not_fill_the_disk(reduced: Sandbox) -> None:
    code = "import os, time\nos.mkdir('d', 0o300)\nfor i in range(64): open(f'd/{i}', 'wb').write(bytes(1 << 20)); time.sleep(0.01)"

    assert (await run(reduced, code)).status == "error"


async def test_the_disk_limit_is_told_as_one(reduced: Sandbox) -> None:
    result = await run(
        reduced, "import time\nfor i in range(64): open(str(i), 'wb').write(bytes(1 << 20)); time.sleep(0.01)"
    )

    assert result.status == "error"
    assert result.raised is not None
    assert "No space left" in result.raised.message


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
async def test_no_datagram_reaches_a_socket_of_the_machine(reduced: Sandbox, tmp_path: Path, kind: int) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as named,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as abstract,
    ):
        os.chmod(folder, 0o755)
        named.bind(f"{folder}/s")
        os.chmod(f"{folder}/s", 0o777)
        abstract.bind("\0learnflow-" + folder)
        code = f"""
        import socket
        a, b = socket.socketpair(socket.AF_UNIX, {int(kind)})
        for address in ({folder + "/s"!r}, "\\0learnflow-" + {folder!r}):
            for act in (lambda: a.sendto(b'x', address), lambda: a.connect(address), lambda: a.sendmsg([b'x'], [], 0, address)):
                try: act()
                except OSError: pass
        a.send(b'own'); print(b.recv(3))
        """

        result = await run(reduced, code)

        assert (result.status, result.stdout) == ("ok", "b'own'\n")
        for ear in (named, abstract):
            ear.setblocking(False)
            with pytest.raises(BlockingIOError):
                ear.recv(1)


async def test_nobody_is_signalled_in_any_of_the_ways_there_are(reduced: Sandbox) -> None:
    heard: list[int] = []
    previous = {
        one: signal.signal(one, lambda number, _: heard.append(number)) for one in (signal.SIGUSR1, signal.SIGIO)
    }
    code = f"""
    import ctypes, fcntl, os, platform
    c, x86 = ctypes.CDLL(None, use_errno=True), platform.machine() == "x86_64"
    server, parent = {os.getpid()}, os.getppid()
    info = ctypes.create_string_buffer(128)
    for pid in (server, parent):
        for x, a, *args in ((62, 129, pid, 10), (200, 130, pid, 10), (234, 131, pid, pid, 10), (129, 138, pid, 10, info),
                            (297, 240, pid, pid, 10, info), (141, 140, 0, pid, 19), (109, 154, 0, pid)):
            if c.syscall(x if x86 else a, *args) == 0: print('reached', x, pid)
    r, w = os.pipe()
    for what, argument in ((8, server), (10, 10), (8, -os.getpgid(server))):
        try: fcntl.fcntl(r, what, argument); print('reached', what)
        except OSError: pass
    try: fcntl.fcntl(r, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK); os.write(w, b'x')
    except OSError: pass
    print('tried')
    """

    try:
        result = await run(reduced, code)
    finally:
        for one, handler in previous.items():
            signal.signal(one, handler)

    assert (result.status, result.stdout, heard) == ("ok", "tried\n", [])


async def test_a_library_that_may_be_ours_keeps_its_mode_and_times(reduced: Sandbox) -> None:
    before = os.stat(os.__file__)
    code = """
    import os
    fd = os.open(os.__file__, os.O_RDONLY)
    for act in (
        lambda: os.chmod(os.__file__, 0o666), lambda: os.fchmod(fd, 0o666), lambda: os.utime(os.__file__, (1, 1)),
        lambda: os.utime(fd, (1, 1)), lambda: os.truncate(os.__file__, 0), lambda: os.open(os.__file__, os.O_TRUNC),
        lambda: os.setxattr(fd, 'user.x', b'x'), lambda: fcntl.fcntl(fd, 1024, 1), lambda: os.chown(fd, 1, 1),
    ):
        try: act()
        except (OSError, NameError): pass
    """

    await run(reduced, code)

    after = os.stat(os.__file__)
    assert (after.st_mode, after.st_mtime, after.st_size, after.st_uid) == (
        before.st_mode, before.st_mtime, before.st_size, before.st_uid,
    )  # fmt: skip


async def test_other_packages_beside_the_students_cannot_be_read(reduced: Sandbox) -> None:
    code = f"open({json.__file__!r}).close()\nopen({pytest.__file__!r})"

    result = await run(reduced, code)

    assert result.raised is not None
    assert (result.raised.type, result.raised.line) == ("PermissionError", 2)


async def test_threads_past_the_limit_are_refused_or_end_the_program(reduced: Sandbox) -> None:
    code = "import threading, time\nthreading.stack_size(32768)\nwhile True: threading.Thread(target=time.sleep, args=(9,), daemon=True).start()"

    assert (await run(reduced, code)).status == "process_limit"


async def test_no_folder_is_left_when_programs_leave_many(reduced: Sandbox) -> None:
    for code in (
        "import os\nfor _ in range(50): os.mkdir('d'); os.chdir('d')",
        "import os\nos.umask(0o777)\nos.mkdir('x')\nopen('y', 'w')",
    ):
        await asyncio.gather(*(run(reduced, code) for _ in range(10)))

    mine = [place for place in _scratches() if _is_locked(place)]
    # at most the standby's and the last few dead of each slot, those with numpy too
    await _until(lambda: all(len([one for one in place.iterdir() if one.is_dir()]) < 2 + 4 * 10 for place in mine))


def _scratches() -> list[Path]:
    return list(native_reduced._parent().glob(f"{native_reduced._PREFIX}*"))


def _is_locked(place: Path) -> bool:
    with open(place / native_reduced._LOCK) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _free() -> int:
    seen = os.statvfs(native_reduced._parent())
    return seen.f_bavail * seen.f_frsize


async def _until(holds: Any, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        await asyncio.sleep(0.05)


async def test_a_folder_that_changes_its_name_all_the_time_does_not_hide_what_is_in_it(reduced: Sandbox) -> None:
    code = """
    import os, threading
    os.mkdir('a')
    inside = os.open('a', os.O_RDONLY)
    def hide():
        while True:
            os.rename('a', 'b'); os.rename('b', 'a')
    threading.Thread(target=hide, daemon=True).start()
    for i in range(64):
        fd = os.open(str(i), os.O_WRONLY | os.O_CREAT, dir_fd=inside)
        os.write(fd, bytes(1 << 20))
        os.close(fd)
        print(i, flush=True)
        __import__('time').sleep(0.02)
    """

    result = await run(reduced, code, replace(QUICK, wall_s=4.0, cpu_s=4.0))

    assert result.status == "error"
    assert result.raised is not None
    assert "No space left" in result.raised.message
    assert len(result.stdout.split()) < 50
