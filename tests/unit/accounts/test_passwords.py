"""Passwords are hashed with argon2id, a few at a time, and no account is given away by the work done."""

import asyncio
import threading
from typing import Any

import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from accounts.passwords import Cost, Passwords
from core.errors import Invalid, RateLimited

CHEAP = Cost(1, 8, 1)


async def test_a_hash_is_argon2id_and_fits_its_password_only() -> None:
    passwords = Passwords(hashes_at_once=2, cost=CHEAP)

    hashed = await passwords.hash("correct horse")

    assert hashed.startswith("$argon2id$")
    assert "horse" not in hashed
    assert await passwords.verify("correct horse", hashed) == (True, None)
    assert await passwords.verify("correct house", hashed) == (False, None)


async def test_an_account_that_does_not_exist_takes_one_hash_like_any_other() -> None:
    passwords = Passwords(hashes_at_once=2, cost=CHEAP)
    known = await passwords.hash("correct horse")
    counted = _count_checks(passwords)

    await passwords.verify("some password", known)
    real = list(counted)
    await passwords.verify("some password", None)

    assert counted == real * 2
    assert counted[0].startswith("m=8,t=1,p=1")


async def test_a_password_of_wrong_length_takes_one_hash_too() -> None:
    passwords = Passwords(hashes_at_once=2, cost=CHEAP)
    counted = _count_checks(passwords)

    for password in ("", "short", "x" * 100_000, "\ud800" * 12):
        assert await passwords.verify(password, None) == (False, None)

    assert len(counted) == 4


async def test_the_hash_of_nobody_costs_what_todays_hashes_cost() -> None:
    passwords = Passwords(hashes_at_once=2)

    assert not Argon2Hasher(*Cost()).check_needs_rehash(passwords._nobodys)


async def test_a_hash_of_older_cost_is_renewed() -> None:
    old = await Passwords(hashes_at_once=1, cost=CHEAP).hash("correct horse")
    passwords = Passwords(hashes_at_once=1, cost=Cost(2, 16, 1))

    fits, newer = await passwords.verify("correct horse", old)

    assert fits
    assert newer is not None
    assert await passwords.verify("correct horse", newer) == (True, None)


@pytest.mark.parametrize("password", ["", "ninechars", "x" * 201, "surrogate \ud800"])
async def test_a_password_outside_the_rules_is_not_hashed(password: str) -> None:
    with pytest.raises(Invalid):
        await Passwords(hashes_at_once=1, cost=CHEAP).hash(password)


async def test_the_same_letters_from_another_keyboard_fit() -> None:
    passwords = Passwords(hashes_at_once=1, cost=CHEAP)

    hashed = await passwords.hash("cafe\u0301 au lait")

    assert (await passwords.verify("caf\u00e9 au lait", hashed))[0]


async def test_no_more_hashes_run_at_once_than_allowed() -> None:
    passwords = Passwords(hashes_at_once=2, cost=CHEAP)
    running, most, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.005)
        with lock:
            running -= 1

    await asyncio.gather(*(passwords._work(work) for _ in range(12)))

    assert most == 2


async def test_a_flood_of_sign_ins_is_told_to_wait() -> None:
    passwords = Passwords(hashes_at_once=1, cost=CHEAP)
    gate = threading.Event()
    waiting = [asyncio.create_task(passwords._work(gate.wait)) for _ in range(256)]
    await asyncio.sleep(0)

    with pytest.raises(RateLimited):
        await passwords.hash("correct horse")

    gate.set()
    await asyncio.gather(*waiting)
    assert await passwords.hash("correct horse")


def _count_checks(passwords: Passwords) -> list[str]:
    """The cost parts of every hash that is checked from now on."""
    counted: list[str] = []

    class Counting(Argon2Hasher):
        def verify(self, password: Any, hash: Any) -> bool:
            counted.append(str(hash).split("$")[3])
            return super().verify(password, hash)

    counting = Counting(*CHEAP)
    passwords._hasher.hashers = (counting,)
    passwords._hasher.current_hasher = counting
    return counted
