"""What runs leave behind in this process and on this machine: nothing, when all that was used up has been replaced."""

import asyncio
import os
import tempfile


async def warmed() -> dict[str, int]:
    """What there is once everything is ready and nothing works or changes for a second."""
    readings = [(leftovers(), _ticks())]
    for _ in range(200):
        await asyncio.sleep(0.3)
        readings.append((leftovers(), _ticks()))
        if len(readings) > 4 and all(one == readings[-1] for one in readings[-4:]):
            break
    return readings[-1][0]


def _ticks() -> int:
    """What all processes below this one have worked so far, in ticks of the kernel's clock."""
    spent = 0
    for pid in below(os.getpid()):
        try:
            with open(f"/proc/{pid}/stat") as file:
                spent += sum(int(word) for word in file.read().rpartition(")")[2].split()[11:13])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return spent


async def left_over(before: dict[str, int]) -> dict[str, int]:
    """What is there more than before, when those that replace what was used have come up."""
    for _ in range(100):
        now = leftovers()
        if now == before:
            break
        await asyncio.sleep(0.1)
    return {name: count - before[name] for name, count in now.items() if count > before[name]}


def _children() -> int:
    """Live processes below this one, zombies too."""
    return len(below(os.getpid()))


def below(pid: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as file:
                    parents.setdefault(int(file.read().rpartition(")")[2].split()[1]), []).append(int(name))
            except (FileNotFoundError, ProcessLookupError):
                continue
    found, todo = [], [pid]
    while todo:
        children = parents.get(todo.pop(), [])
        found += children
        todo += children
    return found


def leftovers() -> dict[str, int]:
    with open("/proc/self/mounts") as mounts:
        mounted = sum(line.split()[1] in ("/box", "/sys") for line in mounts)  # others on this machine mount too
    groups = sum(f"learnflow-{os.getpid()}-" in name for name in _groups())
    temporary = sum(name.startswith(f"learnflow-canary-{os.getpid()}-") for name in os.listdir(tempfile.gettempdir()))
    fds = len(os.listdir("/proc/self/fd"))
    return {"processes": _children(), "mounts": mounted, "groups": groups, "files": temporary, "fds": fds}


def _groups() -> list[str]:
    return [name for _, names, _ in os.walk("/sys/fs/cgroup") for name in names]
