"""What the docker backend decides without an engine: its filter, its rooms, whose containers are left over."""

import json
import os

import pytest

from core.ports import Policy
from sandbox.docker import engine, image, profile
from sandbox.docker.container import Room
from sandbox.jail.syscalls import ALLOWED, DEADLY


def test_the_shipped_profile_is_made_from_the_jails_tables() -> None:
    assert profile.FILE.read_text() == profile.render()


def test_the_profile_lets_through_what_programs_need_and_nothing_deadly() -> None:
    rules = json.loads(profile.FILE.read_text())
    allowed = {name for rule in rules["syscalls"] if rule["action"] == "SCMP_ACT_ALLOW" for name in rule["names"]}

    assert rules["defaultAction"] == "SCMP_ACT_ERRNO"
    assert allowed >= ALLOWED.keys()
    assert not allowed & DEADLY.keys()
    assert not allowed & {"socket", "clone3", "io_uring_setup", "unshare", "mount", "ptrace", "bpf"}


def test_a_process_that_is_made_may_not_enter_new_namespaces() -> None:
    rules = json.loads(profile.FILE.read_text())["syscalls"]

    (clone,) = [rule for rule in rules if "clone" in rule["names"]]

    assert clone["args"] == [{"index": 0, "value": 0x7E020080, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]


@pytest.mark.parametrize(
    ("policy", "fits"),
    [
        (Policy(), True),
        (Policy(memory_bytes_max=1 << 20), True),
        (Policy(memory_bytes_max=1 << 30), False),
        (Policy(disk_bytes_max=1 << 20), False),
        (Policy(processes_max=2), False),
    ],
)
def test_a_warm_container_takes_only_jobs_that_its_walls_bound(policy: Policy, fits: bool) -> None:
    usual = Policy()
    room = Room("python.plain", usual.memory_bytes_max, usual.disk_bytes_max, usual.processes_max)

    assert room.holds(policy) is fits


def test_a_container_is_an_orphan_only_when_its_own_process_is_gone() -> None:
    host = os.uname().nodename

    assert not engine._is_orphan(engine.owner())
    assert engine._is_orphan(f"{host}/{os.getpid()}/1")
    assert engine._is_orphan(f"{host}/999999999/1")
    assert not engine._is_orphan("another-host/999999999/1")


def test_an_image_is_named_by_all_that_goes_into_it() -> None:
    assert image._image_name() != image._base_name()
    assert image._fingerprint([profile.FILE]) != image._fingerprint([profile.FILE, profile.FILE])
