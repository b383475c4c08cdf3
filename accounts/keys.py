"""Secrets that are made once and kept in the data folder, where only their owner may read them."""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from core.clock import Clock
from core.errors import Invalid
from core.settings import AccountSettings

_SECRET_BYTES = 32
_SKEW_S = 60  # as access tokens are read, and a little for the restart


@dataclass(frozen=True, slots=True)
class Key:
    """A signing secret; `kid` names it in the tokens it signs and tells nothing about it."""

    secret: bytes = field(repr=False)

    @property
    def kid(self) -> str:
        return self.derive("kid").hex()[:16]

    def derive(self, purpose: str) -> bytes:
        """32 bytes for another purpose, from which the secret cannot be found."""
        return hmac.digest(self.secret, purpose.encode(), hashlib.sha256)


def open_key(settings: AccountSettings, data_dir: Path) -> Key:
    """The secret from settings or else the data folder's own, made at first use; blocking, short. Servers on several
    machines need the one from settings. Raises Invalid when that is too short to be safe."""
    if settings.jwt_secret is None:
        return Key(keep(data_dir / "keys" / "access.key", secrets.token_bytes(_SECRET_BYTES)))
    secret = settings.jwt_secret.get_secret_value().encode()
    if len(secret) < _SECRET_BYTES:
        raise Invalid(f"LEARNFLOW_ACCOUNTS__JWT_SECRET needs at least {_SECRET_BYTES} characters")
    return Key(secret)


def open_older_keys(settings: AccountSettings, data_dir: Path, clock: Clock) -> tuple[Key, ...]:
    """What signed access tokens before: the setting's, and the data folder's for as long as a token may still live after
    the key changed. Blocking, short."""
    if settings.jwt_secret_previous is not None:
        return (Key(settings.jwt_secret_previous.get_secret_value().encode()),)
    path = data_dir / "keys" / "access.key.old"
    age_s = clock.now().timestamp() - path.stat().st_mtime if path.exists() else float("inf")
    return (Key(path.read_bytes()),) if age_s <= 60 * settings.access_minutes + _SKEW_S else ()


def rotate_key(data_dir: Path) -> Key:
    """Put a new secret into the data folder; the one before becomes the older one, and the one before that is gone.
    Running servers take it over when they start again. Blocking, short."""
    path = data_dir / "keys" / "access.key"
    keep(path, secrets.token_bytes(_SECRET_BYTES))
    old = path.with_name("access.key.old")
    draft = path.with_name(f"access.key.{secrets.token_hex(8)}")
    _write(draft, path.read_bytes())
    draft.replace(old)
    fresh = secrets.token_bytes(_SECRET_BYTES)
    _write(draft, fresh)
    draft.replace(path)
    return Key(fresh)


def keep(path: Path, fresh: bytes) -> bytes:
    """What the file holds; a file that is not there yet gets `fresh`. However many start at the same moment, all
    return the same bytes, and no one ever sees half a file."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        try:
            _write(draft, fresh)
            os.link(draft, path)  # unlike a rename, it fails when another was faster
        except FileExistsError:
            pass
        finally:
            draft.unlink(missing_ok=True)
    return path.read_bytes()


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
