"""What README says is so: its picture is the graph's own, its commands and settings exist."""

import re
import subprocess

import pytest

from core.settings import render_env_example
from graphs.tutor import build_tutor, draw
from tests.house.test_rooms import ROOT

README = (ROOT / "README.md").read_text()
DOCS = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CHANGELOG.md")]


def test_the_picture_is_drawn_from_the_code() -> None:
    found = re.search(r"```mermaid\n(.*?)```", README, re.DOTALL)

    assert found
    assert found[1].strip() == draw(build_tutor()).strip()


def test_every_verb_that_is_named_exists() -> None:
    named = set(re.findall(r"`?make ([a-z]+)`?", README))
    verbs = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert named <= verbs | {"python"}
    assert verbs == set(re.findall(r"make ([a-z]+)", _help()))


def _help() -> str:
    return subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_every_setting_that_is_named_exists() -> None:
    named = set(re.findall(r"`(LEARNFLOW_[A-Z_]+|DATABASE_URL)`", README))
    known = set(re.findall(r"^#([A-Z_]+)=", render_env_example(), re.MULTILINE))

    assert named <= known


def test_every_command_that_is_named_exists() -> None:
    from typer.main import get_command

    from cli.main import app

    named = set(re.findall(r"learnflow ([a-z]+)", README))

    assert named <= set(get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_links_between_documents_hold(path: object) -> None:
    text = path.read_text()  # type: ignore[attr-defined]
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]

    assert [link for link in links if not (ROOT / link).exists()] == []
