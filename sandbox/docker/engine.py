"""The Docker engine as found: whether it answers, and which walls it can build."""

import contextlib
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import SandboxUnavailable

LABEL = "learnflow.sandbox"
_GVISOR = "runsc"
_TIMEOUT_S = 60
_MEND = "start Docker (on Debian: apt-get install docker.io, then scripts/start-docker.sh) or set LEARNFLOW_SANDBOX__BACKEND=native on Linux"


@dataclass(frozen=True, slots=True)
class Engine:
    """`runtimes` are those to use, the best first: gVisor (the program's system calls never reach the host's kernel)
    where the engine has it, None for the engine's own. `uids` are the users that it can give to containers."""

    client: Any
    version: str
    runtimes: tuple[str | None, ...]
    cpu_quota: bool
    uids: range

    @property
    def gvisor(self) -> bool:
        return self.runtimes[0] == _GVISOR


def connect() -> Engine:
    """Blocking. Raises SandboxUnavailable with what to do when no engine answers or it cannot build the walls."""
    import docker

    _knock(docker.utils.kwargs_from_env().get("base_url") or docker.constants.DEFAULT_UNIX_SOCKET)
    try:
        client = docker.from_env(version="auto", timeout=_TIMEOUT_S)
    except docker.errors.DockerException as error:
        raise SandboxUnavailable(f"no Docker engine answers ({_first_line(error)}); {_MEND}") from error
    try:
        return _describe(client)
    except BaseException:
        client.close()
        raise


def _knock(address: str) -> None:
    """The vendor's client leaves its socket open where nothing listens."""
    scheme, _, path = address.partition("://")
    if scheme not in ("unix", "http+unix"):
        return
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(_TIMEOUT_S)
        try:
            door.connect(path)
        except OSError as error:
            raise SandboxUnavailable(f"no Docker engine answers ({error.strerror}); {_MEND}") from error


def _describe(client: Any) -> Engine:
    facts = client.info()
    lacking = [name for name, key in (("memory", "MemoryLimit"), ("processes", "PidsLimit")) if not facts.get(key)]
    if facts.get("OSType") != "linux":
        raise SandboxUnavailable("the Docker engine does not run Linux containers; switch it to them")
    if lacking:
        raise SandboxUnavailable(f"the Docker engine cannot limit {' and '.join(lacking)}; enable these control groups")
    if not any("seccomp" in option for option in facts.get("SecurityOptions") or ()):
        raise SandboxUnavailable("the Docker engine's kernel has no seccomp")
    mapped = any("userns" in option or "rootless" in option for option in facts["SecurityOptions"])
    return Engine(
        client=client,
        version=str(facts.get("ServerVersion", "")),
        runtimes=(_GVISOR, None) if _GVISOR in (facts.get("Runtimes") or {}) else (None,),
        cpu_quota=bool(facts.get("CpuCfsQuota")),
        uids=range(1_000, 60_000) if mapped else range(100_000, 2_000_000_000),
    )


def owner() -> str:
    """Names this process for ever: host, process, and the moment it started."""
    return f"{socket.gethostname()}/{os.getpid()}/{_started(os.getpid())}"


def remove_leftovers(engine: Engine) -> int:
    """Remove the containers whose service is gone; how many. They end by themselves when it dies; these are those
    that a dead engine kept from doing so. One that runs for a service on another host is left alone."""
    import docker

    removed = 0
    for found in engine.client.api.containers(all=True, filters={"label": LABEL}):
        if found["State"] == "running" and not _is_orphan(found["Labels"][LABEL]):
            continue
        if found["State"] == "created" and not _is_orphan(found["Labels"][LABEL]):
            continue  # being started this very moment
        with contextlib.suppress(docker.errors.APIError):
            engine.client.api.remove_container(found["Id"], force=True, v=True)
            removed += 1
    return removed


def _is_orphan(name: str) -> bool:
    host, _, process = name.partition("/")
    pid, _, started = process.partition("/")
    return host == socket.gethostname() and _started(int(pid)) != started


def _started(pid: int) -> str:
    """Clock ticks from boot to the start of a process; empty when there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200]
