"""What is said of a run was seen in it: steps are given here as the sandbox notes them."""

from dataclasses import replace

from core.ports import RunResult, Step, Trace
from tools.follow_run import follow_run, tell_history

RUN = RunResult(
    status="ok",
    stdout="",
    stderr="",
    raised=None,
    wall_s=0.0,
    cpu_s=0.0,
    memory_bytes_peak=0,
    exit_code=0,
    level="test",
)


def trace(*steps: tuple[int, dict[str, str]], complete: bool = True) -> Trace:
    told = tuple(Step(line=line, function="<module>", depth=0, changed=changed) for line, changed in steps)
    return Trace(steps=told, complete=complete, run=RUN)


BIGGEST = "xs = [-5, -3]\nbest = 0\nfor x in xs:\n    if x > best:\n        best = x\nprint(best)\n"
BIGGEST_RUN = trace(
    (1, {"xs": "[-5, -3]"}), (2, {"best": "0"}), (3, {"x": "-5"}), (4, {}), (3, {"x": "-3"}), (4, {}), (3, {}), (6, {})
)  # fmt: skip


def test_a_question_that_never_got_a_yes_is_told_with_its_values() -> None:
    (slip,) = follow_run(BIGGEST_RUN, BIGGEST)

    assert (slip.name, slip.line) == ("never-held", 4)
    assert "asked 2 times" in slip.what
    assert "`x` = -5, `best` = 0; then `x` = -3" in slip.what


def test_a_run_that_was_not_seen_to_its_end_says_never_of_nothing() -> None:
    assert follow_run(replace(BIGGEST_RUN, complete=False), BIGGEST) == []


def test_a_question_that_was_answered_with_yes_once_is_no_suspect() -> None:
    ran = trace(
        (1, {"xs": "[5, -3]"}),
        (2, {"best": "0"}),
        (3, {"x": "5"}),
        (4, {}),
        (5, {"best": "5"}),
        (3, {"x": "-3"}),
        (4, {}),
        (3, {}),
        (6, {}),
    )

    assert follow_run(ran, BIGGEST) == []


def test_a_line_break_at_the_end_of_a_text_is_what_keeps_two_texts_apart() -> None:
    code = "wanted = 'dog'\nfor line in lines:\n    if line == wanted:\n        print('found')\n"

    (slip,) = follow_run(trace((1, {"wanted": "'dog'"}), (2, {"line": "'dog\\n'"}), (3, {}), (2, {})), code)

    assert (slip.name, slip.line) == ("nearly-equal", 3)
    assert "a line break (`\\n`)" in slip.what


def test_two_texts_that_were_equal_in_another_round_are_no_suspects() -> None:
    code = "wanted = 'dog'\nfor line in lines:\n    if line == wanted:\n        print('found')\n"
    ran = trace(
        (1, {"wanted": "'dog'"}), (2, {"line": "'Dog'"}), (3, {}), (2, {"line": "'dog'"}), (3, {}), (4, {}), (2, {})
    )

    assert follow_run(ran, code) == []


def test_a_bound_that_is_stepped_over_is_told_with_the_values_on_both_sides() -> None:
    code = "x = 9\nwhile x != 10:\n    x = x + 2\n"
    ran = trace((1, {"x": "9"}), (2, {}), (3, {"x": "11"}), (2, {}), (3, {"x": "13"}), (2, {}), complete=False)

    (slip,) = follow_run(ran, code)

    assert (slip.name, slip.line) == ("gone-past", 2)
    assert "`x` was 9 and in the next round 11" in slip.what


def test_the_printed_value_is_followed_back_through_its_loop() -> None:
    code = "total = 0\nfor i in range(1, 4):\n    total += i\nprint(total)\n"
    ran = trace(
        (1, {"total": "0"}), (2, {"i": "1"}), (3, {"total": "1"}), (2, {"i": "2"}), (3, {"total": "3"}), (2, {"i": "3"}), (3, {"total": "6"}), (2, {}), (4, {})
    )  # fmt: skip

    history = tell_history(ran, code)

    assert history is not None
    assert "line 1 gave it 0; line 3 gave it 1, 3, 6" in history.told
    assert "`i` was 1, 2, 3" in history.told


def test_the_last_line_of_the_function_whose_result_is_printed_is_told() -> None:
    code = "def f(a, b):\n    if a > b:\n        return b\n    return a\n\nprint(f(3, 8))\n"
    steps = (
        Step(line=1, function="<module>", depth=0, changed={"f": "<function f>"}),
        Step(line=6, function="<module>", depth=0, changed={}),
        Step(line=2, function="f", depth=1, changed={"a": "3", "b": "8"}),
        Step(line=4, function="f", depth=1, changed={}),
    )

    history = tell_history(Trace(steps=steps, complete=True, run=RUN), code)

    assert history is not None
    assert history.told.endswith("The last line that ran in `f` was line 4, and there `a` = 3.")


def test_a_program_that_does_not_parse_is_no_trouble() -> None:
    assert follow_run(trace(), "for") == []
    assert tell_history(trace(), "for") is None
