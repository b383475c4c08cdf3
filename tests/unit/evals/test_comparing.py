"""Two runs compared, reported, gated; a turn made into a case."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from core.errors import Invalid
from evals.capture import remove_personal
from evals.compare import as_markdown, compare
from evals.gate import judge, read_rules
from evals.report import as_html, as_junit, write_report
from evals.running import write_result
from tests.unit.evals.lines import triage_run


def test_runs_are_paired_by_case_and_the_changes_are_listed() -> None:
    a, b = triage_run("nnnnnnnnyy"), triage_run("yyyyyyyyny")

    found = compare(a, b)

    accuracy = found["metrics"]["accuracy"]
    assert (accuracy["risen"], accuracy["fallen"], accuracy["test"]) == (8, 1, "McNemar")
    assert accuracy["significant"] is True
    assert found["changed"][0]["id"] == "m8"
    assert "better" in as_markdown(found)


def test_only_cases_in_common_are_compared() -> None:
    found = compare(triage_run("yy"), triage_run("yyyn"))

    assert (found["n"], found["only_b"], found["changed"]) == (2, 2, [])


def test_runs_of_different_tasks_are_not_compared() -> None:
    with pytest.raises(Invalid, match="one task"):
        compare(triage_run("yy"), {**triage_run("yy"), "task": "maths"})


@pytest.mark.parametrize(
    ("rules", "passes"),
    [
        ("[triage]\nmin.accuracy = 0.7", True),
        ("[triage]\nmin.accuracy = 0.9", False),
        ("[triage]\nmax.p95_ms = 1", False),
        ("[triage]\nmin.auc = 0.1", False),
        ("[triage]\ncases_min = 99", False),
        ("[retrieval]\nmin.mrr_10 = 0", False),
        ('[triage]\nnot_worse = {than = "base", metrics = ["accuracy"]}', False),
        ('[triage]\nnot_worse = {than = "base", metrics = ["accuracy"], by = 0.5}', True),
    ],
)
def test_a_gate_holds_what_its_rules_say(tmp_path: Path, rules: str, passes: bool) -> None:
    base = triage_run("y" * 40)
    (tmp_path / "base").mkdir()
    write_result(tmp_path / "base" / "result.json", {k: v for k, v in base.items() if k != "cases"}, base["cases"])
    (tmp_path / "gate.toml").write_text(rules)

    checks = judge([triage_run("yyyn" * 10)], read_rules(tmp_path / "gate.toml"), tmp_path)

    assert all(check.passed for check in checks) is passes


@pytest.mark.parametrize("rules", ["", "[triage]\nminimum = 3", "[triage", "[triage]\nmin.accuracy = 'high'"])
def test_rules_that_make_no_sense_are_refused_with_their_place(tmp_path: Path, rules: str) -> None:
    (tmp_path / "gate.toml").write_text(rules)

    with pytest.raises(Invalid, match=r"gate\.toml"):
        read_rules(tmp_path / "gate.toml")


def test_a_partial_run_does_not_pass_a_gate(tmp_path: Path) -> None:
    (tmp_path / "gate.toml").write_text("[triage]\nmin.accuracy = 0.1")

    checks = judge([{**triage_run("yy"), "partial": True}], read_rules(tmp_path / "gate.toml"), tmp_path)

    assert not all(check.passed for check in checks)


def test_what_a_student_wrote_cannot_end_the_pages_script() -> None:
    run = triage_run("yn")
    run["cases"][0]["shown"] = "</script><script>alert(1)</script>"
    run["name"] = "<b>bold</b>"

    page = as_html([run])

    assert "<script>alert" not in page
    assert "<b>bold</b>" not in page
    assert page.count("</script>") == 2


def test_the_page_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    write_report([triage_run("yyn")], tmp_path)

    page = (tmp_path / "index.html").read_text()
    assert "http://" not in page
    assert "https://" not in page
    assert {file.name for file in tmp_path.iterdir()} == {"index.html", "summary.md", "junit.xml", "report.json"}


def test_junit_counts_what_failed_and_what_broke() -> None:
    run = triage_run("yny")
    run["cases"][2]["broke"] = "ValueError: \x00 odd"

    suite = ElementTree.fromstring(as_junit([run]).partition("\n")[2])[0]

    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "1")


@pytest.mark.parametrize(
    ("words", "gone"),
    [
        ("write to ann.lee@school.org please", "ann.lee"),
        ("my number is +44 7700 900123", "900123"),
        ('File "/home/annlee/main.py", line 2', "annlee"),
        (r"C:\Users\annlee\main.py", "annlee"),
        ("Hello, my name is Ann and I am stuck", "Ann "),
        ("see https://school.example/ann", "school.example"),
        ("tell Mrs Brown", "Brown"),
        ("ann lee here", "ann lee"),
        ("Lee's program", "Lee"),
        ("def lee_total(n):", "lee"),
        ("call (030) 1234567 or 555-123-4567", "4567"),
        ("school.example/reset?token=abc1", "abc1"),
        ("my key is sk-proj-abcdEFGH1234567890", "abcdEFGH"),
        ("Authorization: Bearer eyJhbGciOi.eyJzdWIi.abc-1", "eyJ"),
        ("the password is hunter22", "hunter22"),
        ("my name is ben miller and i am stuck", "miller"),
        ("IBAN DE89 3704 0044 0532 0130 00", "3704"),
        ("from 192.168.0.12", "192"),
        ("I was born 2009-03-12", "2009"),
    ],
)
def test_personal_data_is_removed(words: str, gone: str) -> None:
    assert gone not in remove_personal(words, ["Ann Lee", "Ann", "Lee"])


@pytest.mark.parametrize(
    "words",
    [
        "x = 2024 - 1998",
        "for i in range(0, 100, 25):",
        "solve 3x + 2 = 11",
        "a[0] = 12 34",
        "x = 0.5 + 10.25",
        "token = words[0]",
        "password = input()",
        "1000000",
        "a/b?",
    ],
)
def test_what_is_no_personal_data_stays(words: str) -> None:
    assert remove_personal(words) == words
