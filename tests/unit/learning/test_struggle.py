"""When a teacher is told, and when not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.ports import SkillId
from learning.struggle import Finding, Past, detect, error_name

LOOPS = SkillId("python.for-loops")
START = datetime(2026, 9, 1, tzinfo=UTC)
WRONG = Past(at=START, kind="exercise", item="sum-list", correct=False, error="", hints=0, level=None)
RIGHT = replace(WRONG, correct=True)
HINT = replace(WRONG, kind="hint")

pasts = st.builds(
    Past,
    at=st.just(START),
    kind=st.sampled_from(["exercise", "quiz", "maths", "hint", "run"]),
    item=st.sampled_from(["a", "b"]),
    correct=st.booleans(),
    error=st.sampled_from(["", "NameError: x", "TypeError: y"]),
    hints=st.integers(0, 4),
    level=st.none() | st.floats(0.01, 0.99),
)
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy


def found(*history: Past) -> dict[str, Finding]:
    timed = [replace(past, at=START + timedelta(minutes=n)) for n, past in enumerate(history)]
    return {finding.kind: finding for finding in detect(LOOPS, timed, open_kinds=(), resolved={})}


def test_two_wrong_answers_are_no_struggle() -> None:
    assert found(WRONG, WRONG) == {}


def test_three_wrong_in_a_row_are_told_and_five_are_urgent() -> None:
    assert found(*[WRONG] * 3)["repeated_failure"].severity == "medium"
    assert found(*[WRONG] * 5)["repeated_failure"].severity == "high"


def test_a_short_row_is_not_told_where_what_follows_will_likely_go_well() -> None:
    def told(wrong: int, outlook: float) -> set[str]:
        return set(found(RIGHT, RIGHT, *[WRONG] * (wrong - 1), replace(WRONG, stuck=outlook)))

    assert told(3, 0.5) == told(4, 0.5) == set()
    assert told(3, 0.7) == {"repeated_failure"}
    assert told(5, 0.5) == {"repeated_failure"}


def test_a_fall_is_not_told_where_what_follows_will_likely_go_well() -> None:
    fall = [replace(RIGHT, level=level) for level in (0.7, 0.8, 0.8, 0.6)]

    assert "mastery_falling" in found(*fall, replace(WRONG, level=0.45, stuck=0.58))
    assert found(*fall, replace(WRONG, level=0.45, stuck=0.4)) == {}


def test_a_right_answer_in_between_ends_the_row() -> None:
    assert found(WRONG, WRONG, RIGHT, WRONG) == {}


def test_nothing_is_told_right_after_a_success() -> None:
    assert found(*[WRONG] * 6, RIGHT) == {}


def test_the_same_error_three_times_is_named() -> None:
    errors = [replace(WRONG, kind="run", error=f"NameError: name '{name}' is not defined") for name in "abc"]

    finding = found(*errors)["same_error"]

    assert finding.evidence["error"] == "NameError"
    assert "NameError" in finding.reason


def test_without_a_skill_only_the_same_error_tells_anything() -> None:
    errors = [replace(WRONG, at=START + timedelta(minutes=n), error="NameError: x") for n in range(4)]

    (finding,) = detect(None, errors, open_kinds=(), resolved={})

    assert finding.kind == "same_error"
    assert "programs of their own" in finding.reason


def test_three_different_errors_are_not_the_same_mistake() -> None:
    errors = [replace(WRONG, kind="run", error=f"{name}: oh") for name in ("NameError", "TypeError", "KeyError")]

    assert "same_error" not in found(*errors)


def test_three_hints_without_a_right_answer_are_told() -> None:
    assert "hints_without_progress" in found(HINT, WRONG, HINT, HINT)
    assert "hints_without_progress" not in found(HINT, HINT, HINT)  # may be reading on
    assert "hints_without_progress" in found(*[HINT] * 5)
    assert "hints_without_progress" not in found(HINT, HINT, WRONG)


def test_mastery_that_was_there_and_falls_is_told() -> None:
    falling = [replace(WRONG, level=level) for level in (0.8, 0.7, 0.6, 0.5, 0.45)]
    never_there = [replace(WRONG, level=level) for level in (0.6, 0.5, 0.4, 0.3, 0.2)]

    assert "mastery_falling" in found(*falling)
    assert "mastery_falling" not in found(*never_there)


def test_what_is_open_is_not_told_again() -> None:
    assert detect(LOOPS, [WRONG] * 5, open_kinds={"repeated_failure"}, resolved={}) == []


def test_after_it_was_resolved_only_new_failures_count() -> None:
    history = [replace(WRONG, at=START + timedelta(minutes=n)) for n in range(5)]

    assert detect(LOOPS, history, open_kinds=(), resolved={"repeated_failure": START + timedelta(minutes=2)}) == []
    assert detect(LOOPS, history, open_kinds=(), resolved={"repeated_failure": START + timedelta(minutes=1)}) != []


@patient
@given(st.lists(pasts, max_size=12))
def test_a_kind_is_found_at_most_once_with_words_and_small_facts(history: list[Past]) -> None:
    findings = detect(LOOPS, history, open_kinds=(), resolved={})

    assert len({finding.kind for finding in findings}) == len(findings)
    for finding in findings:
        assert "for loops" in finding.reason
        assert finding.reason.endswith((".", "!"))
        assert finding.advice
        assert len(str(finding.evidence)) < 500


def test_an_exception_is_known_by_its_name_and_a_misconception_by_its_words() -> None:
    assert error_name("ZeroDivisionError: division by zero") == "ZeroDivisionError"
    assert error_name("json.decoder.JSONDecodeError: x") == "json.decoder.JSONDecodeError"
    assert error_name("Exception: my secret") == "Exception"
    assert error_name("off by one\nmore") == "off by one"
