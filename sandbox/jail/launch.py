"""Entry of a zygote process, `python -I -S launch.py FD` with an empty environment and one inherited socket, named by
its number; and of a container, `python -I -S launch.py container LANGUAGE PROCESSES PACKAGE...`."""

import os
import select
import signal
import sys
import types


def main() -> None:
    """Build the walls round this process, then hand over to the zygote, first process of its own pid namespace."""
    _find_package()
    from sandbox.jail import container, reduced, wire, zygote

    if sys.argv[1] == "container":
        container.serve(sys.argv[2], int(sys.argv[3]), sys.argv[4:])
        return
    control = int(sys.argv[1])
    setup = wire.read(control)
    if setup is None:
        return
    try:
        zygote.find_language(setup["language"])  # while its file can still be seen
        pid = (reduced if "scratch" in setup else zygote).start(setup, control)
    except Exception as failure:  # the outermost loop of this process: the server reads why
        wire.write(control, {"event": "failed", "why": f"{type(failure).__name__}: {failure}"})
        return
    _guard(pid, control)


def _guard(pid: int, control: int) -> None:
    """Wait for the zygote's end, or make it when the server is gone: with it every program dies."""
    pidfd = os.pidfd_open(pid)
    poll = select.poll()
    poll.register(control, 0)  # only the other side's going is of interest; what it says is for the zygote
    poll.register(pidfd, select.POLLIN)
    if any(fd == control for fd, _ in poll.poll()):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    os.waitpid(pid, 0)


def _find_package() -> None:
    """Make `sandbox.jail` importable without running `sandbox/__init__.py`, which belongs to the server."""
    package = types.ModuleType("sandbox")
    package.__path__ = [os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]
    sys.modules["sandbox"] = package


if __name__ == "__main__":
    main()
