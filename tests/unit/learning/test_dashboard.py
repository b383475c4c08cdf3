"""What a class's dashboard makes of numbers, and how it draws them."""

from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ports import StudentId, TopicId
from learning.dashboard import Cell, Dashboard, class_time
from learning.items import First, Wrong, analyse
from learning.pictures import alternative, heat_map
from learning.worktime import TimeOnTask

AT = datetime(2026, 9, 1, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"


def firsts(table: dict[str, str]) -> list[First]:
    """`{"ada": "101"}`: Ada was right at items 0 and 2."""
    return [
        First(student=StudentId(who), item=str(n), correct=mark == "1")
        for who, marks in table.items()
        for n, mark in enumerate(marks)
        if mark != " "
    ]


def test_an_item_that_only_the_able_solve_discriminates_and_one_that_only_the_weak_solve_does_so_backwards() -> None:
    found = {
        one.item: one for one in analyse(firsts({"a": "1110", "b": "1110", "c": "1110", "d": "0001", "e": "0001"}), {})
    }

    assert found["0"].discrimination == pytest.approx(1)
    assert found["3"].discrimination == pytest.approx(-1)
    assert found["0"].solved == 0.6


def test_too_few_students_or_all_alike_tell_nothing_of_discrimination() -> None:
    few = analyse(firsts({"a": "10", "b": "01", "c": "11", "d": "00"}), {})
    alike = analyse(firsts(dict.fromkeys("abcdef", "11")), {})

    assert {one.discrimination for one in [*few, *alike]} == {None}


def test_the_hardest_item_comes_first_with_its_wrong_answers() -> None:
    found = analyse(firsts({"a": "10", "b": "10"}), {"1": [Wrong(answer="7", students=2)]})

    assert [(one.item, one.solved, one.wrong) for one in found] == [
        ("1", 0.0, (Wrong(answer="7", students=2),)),
        ("0", 1.0, ()),
    ]


@given(
    st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.text("01 ", min_size=1, max_size=6), max_size=12)
)
def test_item_figures_stay_in_their_bounds_and_count_every_first_answer(table: dict[str, str]) -> None:
    answers = firsts(table)

    found = analyse(answers, {})

    assert sum(one.students for one in found) == len(answers)
    assert sum(round(one.solved * one.students) for one in found) == sum(first.correct for first in answers)
    assert all(one.discrimination is None or -1 <= one.discrimination <= 1 for one in found)


def dashboard(name: str, *cells: tuple[str, str, float, bool]) -> Dashboard:
    return Dashboard(
        id="a", name=name, at=AT, students=((StudentId("s"), name), (StudentId("t"), "Tom")),
        topics=((TopicId("loops"), "Loops"), (TopicId("lists"), name)),
        cells=tuple(
            Cell(student=StudentId(who), topic=TopicId(topic), level=level, attempts=3, enough=enough)
            for who, topic, level, enough in cells
        ),
        needs=(), items=(), time=class_time([]),
    )  # fmt: skip


def test_a_level_is_written_as_a_number_thin_data_in_brackets_and_what_was_not_tried_stays_empty() -> None:
    picture = ElementTree.fromstring(heat_map(dashboard("7b", ("s", "loops", 0.254, True), ("t", "loops", 1.0, False))))

    words = [found.text for found in picture.iter(f"{SVG}text")]
    assert words == ["Loops", "7b", "7b", "25", "Tom", "(100)"]


def test_the_alternative_names_the_lowest_topics_and_who_has_most_of_them() -> None:
    told = alternative(dashboard("7b", ("s", "loops", 0.2, True), ("t", "loops", 0.4, True), ("t", "lists", 0.1, True)))

    assert told == (
        "Heat map of 7b: 2 students by 2 topics. Lowest on average: 7b 10%, Loops 30%. Most topics below 40%: 7b (1), Tom (1)."
    )


@given(st.text(max_size=60), st.floats(0, 1))
def test_no_name_breaks_out_of_the_picture(name: str, level: float) -> None:
    picture = ElementTree.fromstring(heat_map(dashboard(name, ("s", "loops", level, True))))

    assert {found.tag.removeprefix(SVG) for found in picture.iter()} == {"svg", "title", "desc", "rect", "text"}
    assert picture.get("role") == "img"


def test_a_class_has_its_time_in_sum_and_the_middle_of_those_who_worked() -> None:
    found = class_time([TimeOnTask(week=10, before=5), TimeOnTask(week=30, before=5), TimeOnTask()])

    assert (found.active, found.median) == (2, 20)
    assert (found.all.week, found.all.before, found.all.trend) == (40, 10, 3)
    assert (class_time([]).active, class_time([]).all.trend) == (0, None)
