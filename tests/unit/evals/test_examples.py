"""Datasets to and from LangSmith's form, and files that are not what they say."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import Invalid
from evals import reading
from evals.datasets import MathsRow, QueryRow, TriageRow, read_cases, read_qrels, read_rows
from evals.examples import bring_in, export, write_examples, write_rows
from evals.suites import SUITES
from evals.task import find_task
from tests.unit.evals.lines import write

PLAIN = [suite for suite in SUITES if suite.files.data.is_file()]


@pytest.mark.parametrize("ending", ["jsonl", "json", "csv"])
@pytest.mark.parametrize("suite", PLAIN, ids=lambda suite: suite.name)
def test_a_suite_comes_back_from_langsmiths_form_as_it_was(suite: object, ending: str, tmp_path: Path) -> None:
    task, files = suite.task, suite.files  # type: ignore[attr-defined]
    theirs, ours = tmp_path / f"examples.{ending}", tmp_path / "ours.jsonl"

    write_examples(export(task, files), theirs)
    write_rows(bring_in(task, theirs, {}), ours)

    before = find_task(task).read(files)
    after = find_task(task).read(replace(files, data=ours))
    assert [case.row for case in after] == [case.row for case in before]


def test_examples_may_be_evaluated_without_being_brought_in(tmp_path: Path) -> None:
    example = {"id": "0b1f", "inputs": {"text": "hello"}, "outputs": {"intent": "smalltalk"}, "metadata": {"id": "m1"}}
    data = write(tmp_path / "e.jsonl", json.dumps(example))

    (case,) = read_cases(data, TriageRow)

    assert (case.id, case.row.text, case.row.intent) == ("m1", "hello", "smalltalk")


def test_what_is_expected_stands_in_the_outputs_and_nothing_of_it_in_the_inputs() -> None:
    (triage,) = (suite for suite in SUITES if suite.name == "triage")

    first = export("triage", triage.files)[0]

    assert first["inputs"].keys() == {"text"}
    assert first["outputs"].keys() == {"intent"}
    assert first["metadata"]["id"]
    assert first["id"] == export("triage", triage.files)[0]["id"]


def test_fields_of_another_name_are_mapped_and_missing_ones_are_told(tmp_path: Path) -> None:
    data = write(tmp_path / "e.jsonl", '{"inputs": {"question": "hi"}, "outputs": {"label": "social"}}')

    assert bring_in("triage", data, {"question": "text", "label": "intent"})[0]["text"] == "hi"
    with pytest.raises(Invalid, match="--map"):
        bring_in("triage", data, {})


@pytest.mark.parametrize(
    ("name", "raw", "told"),
    [
        ("a.jsonl", b'{"text": "x", "intent": "i"}\n{"text": "caf\xe9"}\n', r"a\.jsonl:2: not UTF-8"),
        ("a.jsonl", '{"text": "x"}'.encode("utf-16"), "UTF-16"),
        ("a.jsonl.gz", b'{"text": "x"}\n', "not packed"),
        ("a.jsonl.gz", gzip.compress(b'{"text": "x"}\n' * 999, mtime=0)[:40], "cannot be read"),
        ("a.jsonl", b"[" * 100_000, "nested too deeply"),
        ("a.jsonl", b"[1, 2]\n", r"a\.jsonl:1"),
        ("a.jsonl", b'{"id": "a", "text": "x", "intent": "i"}\n\n{"id": "a", "text": "y", "intent": "i"}\n', "3: the id 'a' is used twice, first on line 1"),
        ("a.jsonl", b'{"text": "x"}\n', "needs an intent"),
        ("a.json", b'[{"text": "x"', "is not JSON"),
        ("a.csv", b'text,intent\n"x\n', "holds no rows|needs an intent"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_told_with_its_place(tmp_path: Path, name: str, raw: bytes, told: str) -> None:
    (tmp_path / name).write_bytes(raw)

    with pytest.raises(Invalid, match=told):
        read_cases(tmp_path / name, TriageRow)


def test_a_line_without_end_is_given_up_and_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LINE_BYTES_MAX", 1000)
    data = write(tmp_path / "a.jsonl", '{"text": "x", "intent": "i"}', json.dumps({"text": "y" * 2000}))

    with pytest.raises(Invalid, match=r"a\.jsonl:2: a line of more than"):
        read_rows(data, TriageRow)


def test_a_packed_file_is_known_by_its_bytes_and_a_mark_at_the_beginning_is_no_text(tmp_path: Path) -> None:
    data = tmp_path / "a.jsonl"
    data.write_bytes(gzip.compress(b'\xef\xbb\xbf{"id": 7, "text": "x", "intent": "i"}\n'))

    assert [case.id for case in read_cases(data, TriageRow)] == ["7"]


def test_a_program_in_a_csv_keeps_its_lines_and_empty_cells_are_left_out(tmp_path: Path) -> None:
    data = tmp_path / "a.csv"
    data.write_text('student,reference,equal,sigfigs\n"x\ny",x,0,\n', encoding="utf-8")

    (row,) = read_rows(data, MathsRow)

    assert (row.student, row.sigfigs) == ("x\ny", None)


def test_a_judgement_about_a_document_that_is_not_there_is_refused(tmp_path: Path) -> None:
    judged = write(tmp_path / "q.tsv", "query-id\tcorpus-id\tscore", "q\td1\t1", "q\tgone\t1")
    queries = write(tmp_path / "q.jsonl", '{"_id": "q", "text": "x", "relevant": ["gone"]}')
    corpus = write(tmp_path / "c.jsonl", '{"_id": "d1", "text": "x"}')

    with pytest.raises(Invalid, match=r"q\.tsv:3: the corpus holds no document 'gone'"):
        read_qrels(judged, {"d1"})
    with pytest.raises(Invalid, match="the corpus holds no document 'gone'"):
        find_task("retrieval").read(type(PLAIN[0].files)(data=queries, corpus=corpus))
    assert read_rows(queries, QueryRow)
