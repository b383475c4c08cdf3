"""What the learner model promises."""

import math
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.ports import SkillId
from learning import mastery
from learning.mastery import State

NOW = datetime(2026, 9, 1, tzinfo=UTC)
answers = st.lists(st.tuples(st.booleans(), st.floats(0, 1), st.integers(0, 5)), max_size=80)
grades = st.sampled_from([None, 1, 2, 3])
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy


def fresh(skills: int = 1, grade: int | None = None) -> State:
    return State(
        ability=mastery.no_ability(),
        skills=tuple(mastery.no_skill(SkillId(f"s{n}")) for n in range(skills)),
        difficulty=mastery.no_difficulty(grade),
    )


def answered(state: State, correct: bool, score: float | None = None, hints: int = 0, repeated: bool = False) -> State:
    reached = float(correct) if score is None else score
    return mastery.observe(state, correct=correct, score=reached, hints=hints, at=NOW, repeated=repeated)


def level(state: State) -> float:
    return mastery.summarise(state.ability, state.skills[0]).level


@patient
@given(answers, grades)
def test_a_level_lies_between_0_and_1_inside_its_interval(
    given_answers: list[tuple[bool, float, int]], grade: int | None
) -> None:
    state = fresh(grade=grade)

    for correct, score, hints in given_answers:
        state = answered(state, correct, score, hints)

    found = mastery.summarise(state.ability, state.skills[0])
    assert 0 < found.low <= found.level <= found.high < 1
    assert found.attempts == len(given_answers)
    assert 0 < mastery.predict(state) < 1
    assert all(
        math.isfinite(value) for value in (state.difficulty.mean, state.difficulty.variance, state.ability.variance)
    )


@patient
@given(answers, st.integers(0, 5), st.integers(1, 3))
def test_a_right_answer_never_lowers_and_a_plain_wrong_one_never_raises(
    before: list[tuple[bool, float, int]], hints: int, skills: int
) -> None:
    state = fresh(skills)
    for correct, score, taken in before:
        state = answered(state, correct, score, taken)

    assert level(answered(state, True, hints=hints)) >= level(state)
    assert level(answered(state, False, score=0.0)) <= level(state)


@patient
@given(st.lists(st.booleans(), max_size=20), st.randoms())
def test_counts_do_not_depend_on_order(outcomes: list[bool], shuffler) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(outcomes)
    shuffler.shuffle(shuffled)

    one, other = fresh(), fresh()
    for a, b in zip(outcomes, shuffled, strict=True):
        one, other = answered(one, a), answered(other, b)

    assert (one.skills[0].attempts, one.skills[0].correct) == (other.skills[0].attempts, other.skills[0].correct)


@patient
@given(answers)
def test_forgetting_lowers_and_never_makes_surer(given_answers: list[tuple[bool, float, int]]) -> None:
    state = answered(fresh(), True)
    for correct, score, hints in given_answers:
        state = answered(state, correct, score, hints)

    soon = mastery.forget(state.skills[0], NOW + timedelta(days=10))
    late = mastery.forget(state.skills[0], NOW + timedelta(days=100))

    assert state.skills[0].deviation.mean > soon.deviation.mean > late.deviation.mean
    assert state.skills[0].deviation.variance <= soon.deviation.variance <= late.deviation.variance


def test_what_was_practised_more_is_kept_longer() -> None:
    once, often = answered(fresh(), True), fresh()
    for _ in range(10):
        often = answered(often, True)

    lost = [
        state.skills[0].deviation.mean - mastery.forget(state.skills[0], NOW + timedelta(days=30)).deviation.mean
        for state in (once, often)
    ]

    assert lost[1] < lost[0]


def test_a_clock_that_goes_back_forgets_nothing() -> None:
    state = answered(fresh(), True).skills[0]

    assert mastery.forget(state, NOW - timedelta(days=3)) == state


def test_a_right_answer_counts_for_less_after_each_hint() -> None:
    gains = [level(answered(fresh(), True, hints=hints)) for hints in range(4)]

    assert gains == sorted(gains, reverse=True)
    assert len(set(gains)) == 4


def test_one_more_try_at_the_same_item_says_less_than_one_at_another() -> None:
    start = level(fresh())

    assert start < level(answered(fresh(), True, repeated=True)) < level(answered(fresh(), True))
    assert start > level(answered(fresh(), False, repeated=True)) > level(answered(fresh(), False))


def test_nearly_right_costs_less_than_all_wrong() -> None:
    assert level(answered(fresh(), False, score=0.9)) > level(answered(fresh(), False, score=0.0))


def test_a_hard_item_solved_says_more_than_an_easy_one() -> None:
    assert level(answered(fresh(grade=3), True)) > level(answered(fresh(grade=1), True))


def test_thin_data_is_not_enough_and_consistent_answers_become_so() -> None:
    state = fresh()
    enough = []
    for _ in range(12):
        state = answered(state, True)
        enough.append(mastery.summarise(state.ability, state.skills[0]).enough)

    assert enough[:2] == [False, False]
    assert enough[-1]


def test_an_interval_narrows_as_answers_come_in() -> None:
    state = fresh()
    before = mastery.summarise(state.ability, state.skills[0])
    for n in range(20):
        state = answered(state, n % 2 == 0)
    after = mastery.summarise(state.ability, state.skills[0])

    assert after.high - after.low < before.high - before.low


@pytest.mark.parametrize(("count", "words"), [(0, "first guess"), (1, "Too few"), (12, "put you at")])
def test_a_level_explains_itself_in_one_sentence(count: int, words: str) -> None:
    state = fresh()
    for _ in range(count):
        state = answered(state, True)

    sentence = mastery.explain(mastery.summarise(state.ability, state.skills[0]))

    assert words in sentence
    assert sentence.endswith(".")
    assert sentence.count(". ") == 0


def test_an_update_takes_less_than_a_millisecond() -> None:
    state = fresh(3)
    begun = time.process_time()
    for n in range(1000):
        state = answered(state, n % 3 > 0)

    assert time.process_time() - begun < 1.0
