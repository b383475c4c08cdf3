"""The containers' image: built once from Debian's packages, then a thin layer with the code that runs inside."""

import hashlib
import io
import logging
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.errors import SandboxUnavailable

log = logging.getLogger("learnflow.sandbox")

INSIDE = "/usr/lib/learnflow/sandbox"
_NAME = "learnflow-sandbox"
_IMAGE = Path(__file__).parent.parent / "image"
_JAIL = Path(__file__).parent.parent / "jail"
_RECIPE = ("Dockerfile", "packages.txt", "shrink.sh", "base.sh")
_BUILD_S = 900

Progress = Callable[[str], None]


def find_image(client: Any) -> str:
    """The name of the image that fits this code; builds no more than its last layer, which takes seconds. Blocking.
    Raises SandboxUnavailable when its root file system was never built here."""
    if not (_has(client, _image_name()) or _has(client, _base_name())):
        raise SandboxUnavailable("the sandbox's image is not built yet: run `python -m sandbox.docker` (minutes, once)")
    return ensure_image(client)


def ensure_image(client: Any, progress: Progress = log.info) -> str:
    """The name of the image, built when it is missing: seconds when its root file system is there, else minutes.
    Blocking. Raises SandboxUnavailable with what each way of building it said."""
    name = _image_name()
    if not _has(client, name):
        _add_jail(client, _ensure_base(client, progress), name)
        progress(f"built {name}")
    return name


def _ensure_base(client: Any, progress: Progress) -> str:
    base = _base_name()
    if _has(client, base):
        return base
    failures = []
    for words, build in (("from Debian's image", _build_from_image), ("from Debian's packages", _build_from_packages)):
        progress(f"building the sandbox's root file system {words}; this takes minutes, once")
        try:
            build(client, base, progress)
            return base
        except (SandboxUnavailable, OSError) as failure:
            progress(f"that did not work: {failure}")
            failures.append(f"{words}: {failure}")
    raise SandboxUnavailable(f"the sandbox's image cannot be built: {'; '.join(failures)}")


def _build_from_image(client: Any, base: str, progress: Progress) -> None:
    import docker

    try:
        for event in client.api.build(path=str(_IMAGE), tag=base, rm=True, forcerm=True, decode=True, timeout=_BUILD_S):
            if "error" in event:
                raise SandboxUnavailable(str(event["error"])[:300])
            if "stream" in event and (line := event["stream"].strip()).startswith("Step"):
                progress(line)
    except docker.errors.DockerException as error:
        raise SandboxUnavailable(str(error)[:300]) from error


def _build_from_packages(client: Any, base: str, progress: Progress) -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SandboxUnavailable("needs root on a Debian (apt-get)")
    repository, _, tag = base.partition(":")
    with tempfile.TemporaryDirectory(prefix="learnflow-image-") as folder:
        file = Path(folder, "root.tar")
        built = subprocess.run(  # noqa: S603 our own script
            ["/bin/sh", str(_IMAGE / "base.sh"), str(file)],
            capture_output=True,
            text=True,
            timeout=_BUILD_S,
            check=False,
        )
        if built.returncode != 0:
            raise SandboxUnavailable((built.stderr or built.stdout)[-300:])
        progress("importing it")
        client.api.import_image_from_file(str(file), repository=repository, tag=tag)


def _add_jail(client: Any, base: str, name: str) -> None:
    """The code inside is compiled there, once, by the interpreter that will run it."""
    import docker

    recipe = (
        f'FROM {base}\nCOPY sandbox {INSIDE}\nRUN ["/usr/bin/python3", "-I", "-m", "compileall", "-q", "{INSIDE}"]\n'
    )
    try:
        client.images.build(
            fileobj=_context(recipe), custom_context=True, tag=name, rm=True, forcerm=True, network_mode="none"
        )
    except docker.errors.DockerException as error:
        raise SandboxUnavailable(f"the sandbox's image cannot be built: {str(error)[:300]}") from error


def _context(recipe: str) -> io.BytesIO:
    """A build's folder as a tar file, the same for the same code."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        for path, content in [
            ("Dockerfile", recipe.encode()),
            *((f"sandbox/jail/{file.relative_to(_JAIL)}", file.read_bytes()) for file in _jail_files()),
        ]:
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), 0o644
            tar.addfile(entry, io.BytesIO(content))
    data.seek(0)
    return data


def _jail_files() -> list[Path]:
    return sorted(_JAIL.rglob("*.py"))


def _base_name() -> str:
    return f"{_NAME}-base:{_fingerprint([_IMAGE / name for name in _RECIPE])}"


def _image_name() -> str:
    return f"{_NAME}:{_fingerprint([*_jail_files(), *(_IMAGE / name for name in _RECIPE)])}"


def _fingerprint(files: list[Path]) -> str:
    """Changes with any of the files."""
    seen = hashlib.sha256()
    for file in files:
        seen.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return seen.hexdigest()[:16]


def _has(client: Any, name: str) -> bool:
    return bool(client.images.list(name=name))
