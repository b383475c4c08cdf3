"""Every setting is documented where people look, and nothing else reads the environment."""

from pathlib import Path

from core.settings import render_env_example
from tests.house.test_rooms import MODULES, ROOT


def test_the_env_example_is_the_settings_class() -> None:
    assert (ROOT / ".env.example").read_text() == render_env_example()


def test_only_settings_reads_the_environment() -> None:
    readers = {str(p.relative_to(ROOT)) for p in MODULES if "os.environ" in p.read_text() or "getenv" in p.read_text()}

    inside_the_jail = {"sandbox/jail/languages/python.py", "sandbox/probes.py"}
    writes_only = {"evals/quiet_ragas.py"}  # a vendor that listens to nothing else
    assert readers <= {"core/settings.py", *inside_the_jail, *writes_only}


def test_nothing_names_a_machine_or_a_registry() -> None:
    words = ["/wo" + "rk/", "pypi." + "org", "npmjs." + "org", "download." + "pytorch", "deb." + "debian"]
    texts = [
        p for p in ROOT.rglob("*") if p.suffix in {".py", ".md", ".sh", ".toml", ".yaml", ".yml", ".sql", ".txt", ""}
    ]
    kept = [p for p in texts if p.is_file() and not _generated(p.relative_to(ROOT))]

    assert [str(p) for p in kept for word in words if word in p.read_text(errors="ignore")] == []


def _generated(path: Path) -> bool:
    return any(
        part in {".venv", ".git", ".learnflow", ".hypothesis", "build", "node_modules"} or part.endswith("cache")
        for part in path.parts
    )
