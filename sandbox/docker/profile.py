"""The engine's own filter for a container's system calls, made from the jail's tables: `python -m sandbox.docker.profile`."""

import json
from pathlib import Path
from typing import Any

from sandbox.jail import linux
from sandbox.jail.syscalls import ALLOWED

FILE = Path(__file__).parent.parent / "image" / "seccomp.json"

# What the engine's own first steps in a container and our first process need, before the jail's filter is on
_START = (
    "capget", "capset", "execve", "fchown", "landlock_add_rule", "landlock_create_ruleset", "landlock_restrict_self",
    "mknodat", "prctl", "prlimit64", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "seccomp", "setgid", "setgroups", "setuid",
    "fork", "vfork", "ioctl", "socketpair",
)  # fmt: skip
_ENOSYS = 38


def render() -> str:
    """An allow-list in Docker's format. clone3 is not there (ENOSYS): its flags hide behind a pointer."""
    no_namespaces = [{"index": 0, "value": linux.CLONE_NEW_ANY, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]
    profile: dict[str, Any] = {
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": 1,
        "archMap": [
            {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": []},
            {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": []},
        ],
        "syscalls": [
            {"names": sorted({*ALLOWED, *_START}), "action": "SCMP_ACT_ALLOW"},
            {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": no_namespaces},
            {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": _ENOSYS},
        ],
    }
    return json.dumps(profile, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(render())
