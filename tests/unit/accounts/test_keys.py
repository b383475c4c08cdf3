"""Secrets are made once, whole, and only for their owner's eyes."""

import asyncio
import os
import stat
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from pydantic import SecretStr

from accounts.keys import Key, keep, open_key, open_older_keys, rotate_key
from core.clock import SystemClock
from core.errors import Invalid
from core.settings import AccountSettings


def test_a_key_is_made_once_and_kept(data_dir: Path) -> None:
    first, second = open_key(AccountSettings(), data_dir), open_key(AccountSettings(), data_dir)

    assert first == second
    assert len(first.secret) == 32


def test_two_data_folders_have_two_keys(tmp_path: Path) -> None:
    one, other = open_key(AccountSettings(), tmp_path / "a"), open_key(AccountSettings(), tmp_path / "b")

    assert one.secret != other.secret
    assert one.kid != other.kid


def test_only_the_owner_may_read_a_key(data_dir: Path) -> None:
    open_key(AccountSettings(), data_dir)

    assert stat.S_IMODE((data_dir / "keys" / "access.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((data_dir / "keys").stat().st_mode) == 0o700


def test_a_secret_from_settings_wins_and_is_not_written_down(data_dir: Path) -> None:
    key = open_key(AccountSettings(jwt_secret=SecretStr("s" * 32)), data_dir)

    assert key.secret == b"s" * 32
    assert not data_dir.exists()


def test_a_short_secret_is_refused_without_being_told(data_dir: Path) -> None:
    with pytest.raises(Invalid) as refused:
        open_key(AccountSettings(jwt_secret=SecretStr("changeme")), data_dir)

    assert "changeme" not in str(refused.value)


def test_a_key_does_not_show_its_secret() -> None:
    assert "kkk" not in repr(Key(b"k" * 32))
    assert (b"k" * 32).hex()[:8] not in Key(b"k" * 32).kid


async def test_processes_that_start_together_share_one_key(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "access.key"
    script = f"""
import secrets
from pathlib import Path
from accounts.keys import keep
print(keep(Path({str(path)!r}), secrets.token_bytes(32)).hex())
"""
    starting = [await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=PIPE) for _ in range(4)]
    printed = {(await process.communicate())[0] for process in starting}

    assert printed == {keep(path, b"").hex().encode() + b"\n"}
    assert [file.name for file in path.parent.iterdir()] == ["access.key"]


def test_rotating_puts_a_new_secret_in_place_and_keeps_the_one_before_for_a_while(data_dir: Path) -> None:
    clock = SystemClock()
    before = open_key(AccountSettings(), data_dir)

    made = rotate_key(data_dir)

    assert open_key(AccountSettings(), data_dir) == made != before
    assert open_older_keys(AccountSettings(), data_dir, clock) == (before,)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (data_dir / "keys").iterdir()} == {0o600}
    old = data_dir / "keys" / "access.key.old"
    os.utime(old, (0, old.stat().st_mtime - 17 * 60))
    assert open_older_keys(AccountSettings(), data_dir, clock) == ()


def test_a_secret_from_settings_may_have_one_before_it(data_dir: Path) -> None:
    settings = AccountSettings(jwt_secret=SecretStr("n" * 32), jwt_secret_previous=SecretStr("o" * 32))

    assert open_older_keys(settings, data_dir, SystemClock()) == (Key(b"o" * 32),)
    assert open_older_keys(AccountSettings(), data_dir, SystemClock()) == ()
