"""The server's side of one container: makes it, gives it its one program, removes it. Blocking: runs in threads."""

import contextlib
import queue
import secrets
import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.errors import SandboxUnavailable
from core.ports import Policy
from sandbox.backend import Job, Outcome
from sandbox.docker import engine as engines
from sandbox.docker import profile
from sandbox.docker.engine import Engine
from sandbox.docker.image import INSIDE
from sandbox.jail import wire
from sandbox.outcome import read_done
from sandbox.warmth import Warmth, plans

_START_S = 60.0
_LATE_S = 0.6  # past a job's own limit: the watcher inside has failed, or is kept from running
_MEMORY_SLACK, _MEMORY_PRELOADED = 96 << 20, 160 << 20  # the watcher, and what it preloads
_TASKS = 48  # threads, the watcher, and the allowed processes
_GVISOR_TASKS, _GVISOR_BYTES = 1024, 128 << 20  # its own threads and memory count too
_SHM_BYTES = 1 << 20
_INODES_MAX = 4096
_FRAME = struct.Struct(">BxxxI")
_STDOUT = 1
_WALLS = {
    "capabilities": "0000000000000000", "no_new_privs": "1", "seccomp": "2", "networks": ["lo"], "root_writable": False,
    "fault": None,
}  # fmt: skip
_GVISOR_WALLS = {"networks": ["lo"], "fault": None}  # its /proc does not tell the others
_TAKEN_S = 30.0
_MESSAGE_BYTES_MAX = 64 << 20


@dataclass(frozen=True, slots=True)
class Room:
    """What a container is made for; a job that needs more than this gets one of its own."""

    warmth: Warmth
    memory_bytes: int
    disk_bytes: int
    processes: int

    def holds(self, policy: Policy) -> bool:
        """The scratch disk must fit exactly: nothing else bounds it."""
        return (
            policy.disk_bytes_max == self.disk_bytes
            and policy.memory_bytes_max <= self.memory_bytes
            and policy.processes_max <= self.processes
        )


class Gone(Exception):
    """The container ended before it took its job: nothing has been run."""


class Container:
    """Runs one job, once."""

    def __init__(self, engine: Engine, image: str, room: Room) -> None:
        self.room = room
        self.landlock = 0
        self._engine = engine
        self._image = image
        self._id: str | None = None
        self._attached: Any = None
        self._socket: socket.socket | None = None
        self._pending = b""
        self._left = 0
        self._complaints = b""
        self._removed = False
        self._interrupted = False
        self._lock = threading.Lock()
        self._typed: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._bell: tuple[socket.socket, socket.socket] | None = None  # rung when something has been typed

    def start(self) -> None:
        """Up to the moment when it waits for its program. Raises SandboxUnavailable with the wall that is missing."""
        import docker

        try:
            ready = self._start()
        except (docker.errors.DockerException, OSError) as error:
            raise SandboxUnavailable(f"a container cannot be started: {str(error)[:300]}") from error
        except Gone as error:
            raise SandboxUnavailable(f"a container ended at once: {self._last_words()}") from error
        finally:
            if self._removed:  # meanwhile, when there was little to remove
                self.remove()
        self.landlock = int(ready["landlock"])
        wanted = _GVISOR_WALLS if self._engine.gvisor else _WALLS
        if missing := {name: ready.get(name) for name, value in wanted.items() if ready.get(name) != value}:
            raise SandboxUnavailable(f"a container is not walled in as was asked of the engine: {missing}")

    def _start(self) -> dict[str, Any]:
        api = self._engine.client.api
        self._id = api.create_container(**self._wanted())["Id"]
        self._attached = api.attach_socket(self._id, params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
        # the SDK gives a file round the socket of a local engine, the socket itself of one reached by TLS
        self._socket = getattr(self._attached, "_sock", self._attached)
        api.start(self._id)
        return self._receive(time.monotonic() + _START_S)

    def execute(
        self, job: Job, on_output: Callable[[str, bytes], None] | None, on_fed: Callable[[], None] | None = None
    ) -> Outcome:
        """Raises Gone when nothing has been run, SandboxUnavailable when what was run cannot be told."""
        started = time.monotonic()
        if job.live:
            self._bell = socket.socketpair()
        self._send(job.message())
        try:
            self._receive(started + _TAKEN_S)
        except TimeoutError as error:
            raise SandboxUnavailable("a container does not take its program") from error
        if on_fed is not None:
            on_fed()
        deadline = time.monotonic() + job.policy.wall_s + _LATE_S
        try:
            while (message := self._receive(deadline))["event"] in ("output", "fed"):
                if message["event"] == "fed" and on_fed is not None:
                    on_fed()
                elif message["event"] == "output" and on_output is not None:
                    on_output(message["stream"], message["blob"])
        except TimeoutError:
            return _killed_outside(time.monotonic() - started)
        except Gone as error:
            if self._out_of_memory():
                return _killed_outside(time.monotonic() - started, out_of_memory=True)
            raise SandboxUnavailable(f"a container ended before its program: {self._last_words()}") from error
        return read_done(message, out_of_memory=bool(message["out_of_memory"]))

    def type(self, message: dict[str, Any], blob: bytes) -> None:
        """From any thread: the one that waits in `execute` sends it, since a socket with TLS is one thread's."""
        self._typed.put(wire.pack(message, blob))
        if (bell := self._bell) is not None:
            with contextlib.suppress(OSError):  # removed meanwhile
                bell[1].send(b"!")

    def interrupt(self) -> None:
        """Make a blocked `start` or `execute` in another thread end."""
        self._interrupted = True
        if (attached := self._socket) is not None:
            with contextlib.suppress(OSError):
                attached.shutdown(socket.SHUT_RDWR)

    def remove(self) -> None:
        """Kill and remove; the attached socket goes first, or the engine may wait for it. Any number of times."""
        import docker

        with self._lock:
            self._removed = True
            for part in (getattr(self._attached, "_response", None), self._attached, self._socket):
                if part is not None:
                    part.close()  # each holds the socket open
            self._attached = self._socket = None
            bell, self._bell = self._bell, None
            for end in bell or ():
                end.close()
            if self._id is not None:
                # 404 and 409: it has ended, and the engine has removed it or is about to
                with contextlib.suppress(docker.errors.DockerException, OSError):
                    self._engine.client.api.remove_container(self._id, force=True, v=True)
                self._id = None

    def _wanted(self) -> dict[str, Any]:
        """All walls, in the engine's words."""
        api, room = self._engine.client.api, self.room
        plan = plans()[room.warmth]
        uid = secrets.choice(self._engine.uids)  # its own: the kernel counts processes by user, across containers
        own_tasks, own_bytes = (_GVISOR_TASKS, _GVISOR_BYTES) if self._engine.gvisor else (0, 0)
        memory = own_bytes + _MEMORY_SLACK + room.memory_bytes + room.disk_bytes + _SHM_BYTES
        memory += _MEMORY_PRELOADED if plan.preload else 0
        tmpfs = f"rw,nosuid,nodev,noexec,size={room.disk_bytes},nr_inodes={_INODES_MAX},mode=755,uid={uid},gid={uid}"
        quota = {"cpu_period": 100_000, "cpu_quota": 100_000} if self._engine.cpu_quota else {}
        walls = api.create_host_config(
            network_mode="none", read_only=True, cap_drop=["ALL"], ipc_mode="private", privileged=False,
            security_opt=["no-new-privileges", f"seccomp={profile.FILE.read_text()}"],
            pids_limit=own_tasks + _TASKS + room.processes, mem_limit=memory, memswap_limit=memory, oom_score_adj=500,
            shm_size=_SHM_BYTES, tmpfs={"/box": tmpfs}, auto_remove=True, runtime=self._engine.runtimes[0],
            log_config={"Type": "none"}, **quota,
        )  # fmt: skip
        return {
            "image": self._image,
            "command": [
                "/usr/bin/python3", "-I", "-S", "-X", "utf8", f"{INSIDE}/jail/launch.py", "container", plan.language,
                str(room.processes), *plan.preload,
            ],
            "environment": _ENVIRONMENT,
            "user": f"{uid}:{uid}",
            "working_dir": "/",
            "hostname": "sandbox",
            "stdin_open": True,
            "labels": {engines.LABEL: engines.owner()},
            "host_config": walls,
        }  # fmt: skip

    def _last_words(self) -> str:
        """The watcher's own; a program's standard error does not come this way."""
        return self._complaints[-300:].decode(errors="replace").strip()

    def _out_of_memory(self) -> bool:
        import docker

        try:
            return bool(self._engine.client.api.inspect_container(self._id)["State"]["OOMKilled"])
        except docker.errors.DockerException:
            return False

    def _send(self, message: dict[str, Any]) -> None:
        attached = self._socket
        if attached is None:
            raise Gone
        try:
            attached.settimeout(_START_S)
            attached.sendall(wire.pack(message))
        except OSError as error:
            raise Gone from error

    def _receive(self, deadline: float) -> dict[str, Any]:
        """The next message. Raises Gone at the stream's end, TimeoutError."""
        sizes = wire.HEAD.unpack(self._read(wire.HEAD.size, deadline))
        if sum(sizes) > _MESSAGE_BYTES_MAX:
            raise SandboxUnavailable("a container says more than it should")
        body, blob = [self._read(size, deadline) for size in sizes]
        return wire.unpack(body, blob)

    def _read(self, count: int, deadline: float) -> bytes:
        """`count` bytes of the container's standard output."""
        parts = []
        while count:
            if not self._left:
                stream, self._left = _FRAME.unpack(self._take(_FRAME.size, deadline))
                if stream != _STDOUT:
                    self._complaints = (self._complaints + self._take(self._left, deadline))[-1000:]
                    self._left = 0
                    continue
            part = self._take(min(count, self._left, 1 << 20), deadline)
            self._left -= len(part)
            count -= len(part)
            parts.append(part)
        return b"".join(parts)

    def _take(self, count: int, deadline: float) -> bytes:
        """Exactly `count` bytes as they come from the engine."""
        while len(self._pending) < count:
            attached, left = self._socket, deadline - time.monotonic()
            if attached is None or self._interrupted:
                raise Gone
            if left <= 0:
                raise TimeoutError
            if self._bell is not None and not self._can_read(attached, self._bell[0], left):
                continue
            attached.settimeout(left)
            try:
                data = attached.recv(1 << 16)
            except TimeoutError:
                raise
            except OSError as error:
                raise Gone from error
            if not data:
                raise Gone
            self._pending += data
        data, self._pending = self._pending[:count], self._pending[count:]
        return data

    def _can_read(self, attached: socket.socket, bell: socket.socket, seconds: float) -> bool:
        """Wait for the engine or for somebody who types, and send on what was typed."""
        decrypted = getattr(attached, "pending", None)
        if decrypted is not None and decrypted():
            return True
        try:
            with selectors.DefaultSelector() as selector:
                for end in (attached, bell):
                    selector.register(end, selectors.EVENT_READ)
                ready = [key.fileobj for key, _ in selector.select(seconds)]
            if bell in ready:
                bell.recv(1 << 12)
                attached.settimeout(_START_S)
                while not self._typed.empty():
                    attached.sendall(self._typed.get())
            return attached in ready
        except (OSError, ValueError) as error:  # closed meanwhile
            raise Gone from error


_ENVIRONMENT = {
    "PATH": "/usr/bin", "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1",
    "MPLBACKEND": "Agg", "MPLCONFIGDIR": "/box", "HOME": "/box",
}  # fmt: skip


def _killed_outside(seconds: float, out_of_memory: bool = False) -> Outcome:
    """What is known of a program whose container we ended, or the kernel."""
    return Outcome(
        exit=-9, killed=None if out_of_memory else "wall", stdout=b"", stderr=b"", report=b"", truncated=False,
        wall_s=seconds, cpu_s=0.0, memory_bytes=0, out_of_memory=out_of_memory,
    )  # fmt: skip
