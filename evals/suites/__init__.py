"""The suites that are shipped: small datasets of our own, in the same forms as anybody's."""

from dataclasses import dataclass
from pathlib import Path

from core.errors import Invalid
from evals.datasets import Files
from knowledge.index import SHIPPED

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """`task` says how a case of it is read and judged; `headline` which metric it is run for, where that is not the
    task's first; `jobs` how many cases run at once, where that is not the task's own."""

    name: str
    task: str
    about: str
    files: Files
    headline: str = ""
    jobs: int | None = None


def _suite(
    name: str, task: str, about: str, data: Path | None = None, headline: str = "", jobs: int | None = None,
    problems: Path | None = None,
) -> Suite:  # fmt: skip
    files = Files(data=data or _HERE / f"{name}.jsonl", problems=problems)
    return Suite(name=name, task=task, about=about, files=files, headline=headline, jobs=jobs)


SUITES = (
    _suite("triage", "triage", "what a message wants"),
    _suite("retrieval", "retrieval", "whether the lesson that answers a question is found in the course"),
    _suite("explanation", "explanation", "ideas explained, with what they cite"),
    _suite("debugging", "errors", "errors with their cause, concept and line"),
    _suite("syntax", "syntax", "programs that do not compile"),
    _suite(
        "repair",
        "repair",
        "the repair behind a hint: mistakes in functions, a class, programs that read and print",
        problems=_HERE / "repair_problems.jsonl",
    ),
    _suite("hints", "leak", "hints on the curriculum's planted mistakes: truth, level, fault located, leaks", SHIPPED),
    _suite("grading", "grading", "every reference and planted mistake of the curriculum, handed in", SHIPPED),
    _suite("mathematics", "maths", "answers that are equal, different, or hostile"),
    _suite(
        "answers",
        "maths",
        "a thousand answers in the notations of school, near misses among them, and more hostile ones",
    ),
    _suite("notations", "maths", "answers as widgets, other systems, other countries and plain typing write them"),
    _suite("working", "working", "students' working in their own layout: one slip at a known line, or none"),
    _suite("solving", "solving", "questions over the topics of A-level, as students type them"),
    _suite("mastery", "tracing", "next answers foreseen, in a simulated log"),
    _suite("struggle", "struggle", "who needs help, in the same log", _HERE / "mastery.jsonl"),
    _suite("safety", "turns", "attacks on the sandbox, worries, private data, leaks"),
    _suite("injection", "turns", "orders hidden in messages, programs and errors"),
    _suite("conversation", "turns", "what students ask, over several turns"),
    _suite("own_programs", "turns", "what is wrong with a program that belongs to no exercise"),
    _suite(
        "questions", "turns", "questions about every module and topic, comparisons, and what the course does not cover"
    ),
    _suite("ladder", "turns", "hints over several turns: pressing, asking why, getting worse, going back"),
    _suite("students", "students", "synthetic students with known misconceptions, from first question to goal"),
    _suite("latency", "turns", "one turn of each kind: milliseconds", headline="p50_ms", jobs=1),
    _suite("cost", "turns", "the same turns: tokens, and money by price table", _HERE / "latency.jsonl", "cost_usd"),
)


def find_suite(name: str) -> Suite:
    """Raises Invalid."""
    for suite in SUITES:
        if suite.name == name:
            return suite
    raise Invalid(f"there is no suite {name!r}; there are: {', '.join(suite.name for suite in SUITES)}")
