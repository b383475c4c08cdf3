"""The port's promises that need no kernel: refusal, the queue, the filter's table."""

import asyncio
import struct

import pytest

from core.errors import QueueFull, SandboxUnavailable
from core.ports import Program, Test
from core.settings import SandboxSettings
from sandbox import open_sandbox
from sandbox.gate import Gate
from sandbox.jail import seccomp
from sandbox.jail.syscalls import ALLOWED, CHECKED, DEADLY


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")


@pytest.mark.usefixtures("no_engine")
async def test_without_isolation_every_program_is_refused_and_the_level_says_why() -> None:
    async with open_sandbox(SandboxSettings(backend="docker")) as sandbox:
        assert sandbox.level.startswith("none: ")
        for attempt in (
            sandbox.run(Program(code="pass")),
            sandbox.trace(Program(code="pass")),
            sandbox.grade(Program(code="pass"), [Test(name="t", call="f()", expect="1")]),
        ):
            with pytest.raises(SandboxUnavailable, match="start Docker"):
                await attempt


@pytest.mark.usefixtures("no_engine")
@pytest.mark.parametrize("system", ["Darwin", "Windows"])
async def test_elsewhere_than_on_linux_it_says_to_use_docker(system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: system)

    async with open_sandbox(SandboxSettings()) as sandbox:
        with pytest.raises(SandboxUnavailable, match=f"(?s){system}.*Docker"):
            await sandbox.run(Program(code="pass"))


async def test_who_finds_the_queue_full_is_told_when_to_come_back() -> None:
    gate = Gate(slots=1, queue_max=1)
    finish = asyncio.Event()

    async def work() -> None:
        async with gate.enter():
            await finish.wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(work())
        group.create_task(work())
        await asyncio.sleep(0)
        with pytest.raises(QueueFull) as refusal:
            async with gate.enter():
                pass
        finish.set()

    assert refusal.value.retry_after_s > 0
    async with gate.enter():
        pass


async def test_a_waiter_that_leaves_frees_its_place() -> None:
    gate = Gate(slots=1, queue_max=1)
    async with gate.enter():
        waiter = asyncio.create_task(gate.enter().__aenter__())
        await asyncio.sleep(0)
        waiter.cancel()
        await asyncio.gather(waiter, return_exceptions=True)
    async with gate.enter():
        pass


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_decides_every_call_as_the_table_says(machine: str) -> None:
    program = seccomp.compile_filter(machine, forks=True)
    column = 0 if machine == "x86_64" else 1

    for name, numbers in (ALLOWED | DEADLY).items():
        if numbers[column] is not None:
            assert _decide(program, machine, numbers[column]) == (seccomp.ALLOW if name in ALLOWED else seccomp.KILL), (
                name
            )
    assert _decide(program, machine, 9_999) >> 16 == seccomp.ERRNO >> 16
    assert _decide(program, machine, CHECKED["execve"][column] or 0) >> 16 == seccomp.ERRNO >> 16


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_looks_at_arguments_where_a_call_has_two_faces(machine: str) -> None:
    program, only_threads = (seccomp.compile_filter(machine, forks=forks) for forks in (True, False))
    clone = CHECKED["clone"][0 if machine == "x86_64" else 1]
    assert clone is not None

    assert _decide(program, machine, clone, 17) == seccomp.ALLOW
    assert _decide(program, machine, clone, 0x10000000 | 17) == seccomp.KILL
    assert _decide(only_threads, machine, clone, 17) >> 16 == seccomp.ERRNO >> 16
    assert _decide(only_threads, machine, clone, 0x00010000) == seccomp.ALLOW


def test_the_filter_knows_no_other_processor_nor_a_second_table() -> None:
    program = seccomp.compile_filter("x86_64", forks=False)

    assert _decide(program, "aarch64", 0) == seccomp.KILL
    assert _decide(program, "x86_64", 0x40000000) == seccomp.KILL


def _decide(program: bytes, machine: str, number: int, argument: int = 0) -> int:
    """Run classic BPF over one call's data, as the kernel would."""
    arch = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}[machine]
    data = struct.pack("<IIQ6Q", number, arch, 0, argument, 0, 0, 0, 0, 0)
    code = [struct.unpack_from("HBBI", program, at) for at in range(0, len(program), 8)]
    at, held = 0, 0
    while True:
        kind, yes, no, value = code[at]
        at += 1
        match kind:
            case 0x20:
                held = struct.unpack_from("<I", data, value)[0]
            case 0x06:
                return int(value)
            case 0x15:
                at += yes if held == value else no
            case 0x25:
                at += yes if held > value else no
            case 0x35:
                at += yes if held >= value else no
            case 0x45:
                at += yes if held & value else no
