"""Datasets: what is of the right form is read, what is not is told with its line."""

import gzip
from pathlib import Path

import pytest

from core.errors import Invalid
from evals.datasets import (
    AnswerRow,
    BugRow,
    Files,
    MathsRow,
    ProblemRow,
    SyntaxRow,
    TriageRow,
    read_cases,
    read_qrels,
    read_rows,
)
from evals.product import exercise_of
from evals.suites import SUITES
from evals.task import TASKS, find_task
from evals.tasks import repair
from tests.unit.evals.lines import write


def test_each_fault_is_told_with_its_line(tmp_path: Path) -> None:
    file = write(
        tmp_path / "m.jsonl",
        '{"student": "1", "equal": 1}',
        "{not json",
        '{"student": "1", "equal": 7}',
        '{"equal": 1}',
    )

    with pytest.raises(Invalid) as refused:
        read_rows(file, MathsRow)

    assert f"{file}:2: not JSON" in refused.value.message
    assert f"{file}:3: equal" in refused.value.message
    assert f"{file}:4: student" in refused.value.message


def test_a_separator_inside_a_string_does_not_shift_the_lines(tmp_path: Path) -> None:
    file = write(tmp_path / "t.jsonl", '{"text": "a\u2028b\u0085c", "intent": "i"}', "{")

    with pytest.raises(Invalid, match=r"t\.jsonl:2"):
        read_rows(file, TriageRow)


def test_packed_files_and_csv_are_read(tmp_path: Path) -> None:
    file = tmp_path / "log.csv.gz"
    file.write_bytes(gzip.compress(b"user_id,item_id,skill_id,correct\nu,i,s,1\n"))

    rows = read_rows(file, AnswerRow)

    assert [(row.user_id, row.correct) for row in rows] == [("u", 1)]


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"\xff\xfe", b"\x1f\x8b broken"])
def test_a_file_that_holds_nothing_readable_is_refused(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / ("x.jsonl.gz" if raw.startswith(b"\x1f") else "x.jsonl")
    file.write_bytes(raw)

    with pytest.raises(Invalid, match=r"x\.jsonl"):
        read_rows(file, TriageRow)


def test_an_id_used_twice_is_refused(tmp_path: Path) -> None:
    file = write(
        tmp_path / "t.jsonl", '{"id": "a", "text": "x", "intent": "i"}', '{"id": "a", "text": "y", "intent": "i"}'
    )

    with pytest.raises(Invalid, match="used twice"):
        read_cases(file, TriageRow)


def test_rows_without_an_id_are_named_by_their_place(tmp_path: Path) -> None:
    file = write(tmp_path / "s.jsonl", '{"code": "x ="}', '{"buggy": "y ="}')

    assert [(case.id, case.row.code) for case in read_cases(file, SyntaxRow)] == [
        ("row-1", "x ="),
        ("row-2", "y ="),
    ]


def test_judgements_of_zero_are_none_and_a_torn_line_is_told(tmp_path: Path) -> None:
    good = write(tmp_path / "q.tsv", "query-id\tcorpus-id\tscore", "q\td1\t1", "q\td2\t0")
    torn = write(tmp_path / "torn.tsv", "query-id\tcorpus-id\tscore", "q d1 1")

    assert read_qrels(good) == {"q": frozenset({"d1"})}
    with pytest.raises(Invalid, match=r"torn\.tsv:2"):
        read_qrels(torn)


def test_a_program_without_its_problem_is_refused(tmp_path: Path) -> None:
    data = write(tmp_path / "items.jsonl", '{"id": "i", "problem": "gone", "buggy": "x = 1"}')
    problems = write(tmp_path / "problems.jsonl", '{"problem": "p", "tests": [{"call": "f()", "expect": "1"}]}')

    with pytest.raises(Invalid, match="gone"):
        repair.read(Files(data=data, problems=problems))
    with pytest.raises(Invalid, match="--problems"):
        repair.read(Files(data=data))


@pytest.mark.parametrize(
    ("mode", "test", "expected"),
    [
        ("call", {"call": "f(1)", "expect": "2"}, ("call", "f(1)", "2", "")),
        (
            "assert",
            {"assertion": "assert f(1) == 2\nassert f(2)"},
            ("call", "all([bool(f(1) == 2), bool(f(2))])", "True", ""),
        ),
        ("stdin", {"stdin": "1\n", "stdout": "2\n"}, ("stdin", "", "2\n", "1\n")),
    ],
)
def test_tests_of_every_mode_become_the_products_own(
    mode: str, test: dict[str, str], expected: tuple[str, ...]
) -> None:
    problem = ProblemRow.model_validate(
        {"problem": "p", "mode": mode, "tests": [test], "reference": "def f(n):\n    return n + 1\n"}
    )

    made = exercise_of(problem, "t").tests[0]  # type: ignore[arg-type]

    assert (made.mode, made.call, made.expect, made.stdin) == expected


def test_what_is_compared_as_json_may_hold_true_and_null() -> None:
    row = {"call": "f()", "expect": "[true, null]", "cmp": "json"}
    problem = ProblemRow.model_validate({"problem": "p", "tests": [row]})

    assert exercise_of(problem, "t").tests[0].expect == "[True, None]"  # type: ignore[arg-type]


def test_the_fault_is_where_the_nearest_correct_program_differs() -> None:
    problem = ProblemRow(problem="p", tests=({"call": "f()"},), reference="def f(n):\n    return n + 1\n")  # type: ignore[arg-type]
    bug = repair.Bug(row=BugRow(problem="p", buggy="def f(n):\n    return n - 1\n"), problem=problem)

    assert repair.fault_lines(bug, "") == {2}
    assert repair.fault_lines(bug, "import math\n") == {3}


def test_a_program_that_differs_everywhere_does_not_say_where_it_is_wrong() -> None:
    problem = ProblemRow(problem="p", tests=({"call": "f()"},), reference="a\nb\nc\nd\n")  # type: ignore[arg-type]
    bug = repair.Bug(row=BugRow(problem="p", buggy="q\nr\ns\nt\n"), problem=problem)

    assert repair.fault_lines(bug, "") == frozenset()


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_every_shipped_suite_is_of_the_form_of_its_task(suite: object) -> None:
    cases = find_task(suite.task).read(suite.files)  # type: ignore[attr-defined]

    assert len(cases) >= 10
    assert len({case.id for case in cases}) == len(cases)


@pytest.mark.parametrize("name", TASKS)
def test_every_task_tells_what_it_measures(name: str) -> None:
    task = find_task(name)

    assert task.about
    assert all(metric.meaning for metric in task.metrics)
    assert len({metric.name for metric in task.metrics}) == len(task.metrics)


def test_an_unknown_task_is_answered_with_those_there_are() -> None:
    with pytest.raises(Invalid, match="triage"):
        find_task("astrology")
