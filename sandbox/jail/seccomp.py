"""The system-call filter: an allow-list compiled to classic BPF, the second wall behind the namespaces."""

import ctypes
import errno
import functools
import platform
import struct

from sandbox.jail import linux
from sandbox.jail.syscalls import ALLOWED, CHECKED, DEADLY

KILL = 0x80000000
ALLOW = 0x7FFF0000
ERRNO = 0x00050000

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_LOAD, _JEQ, _JGE, _JSET, _RET = 0x20, 0x15, 0x35, 0x45, 0x06
_NR, _ARCH, _ARG0, _ARG1, _ARG4 = 0, 4, 16, 24, 48  # offsets in struct seccomp_data; the low halves of the arguments

_X32 = 0x40000000  # x86_64's second call table
_NEWEST_KNOWN = 334  # older refused calls say EPERM; newer ones ENOSYS, so that libraries fall back
_CLONE_THREAD = 0x00010000
_AF_UNIX = 1
_PRCTLS = (15, 16)  # set and get a thread's name
_IOCTLS = (0x5401, 0x541B, 0x5421, 0x5450, 0x5451, 0x5413)  # TCGETS, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX, TIOCGWINSZ
# duplicates, flags, locks, a pipe's size; not F_SETOWN and F_SETSIG (a signal to anyone), leases, notes of change
_FCNTLS = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1032)
# a file system that has none is what `shutil.copy2` takes for granted
_EXTRAS = ("getxattr", "lgetxattr", "fgetxattr", "listxattr", "llistxattr", "flistxattr")
_TIMES = ("utime", "utimes", "utimensat", "futimesat")
_MODES = ("chmod", "fchmod", "fchmodat")

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, constant


def supported() -> bool:
    """Whether this processor's call numbers are known."""
    return platform.machine() in _AUDIT_ARCH


@functools.cache
def compile_filter(machine: str, *, forks: bool) -> bytes:
    """The filter as the kernel takes it; without `forks`, threads yes, processes no."""
    number = functools.partial(_number, machine)
    code: list[Instruction] = [(_LOAD, 0, 0, _ARCH), (_JEQ, 1, 0, _AUDIT_ARCH[machine]), (_RET, 0, 0, KILL)]
    code += [(_LOAD, 0, 0, _NR), (_JGE, 0, 1, _X32), (_RET, 0, 0, KILL)]
    refused = ALLOW if forks else ERRNO | errno.EAGAIN  # what a full process table says
    thread = [(_JSET, 0, 1, _CLONE_THREAD), *_returns(ALLOW, refused)]
    code += _when(
        number("clone"), [(_LOAD, 0, 0, _ARG0), (_JSET, 0, 1, linux.CLONE_NEW_ANY), (_RET, 0, 0, KILL), *thread]
    )
    code += _when(number("prctl"), _one_of(_ARG0, _PRCTLS, errno.EPERM))
    code += _when(number("ioctl"), _one_of(_ARG1, _IOCTLS, errno.ENOTTY))
    code += _when(number("prlimit64"), _one_of(_ARG0, (0,), errno.EPERM))
    code += _when(number("socketpair"), _one_of(_ARG0, (_AF_UNIX,), errno.EPERM))
    actions = dict.fromkeys(_numbers(machine, ALLOWED), ALLOW) | dict.fromkeys(_numbers(machine, DEADLY), KILL)
    for name in ("fork", "vfork"):
        if (n := number(name)) is not None:
            actions[n] = refused
    for name in _EXTRAS:
        actions[number(name) or 0] = ERRNO | errno.EOPNOTSUPP
    actions[435] = ERRNO | errno.ENOSYS  # clone3 hides its flags behind a pointer; glibc falls back to clone
    return _assemble(code + _search(actions))


@functools.cache
def spare_first_process_program(machine: str) -> bytes:
    """A filter for where the first process of the namespace is ours: no signal to it, though it would be deaf to most."""
    column = 0 if machine == "x86_64" else 1
    code: list[Instruction] = [(_LOAD, 0, 0, _NR)]
    refusal = [(_LOAD, 0, 0, _ARG0), (_JEQ, 0, 1, 1), *_returns(ERRNO | errno.EPERM, ALLOW)]
    for name in ("kill", "tkill", "tgkill", "pidfd_open"):
        code += _when(ALLOWED[name][column], refusal)
    return _assemble([*code, (_RET, 0, 0, ALLOW)])


def keep_to_itself_program(machine: str, pid: int, *, own_files: bool) -> bytes:
    """A filter for where no namespace hides the others: no signal but to the process `pid` itself, no way to have the
    kernel send one, no datagram to a socket by its name, no blocks of the disk beyond a file's end. Landlock does not
    watch over modes and times: setting times does nothing, nor setting modes where without `own_files` others' files
    have the same owner."""
    number = functools.partial(_number, machine)
    code: list[Instruction] = [(_LOAD, 0, 0, _NR)]
    for name in ("kill", "tgkill", "pidfd_open"):
        code += _when(number(name), _one_of(_ARG0, (pid,), errno.EPERM))
    code += _when(number("tkill"), [(_RET, 0, 0, ERRNO | errno.EPERM)])
    code += _when(number("fcntl"), _one_of(_ARG1, _FCNTLS, errno.EPERM))
    code += _when(number("sendto"), _zero_or(_ARG4, errno.EPERM))
    code += _when(number("fallocate"), [(_RET, 0, 0, ERRNO | errno.EOPNOTSUPP)])
    for name in _TIMES if own_files else (*_TIMES, *_MODES):
        code += _when(number(name), [(_RET, 0, 0, ERRNO)])
    return _assemble([*code, (_RET, 0, 0, ALLOW)])


def install(program: bytes) -> None:
    """Put the filter on this process and all its descendants, for good; needs no_new_privs."""
    buffer = ctypes.create_string_buffer(program, len(program))
    holder = ctypes.create_string_buffer(header(ctypes.addressof(buffer), program), 16)
    linux.prctl(linux.PR_SET_SECCOMP, 2, ctypes.addressof(holder))


def header(address: int, program: bytes) -> bytes:
    """What the kernel is pointed to (struct sock_fprog): the filter's length, and where it is."""
    return struct.pack("HxxxxxxP", len(program) // 8, address)


def _number(machine: str, name: str) -> int | None:
    return (CHECKED.get(name) or ALLOWED[name])[0 if machine == "x86_64" else 1]


def _numbers(machine: str, table: dict[str, tuple[int | None, int | None]]) -> list[int]:
    column = 0 if machine == "x86_64" else 1
    return [n for pair in table.values() if (n := pair[column]) is not None]


def _returns(if_true: int, if_false: int) -> list[Instruction]:
    return [(_RET, 0, 0, if_true), (_RET, 0, 0, if_false)]


def _when(number: int | None, body: list[Instruction]) -> list[Instruction]:
    """`body` for one call (it must return); absent calls need none."""
    return [] if number is None else [(_JEQ, 0, len(body), number), *body]


def _one_of(offset: int, values: tuple[int, ...], refusal: int) -> list[Instruction]:
    last = len(values)
    tests = [(_JEQ, last - i, 0, value) for i, value in enumerate(values)]
    return [(_LOAD, 0, 0, offset), *tests, *_returns(ERRNO | refusal, ALLOW)]


def _zero_or(offset: int, refusal: int) -> list[Instruction]:
    """Allowed when both halves of that argument are zero."""
    halves = [(_LOAD, 0, 0, offset), (_JEQ, 0, 3, 0), (_LOAD, 0, 0, offset + 4), (_JEQ, 0, 1, 0)]
    return [*halves, *_returns(ALLOW, ERRNO | refusal)]


def _search(actions: dict[int, int]) -> list[Instruction]:
    """A binary search over runs of neighbouring numbers with the same answer: the kernel walks the filter once for
    every call there is when it is installed, so a list would cost each run half a millisecond."""

    def action(n: int) -> int:
        return actions.get(n, ERRNO | (errno.EPERM if n <= _NEWEST_KNOWN else errno.ENOSYS))

    top = max(*actions, _NEWEST_KNOWN) + 1
    starts = [0, *(n for n in range(1, top + 1) if action(n) != action(n - 1))]

    def tree(low: int, high: int) -> list[Instruction]:
        if high - low == 1:
            return [(_RET, 0, 0, action(starts[low]))]
        middle = (low + high) // 2
        left = tree(low, middle)
        return [(_JGE, len(left), 0, starts[middle]), *left, *tree(middle, high)]

    return tree(0, len(starts))


def _assemble(code: list[Instruction]) -> bytes:
    return b"".join(struct.pack("HBBI", *instruction) for instruction in code)
