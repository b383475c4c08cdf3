"""Time on task: no moment twice, days as the clocks of a place make them, whatever arrives in whatever order."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.ports import SkillId, Topic, TopicId
from learning.worktime import GAP, LEAST, LONGEST, Mark, Places, mark, time_on_task, together, worked

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
LOOPS, SETS = TopicId("python.loops"), TopicId("maths.sets")


def done(minute: float, took: float = 1.0, topic: TopicId | None = LOOPS, start: datetime = START) -> Mark:
    ended = start + timedelta(minutes=minute)
    subject = None if topic is None else "maths" if topic is SETS else "python"
    return Mark(began=ended - timedelta(minutes=took), ended=ended, topic=topic, subject=subject)  # type: ignore[arg-type]


def make_topic(name: str, skills: tuple[str, ...]) -> Topic:
    return Topic(
        id=TopicId(name), module="m", module_title="M", subject="python", title=name, summary="", objectives=(),
        skills=tuple(map(SkillId, skills)), prerequisites=(), examples=(), pitfalls=(), quiz=(), exercises=(), order=1,
    )  # fmt: skip


def minutes(*marks: Mark, zone: str = "UTC") -> float:
    return sum(one.minutes for one in worked(marks, zone))


def test_a_sitting_lasts_from_its_first_mark_to_its_last() -> None:
    assert minutes(done(1), done(8), done(15)) == pytest.approx(15)


def test_a_long_pause_is_no_work() -> None:
    assert minutes(done(1), done(1 + 11.5)) == pytest.approx(2)
    assert minutes(done(1), done(1 + 10.5)) == pytest.approx(11.5)


def test_what_overlaps_counts_once() -> None:
    assert minutes(done(30, 30), done(21), done(22, 5, SETS)) == pytest.approx(30)


def test_what_lies_before_belongs_to_what_it_led_to() -> None:
    found = {one.topic: one.minutes for one in worked([done(1), done(7, 1, SETS)])}

    assert found == {LOOPS: pytest.approx(1), SETS: pytest.approx(6)}


def test_a_question_of_no_topic_belongs_to_what_was_done_around_it() -> None:
    around = worked([done(1, topic=None), done(4), done(9, topic=None)])
    alone = worked([done(1, topic=None), done(40)])

    assert {one.topic for one in around} == {LOOPS}
    assert {one.topic for one in alone} == {None, LOOPS}


def test_a_page_left_open_overnight_is_not_believed_and_no_answer_takes_no_time() -> None:
    places = Places([])

    assert mark(START, 40_000.0, ["x"], places).began == START - LONGEST
    assert mark(START, None, ["x"], places).began == START - LEAST
    assert mark(START, 5.0, ["x"], places).began == START - timedelta(seconds=5)


def test_an_item_is_placed_by_itself_before_its_skills() -> None:
    topics = [make_topic("python.loops", skills=("loops",)), make_topic("python.lists", skills=("loops", "lists"))]
    places = Places(topics)

    assert places.find(["python.lists", "loops"])[0] == "python.lists"
    assert places.find(["unknown", "loops"])[0] == "python.loops"
    assert places.find([None, "unknown"]) == (None, None)


def test_midnight_is_where_the_student_lives() -> None:
    late = datetime(2026, 3, 2, 22, 50, tzinfo=UTC)  # ten to midnight in Berlin

    found = worked([done(0, 5, start=late), done(15, 10, start=late)], "Europe/Berlin")

    assert [(one.day, one.minutes) for one in found] == [
        (date(2026, 3, 2), pytest.approx(15)),
        (date(2026, 3, 3), pytest.approx(5)),
    ]


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)])
def test_a_day_is_as_long_as_its_clocks_make_it(day: date, hours: int) -> None:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=12)
    marks = [done(5.0 * n, 5.0, start=start) for n in range(12 * 48)]

    found = {one.day: one.minutes for one in worked(marks, "Europe/Berlin")}

    assert found[day] == pytest.approx(60 * hours)


def test_a_place_that_is_none_is_refused() -> None:
    with pytest.raises(Invalid):
        worked([done(1)], "Moon/Base")


def test_weeks_are_told_with_how_they_compare() -> None:
    today = START.date()
    marks = [done(30, 30), done(30 - 3 * 1440, 20, SETS), done(30 - 8 * 1440, 25)]

    found = time_on_task(worked(marks), today)

    assert (found.today, found.week, found.before) == (pytest.approx(30), pytest.approx(50), pytest.approx(25))
    assert found.trend == pytest.approx(1.0)
    assert [one.topic for one in found.topics] == [LOOPS, SETS]
    assert time_on_task((), today).trend is None
    assert together([found, found]).week == pytest.approx(100)


marks = st.lists(
    st.builds(
        done,
        st.floats(0, 4000, allow_nan=False),
        st.floats(0.05, 30, allow_nan=False),
        st.sampled_from([LOOPS, SETS, None]),
    ),
    max_size=25,
)


@given(marks, st.randoms(use_true_random=False), st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu"]))
def test_order_and_repetition_change_nothing(found: list[Mark], chance: random.Random, zone: str) -> None:
    again = [*found, *chance.sample(found, len(found) // 2)]
    chance.shuffle(again)

    assert worked(again, zone) == worked(found, zone)


@given(marks, st.data())
def test_more_evidence_is_never_less_time_and_days_add_up(found: list[Mark], data: st.DataObject) -> None:
    some = data.draw(st.lists(st.sampled_from(found), unique=True)) if found else []
    whole = minutes(*found)

    assert minutes(*some) <= whole + 1e-6
    assert minutes(*found, zone="Asia/Kathmandu") == pytest.approx(whole)
    if found:
        latest, first = max(one.ended for one in found), min(one.began for one in found)
        assert whole <= (latest - first).total_seconds() / 60 + 1e-6
        least = sum((one.ended - one.began).total_seconds() for one in found) / 60
        assert whole <= least + len(found) * GAP.total_seconds() / 60 + 1e-6
