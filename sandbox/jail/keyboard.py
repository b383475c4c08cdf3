"""What is typed to a running program: one piece at a time is held here until the program's own pipe has taken it."""

import contextlib
import os
import select


class Keyboard:
    """The writing end of a program's standard input, which never blocks its holder."""

    def __init__(self, fd: int) -> None:
        os.set_blocking(fd, False)
        self._fd = fd
        self._piece = memoryview(b"")

    @property
    def fd(self) -> int:
        return self._fd

    def type(self, piece: bytes) -> None:
        """Called again only after `press` has said True: what is held is never more than one piece."""
        self._piece = memoryview(piece)

    def press(self) -> bool:
        """Whether all of the piece is with the program, or can never be, since it has closed its input."""
        try:
            while self._piece:
                self._piece = self._piece[os.write(self._fd, self._piece) :]
        except BlockingIOError:
            return False
        except BrokenPipeError:
            self._piece = memoryview(b"")
        return True

    def listen(self, poll: "select.poll", wanted: bool) -> None:
        """Have `poll` tell when the pipe takes more, or no longer."""
        if wanted:
            poll.register(self._fd, select.POLLOUT)
            return
        with contextlib.suppress(KeyError):
            poll.unregister(self._fd)
