"""What came of recommendations, and where others went on: shrunk while thin, silent on small groups."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ports import SkillId, TopicId
from learning.effectiveness import GROUP_MIN, Effectiveness, PeerStep, Sum, expected_gain, helped

LOOPS, LISTS = TopicId("loops"), TopicId("lists")


def test_without_data_everything_is_worth_what_it_is() -> None:
    assert Effectiveness().ratio("exercise", LOOPS) == 1
    assert Effectiveness().bonus("exercise", LOOPS) == 0


def test_what_gained_more_than_expected_rises_and_what_gained_nothing_falls() -> None:
    seen = Effectiveness(
        sums={
            ("exercise", LOOPS): Sum(shown=90, taken=60, gained=8.0, expected=4.0),
            ("lesson", LOOPS): Sum(shown=90, taken=60, gained=0.0, expected=4.0),
        }
    )

    assert seen.bonus("exercise", LOOPS) > seen.bonus("exercise", LISTS) > 0
    assert seen.bonus("lesson", LOOPS) < seen.bonus("lesson", LISTS) < 0


def test_one_lucky_student_hardly_moves_anything() -> None:
    once = Effectiveness(sums={("quiz", LOOPS): Sum(shown=1, taken=1, gained=0.2, expected=0.04)})

    assert 0 < once.bonus("quiz", LOOPS) < 0.1


@given(st.floats(-50, 50), st.floats(0, 50))
def test_a_bonus_never_overrules_a_gap(gained: float, expected: float) -> None:
    seen = Effectiveness(sums={("quiz", LOOPS): Sum(shown=9, taken=9, gained=gained, expected=expected)})

    assert -0.3 <= seen.bonus("quiz", LOOPS) <= 0.3


def test_less_is_expected_where_less_is_missing() -> None:
    assert expected_gain("exercise", 0.2) > expected_gain("exercise", 0.8) > 0
    assert helped(0.05, 0.1)
    assert not helped(0.01, 0.1)


def step(struggled: int, went: int, recovered: int, usual: float = 0.4) -> PeerStep:
    return PeerStep(
        skill=SkillId("a"), next=SkillId("b"), struggled=struggled, went=went, recovered=recovered, usual=usual
    )


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (step(60, 40, 34), True),
        (step(60, GROUP_MIN - 1, GROUP_MIN - 1), False),  # too few went there
        (step(45, 40, 34), False),  # the few who did not could be told apart
        (step(60, 40, 16), False),  # no better than usual
        (step(60, 12, 5), False),  # hardly better
    ],
)
def test_others_ways_are_told_only_of_groups_and_only_when_they_helped(found: PeerStep, told: bool) -> None:
    assert found.worth_telling == told


def test_what_is_said_of_others_is_honest_about_how_many() -> None:
    assert step(60, 40, 34).told("Loops", "Lists") == (
        "of 60 students who struggled with Loops, 40 went on with Lists, and 85% of them then had it, against 40% of all"
    )
