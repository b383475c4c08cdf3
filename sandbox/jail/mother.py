"""Forks a zygote's children for it. Whoever forks pays afterwards for each page that it touches, since it shares them
all with the child; the zygote does much between two forks, this process next to nothing."""

import gc
import os
import select
import struct
from collections.abc import Callable
from typing import NoReturn

from sandbox.jail import linux

_ORDER = struct.Struct("4iq?")  # the child's ends of its pipes, bytes of its disk, whether it may fork
_BIRTH = struct.Struct("i")
_BIRTH_MS = 10_000

Pipes = tuple[int, int, int, int]  # the ends to read the job, and to write output, errors and report
# what a child with that disk, which may fork or not, shall do
Plan = Callable[[int, bool], Callable[[Pipes], NoReturn]]


class Mother:
    """A fork that shares the zygote's table of descriptors. Her children are the zygote's, each first in a pid
    namespace of its own."""

    def __init__(self, plan: Plan) -> None:
        """Raises OSError where the kernel does not allow it."""
        ours, self._orders = os.pipe()
        self._births, told = os.pipe()
        self._poll = select.poll()
        self._poll.register(self._births, select.POLLIN)
        pid = linux.clone(linux.CLONE_FILES)
        if pid == 0:
            _live(ours, told, plan)
        self._poll.register(os.pidfd_open(pid), select.POLLIN)

    def bear(self, disk: int, forks: bool, pipes: Pipes) -> int:
        """A new child's process id."""
        os.write(self._orders, _ORDER.pack(*pipes, disk, forks))
        if all(fd != self._births for fd, _ in self._poll.poll(_BIRTH_MS)):
            raise OSError("the process that forks has died, or does not answer")
        (pid,) = _BIRTH.unpack(os.read(self._births, _BIRTH.size))
        if pid < 0:
            raise OSError(-pid, f"clone: {os.strerror(-pid)}")
        return int(pid)


def _live(orders: int, births: int, plan: Plan) -> NoReturn:
    """Until the zygote, first of her namespace, ends."""
    try:
        while True:
            job, out, err, report, disk, forks = _ORDER.unpack(os.read(orders, _ORDER.size))
            be_child = plan(disk, forks)
            gc.freeze()  # a child's collections shall not touch, and so copy, what is young here
            try:
                pid = linux.clone(linux.CLONE_PARENT | linux.CLONE_NEWPID)
            except OSError as refusal:
                pid = -(refusal.errno or 1)
            if pid == 0:
                be_child((job, out, err, report))
            os.write(births, _BIRTH.pack(pid))
    finally:
        os._exit(70)
