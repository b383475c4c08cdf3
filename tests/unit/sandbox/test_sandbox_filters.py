"""The system-call filters decided call by call for both processors, and their numbers held against the kernel's headers."""

import errno
import re
import struct
from pathlib import Path

import pytest

from sandbox.jail import seccomp
from sandbox.jail.syscalls import ALLOWED, CHECKED, DEADLY

MACHINES = ("x86_64", "aarch64")
PID, OTHER = 4321, 1234
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}


@pytest.mark.parametrize("machine", MACHINES)
def test_every_number_is_the_one_in_the_kernels_own_header(machine: str) -> None:
    if not HEADERS[machine].exists():
        pytest.skip(f"no {HEADERS[machine]}: install linux-libc-dev")
    known = _header(HEADERS[machine].read_text())
    column = MACHINES.index(machine)

    ours = {name: pair[column] for name, pair in (ALLOWED | DEADLY | CHECKED).items() if pair[column] is not None}
    absent = {name for name, pair in (ALLOWED | DEADLY | CHECKED).items() if pair[column] is None}

    assert len(ours) > 200
    assert ours == {name: known.get(name) for name in ours}
    assert not absent & known.keys()


@pytest.mark.parametrize("machine", MACHINES)
def test_beside_others_a_program_may_signal_itself_and_nobody_else(machine: str) -> None:
    for call in ("kill", "tgkill", "pidfd_open"):
        assert _beside(machine, call, PID) == seccomp.ALLOW
        for target in (OTHER, 0, 1, -1 & 0xFFFFFFFF, -PID & 0xFFFFFFFF):
            assert _beside(machine, call, target) == seccomp.ERRNO | errno.EPERM
    assert _beside(machine, "tkill", PID) == seccomp.ERRNO | errno.EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_beside_others_the_kernel_sends_nothing_for_a_program(machine: str) -> None:
    set_owner, set_signal, set_owner_ex, lease, notify, enlarge = 8, 10, 15, 1024, 1026, 1031

    for refused in (set_owner, set_signal, set_owner_ex, lease, notify, enlarge):
        assert _beside(machine, "fcntl", 5, refused) == seccomp.ERRNO | errno.EPERM
    for usual in (0, 1, 2, 3, 4, 6, 1030):
        assert _beside(machine, "fcntl", 5, usual) == seccomp.ALLOW


@pytest.mark.parametrize("machine", MACHINES)
def test_beside_others_a_datagram_needs_no_address(machine: str) -> None:
    assert _beside(machine, "sendto", 5, 0x7000, 1, 0, 0) == seccomp.ALLOW
    for address in (1, 0x1000, 1 << 32, 0x7FFF_0000_0000):
        assert _beside(machine, "sendto", 5, 0x7000, 1, 0, address) == seccomp.ERRNO | errno.EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_modes_of_files_that_may_be_others_stay_and_times_always_do(machine: str) -> None:
    column = MACHINES.index(machine)
    shared, own = (seccomp.keep_to_itself_program(machine, PID, own_files=own) for own in (False, True))

    for name in ("chmod", "fchmod", "fchmodat"):
        if (number := ALLOWED[name][column]) is not None:
            assert decide(shared, machine, number) == seccomp.ERRNO
            assert decide(own, machine, number) == seccomp.ALLOW
    for name in ("utime", "utimes", "utimensat", "futimesat"):
        if (number := ALLOWED[name][column]) is not None:
            assert decide(shared, machine, number) == decide(own, machine, number) == seccomp.ERRNO


@pytest.mark.parametrize("machine", MACHINES)
def test_blocks_beyond_a_files_end_cannot_be_taken(machine: str) -> None:
    assert _beside(machine, "fallocate", 5, 1) == seccomp.ERRNO | errno.EOPNOTSUPP


@pytest.mark.parametrize("machine", MACHINES)
def test_extended_attributes_seem_not_to_exist(machine: str) -> None:
    program = seccomp.compile_filter(machine, forks=False)

    for name in ("getxattr", "listxattr", "flistxattr"):
        number = CHECKED[name][MACHINES.index(machine)]
        assert number is not None
        assert decide(program, machine, number) == seccomp.ERRNO | errno.EOPNOTSUPP


def _beside(machine: str, call: str, *arguments: int) -> int:
    number = ALLOWED.get(call, CHECKED.get(call, (None, None)))[MACHINES.index(machine)]
    assert number is not None
    program = seccomp.keep_to_itself_program(machine, PID, own_files=False)
    return decide(program, machine, number, *arguments)


def _header(text: str) -> dict[str, int]:
    """Names and numbers; some of the generic ones go by a second name that is the same on 32 and 64 bits."""
    numbers = {name: int(n) for name, n in re.findall(r"^#define __NR(?:3264)?_(\w+)\s+(\d+)", text, re.MULTILINE)}
    for name, other in re.findall(r"^#define __NR_(\w+)\s+__NR3264_(\w+)", text, re.MULTILINE):
        if other in numbers:
            numbers.setdefault(name, numbers[other])
    return numbers


def decide(program: bytes, machine: str, number: int, *arguments: int) -> int:
    """Run classic BPF over one call's data, as the kernel would."""
    arch = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}[machine]
    data = struct.pack("<IIQ6Q", number, arch, 0, *(*arguments, 0, 0, 0, 0, 0, 0)[:6])
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
            case 0x35:
                at += yes if held >= value else no
            case 0x45:
                at += yes if held & value else no
