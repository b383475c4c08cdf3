"""The plans file: what it says, and that a mistake in it is told by its place."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from accounts.plans import Catalog, read_catalog
from core.errors import Invalid
from core.settings import AccountSettings

NOON = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
SMALL = """
grace_days = 3
[free]
title = "free plan"
features = ["tutor"]
model_class = "offline"
limits = { turns = 5 }
"""


def catalog(text: str, folder: Path, *, payments: bool = True, turns: int | None = None) -> Catalog:
    file = folder / "plans.toml"
    file.write_text(text)
    return read_catalog(AccountSettings(free_turns_per_day=turns), payments=payments, file=file)


@pytest.fixture
def shipped() -> Catalog:
    return read_catalog(AccountSettings(), payments=True)


def test_the_shipped_plans_rise_from_the_free_one(shipped: Catalog) -> None:
    assert [*shipped.plans] == ["free", "plus", "school"]
    assert shipped.rank("gone") < shipped.rank("free") < shipped.rank("plus") < shipped.rank("school")
    assert shipped.with_seats == ["school"]


def test_an_offline_plan_has_no_tokens_whatever_its_limits(shipped: Catalog) -> None:
    allowance = shipped.free.allowance("model_tokens", used=0, now=NOON)

    assert (allowance.allowed, allowance.limit) == (False, 0)


def test_where_nothing_can_be_bought_the_free_plan_has_the_model_and_no_limit_on_turns() -> None:
    free = read_catalog(AccountSettings(), payments=False).free

    assert (free.model_class, free.limit("turns"), free.limit("model_tokens")) == ("standard", None, None)
    assert free.allowance("turns", used=10**9, now=NOON).allowed


@pytest.mark.parametrize("payments", [True, False])
def test_the_setting_stands_in_for_the_files_turns(tmp_path: Path, payments: bool) -> None:
    assert catalog(SMALL, tmp_path, payments=payments, turns=7).free.limit("turns") == 7


def test_what_was_bought_beside_the_plan_is_told(shipped: Catalog) -> None:
    allowance = shipped.free.allowance("turns", used=50, now=NOON, extra=8)

    assert allowance.allowed
    assert allowance.message == "0 of 50 questions to the tutor left today, and 8 more that were bought."


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "free"),
        ("[free", "TOML"),
        (SMALL.replace("title", "titel"), "title"),
        (SMALL.replace('"offline"', '"best"'), "model_class"),
        (SMALL.replace("turns = 5", 'turns = "many"'), "limits.turns"),
        (SMALL.replace("turns = 5", "lessons = 5"), "limits.lessons"),
        (SMALL + '[packs.p]\ntitle = "p"\nmeter = "model_tokens"\nunits = 1\nprice = { amount = 1, currency = "eur" }', "meter"),
        (SMALL + '[plus]\ntitle = "p"\nfeatures = []\nmodel_class = "standard"\nlimits = {}\nprices = { week = 3 }', "prices"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_by_its_place(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(Invalid, match=place):
        catalog(text, tmp_path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"none\.toml"):
        read_catalog(AccountSettings(), payments=True, file=tmp_path / "none.toml")
