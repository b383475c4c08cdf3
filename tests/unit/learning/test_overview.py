"""What the first page of a student and the course's dashboard say."""

from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree

import pytest

from core.ports import Mastery, Progress, SkillId
from learning.bars import bars
from learning.confusion import ItemSums, PassageSums, confusing_items, confusing_passages
from learning.overview import DAYS, Day, draw_up, trend_of, whole_days
from learning.streaks import streak

TODAY = date(2026, 9, 1)
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)


def skill(name: str, level: float, *, enough: bool = True) -> Mastery:
    return Mastery(skill=SkillId(name), level=level, low=level, high=level, attempts=9, enough=enough)


def test_days_without_answers_are_there_too() -> None:
    found = whole_days([Day(day=TODAY - timedelta(days=3), answers=4, right=2)], TODAY)

    assert len(found) == DAYS
    assert (found[0].day, found[-1].day) == (TODAY - timedelta(days=DAYS - 1), TODAY)
    assert [day.answers for day in found[-5:]] == [0, 4, 0, 0, 0]


def test_a_trend_needs_answers_in_both_halves() -> None:
    early, late = TODAY - timedelta(days=20), TODAY
    better = whole_days([Day(day=early, answers=10, right=4), Day(day=late, answers=10, right=8)], TODAY)
    thin = whole_days([Day(day=early, answers=4, right=4), Day(day=late, answers=10, right=8)], TODAY)

    assert trend_of(better) == pytest.approx(0.4)
    assert trend_of(thin) is None


def test_an_overview_names_the_weakest_it_is_sure_of_and_counts_the_mastered() -> None:
    progress = Progress(
        attempts=9, solved=4, streak_days=1, recent=(),
        skills=(skill("a", 0.9), skill("b", 0.3), skill("c", 0.1, enough=False)),
    )  # fmt: skip

    found = draw_up(
        progress=progress, days=[Day(day=TODAY, answers=3, right=2)], streak=streak([NOW], NOW), next_=(), reviews=(), alerts=(), now=NOW
    )  # fmt: skip

    assert [one.skill for one in found.weakest] == ["b"]
    assert (found.mastered, found.skills, found.today.answers) == (1, 3, 3)
    assert found.alt == "In the last 28 days 3 answers on 1 days, 67% of them right."


def item(name: str, *, firsts: int, right: int, hints: int = 0) -> ItemSums:
    return ItemSums(
        item=name,
        kind="quiz",
        answers=firsts,
        right=right,
        firsts=firsts,
        firsts_right=right,
        hints=hints,
        failed_runs=0,
    )


def test_an_item_far_from_what_is_usual_comes_first_and_says_why() -> None:
    sums = [item(f"plain-{n}", firsts=40, right=30) for n in range(8)]

    found = confusing_items([*sums, item("unclear", firsts=40, right=6, hints=30), item("two", firsts=2, right=0)])

    assert (found[0].name, len(found[0].signs)) == ("unclear", 2)
    assert "first answers wrong" in found[0].signs[0]
    assert not any(one.signs for one in found[1:])
    assert (found[-1].name, found[-1].enough) == ("two", False)


def test_a_passage_confuses_whom_it_sends_back_again_and_again() -> None:
    def passage(name: str, again: int, down: int) -> PassageSums:
        return PassageSums(
            passage=name, topic="t", title=name, turns=60, askers=30, again=again, down=down, up=20 - down
        )

    found = confusing_passages([passage("clear", 1, 2), passage("clear too", 1, 2), passage("riddle", 14, 15)])

    assert found[0].name == "riddle"
    assert len(found[0].signs) == 2
    assert confusing_items([]) == confusing_passages([]) == []


def test_bars_are_sound_xml_whatever_the_names_hold() -> None:
    root = ElementTree.fromstring(
        bars("<T>", "words & more", [("a<b>\x00" * 20, 3.0, 1.0, "1 of 3"), ("b", 0.0, 0.0, "")])
    )

    assert root.find("{http://www.w3.org/2000/svg}desc").text == "words & more"  # type: ignore[union-attr]
    ElementTree.fromstring(bars("none", "none", []))
