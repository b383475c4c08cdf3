"""A curriculum folder becomes topics and exercises, or a list of everything that is wrong with it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from core.errors import CourseUnavailable, Invalid
from core.ports import Equivalence
from knowledge.content import load_curriculum, version_of
from knowledge.forms import QuestionForm
from tests.small_course import EXERCISE, LOOPS, MATHS_EXERCISE, MODULE, SQUARES, VARIABLES, write_course

TOPIC_FILE = "python/01-basics/variables.md"
LOOPS_FILE = "python/01-basics/loops.md"
EXERCISE_FILE = "python/01-basics/exercises/double.md"


def problems(folder: Path) -> list[str]:
    with pytest.raises(Invalid) as caught:
        load_curriculum(folder)
    return [f"{p['file']}:{p['line']}: {p['message']}" for p in caught.value.facts["problems"]]


def test_topics_come_in_teaching_order_with_their_module_and_exercises(tmp_path: Path) -> None:
    course = load_curriculum(write_course(tmp_path))

    assert [topic.id for topic in course.topics] == [
        "python.basics.variables",
        "python.basics.loops",
        "maths.algebra.squares",
    ]
    variables = course.topics[0]
    assert (variables.module, variables.module_title, variables.subject) == ("python.basics", "Python basics", "python")
    assert variables.exercises == ("python.basics.double",)
    assert variables.pitfalls == ("Reading = as equals. It gives a name to a value.",)
    assert [option.correct for option in variables.quiz[0].options] == [True, False]


def test_a_lesson_gives_sections_and_examples(tmp_path: Path) -> None:
    course = load_curriculum(write_course(tmp_path))

    headings = [section.heading for section in course.sections[course.topics[0].id]]
    assert headings == ["What is a variable?", "How do I swap two variables?"]
    example = course.topics[0].examples[0]
    assert (example.title, example.code, example.output) == ("A first name", "age = 14\nprint(age)", "14")
    assert course.topics[2].examples[0].code == "(x + 1)^2\nx^2 + 2*x + 1"


def test_exercises_carry_their_tests_and_answers(tmp_path: Path) -> None:
    course = load_curriculum(write_course(tmp_path))

    double, square = course.exercises
    assert (double.statement, double.entry, double.tests[0].expect) == ("Write `double(x)`.", "double", "6")
    assert double.tests[1].mode == "property"
    assert double.mistakes[0].answer == "def double(x):\n    return x ** 2"
    assert square.answer is not None
    assert square.answer.rule == Equivalence(form="expanded")
    assert square.answer.working == ("(x + 3)^2", "x^2 + 6*x + 9")


def _with_tests(folder: Path, *tests: str) -> Path:
    """The small course with other tests in its one Python exercise."""
    root = write_course(folder)
    head, _, rest = EXERCISE.partition("tests:")
    after = rest[rest.index("\nreference:") :]
    (root / EXERCISE_FILE).write_text(head + "tests:\n" + "\n".join(f"  - {test}" for test in tests) + after)
    return root


def test_a_property_may_declare_its_inputs_and_is_compared_with_the_reference(tmp_path: Path) -> None:
    drawn = 'name: p, mode: property, call: double, given: ["integers(0, 9)"]'

    course = load_curriculum(
        _with_tests(
            tmp_path, f"{{{drawn}}}", f'{{{drawn}, where: "args[0] > 1", check: "result > args[0]"}}'.replace("p,", "q,"),
            f'{{{drawn}, check: "result >= expected"}}'.replace("p,", "r,"),
        )
    )  # fmt: skip

    compared, checked, both = course.exercises[0].tests
    assert (compared.given, compared.reference) == (("integers(0, 9)",), course.exercises[0].reference)
    assert (checked.where, checked.reference) == ("args[0] > 1", "")
    assert both.reference == course.exercises[0].reference


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ('{name: p, mode: property, call: double, given: ["integers(9)"]}', "is no strategy"),
        ('{name: p, mode: property, call: double, given: ["open(1)"]}', "is no strategy"),
        ('{name: p, mode: property, given: ["integers(0, 9)"]}', "needs call"),
        ('{name: p, mode: property, call: double, given: ["integers(0, 9)"], inputs: "[1]"}', "lists no `inputs`"),
        ('{name: p, call: double(1), expect: 2, given: ["integers(0, 9)"]}', "`given` is for a property"),
        (
            '{name: p, mode: property, call: double, inputs: "[1]", check: "True", where: "True"}',
            "`where` is a condition",
        ),
        ('{name: p, mode: property, call: double, inputs: "[1]"}', "needs check"),
        ('{name: p, mode: property, call: double, given: ["integers(0, 9)"], where: "1 +"}', "no Python expression"),
    ],
)
def test_a_property_that_cannot_be_tried_is_a_problem(tmp_path: Path, test: str, words: str) -> None:
    (found,) = problems(_with_tests(tmp_path, test))

    assert words in found


def test_the_version_depends_on_names_and_contents_only(tmp_path: Path) -> None:
    first = version_of(write_course(tmp_path / "a"))

    assert version_of(write_course(tmp_path / "b")) == first
    assert version_of(write_course(tmp_path / "c", {TOPIC_FILE: VARIABLES + "\nMore."})) != first
    assert version_of(write_course(tmp_path / "d", {TOPIC_FILE: None, "python/01-basics/vars.md": VARIABLES})) != first


def test_all_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    folder = write_course(
        tmp_path,
        {
            TOPIC_FILE: VARIABLES.replace("order: 1", "order: first").replace("summary: A name for a value.\n", ""),
            LOOPS_FILE: LOOPS.replace("title: Loops", "titel: Loops"),
        },
    )

    assert problems(folder) == [
        f"{LOOPS_FILE}:2: title: Field required",
        f"{LOOPS_FILE}:3: titel: there is no such field here; is it misspelt?",
        f"{TOPIC_FILE}:2: summary: Field required",
        f"{TOPIC_FILE}:4: order: Input should be a valid integer, unable to parse string as an integer",
    ]


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        (TOPIC_FILE, "", ":1: is empty"),
        (TOPIC_FILE, "---\nid: x\n", ":1: the front matter has no closing ---"),
        (TOPIC_FILE, "---\n- a\n---\n", ":1: the front matter is not a list of `name: value` lines"),
        (TOPIC_FILE, "---\nid: x\ntitle: 'open\n---\n", "the front matter is not YAML"),
        (TOPIC_FILE, VARIABLES.replace("order: 1", "order: 1\norder: 2"), ":5: `order` stands here twice"),
        (
            TOPIC_FILE,
            VARIABLES.replace("order: 1", "order: 1\n? [a, b]\n: 3"),
            ":5: the front matter has a list or a mapping",
        ),
        (TOPIC_FILE, VARIABLES.replace("order: 1", "order: &a [*a]"), "nested too deeply, or in itself"),
        (TOPIC_FILE, VARIABLES.replace("    why: It", "    why: a\n    why: It"), ":11: `why` stands here twice"),
        (
            TOPIC_FILE,
            VARIABLES.replace("  - mistake", "\t- mistake"),
            ":9: the front matter is not YAML: it is moved in by a tab",
        ),
        (TOPIC_FILE, VARIABLES + "\0", ":36: holds a NUL character"),
        (TOPIC_FILE, VARIABLES.split("## What")[0], ":2: a topic's body is its lesson"),
        (TOPIC_FILE, VARIABLES + "\n```python\nx = 1\n", ":37: this code fence is never closed"),
        (TOPIC_FILE, VARIABLES + "\n```output\n1\n```\n", ":37: an output fence follows a python fence"),
        (TOPIC_FILE, VARIABLES.replace("correct: true", "correct: false"), "no option is correct"),
        (
            TOPIC_FILE,
            VARIABLES.replace("skill: python.basics.variables", "skill: python.magic"),
            ":14: no topic teaches",
        ),
        (LOOPS_FILE, LOOPS.replace("[python.basics.variables]", "[a.b]"), ":8: prerequisites: there is no topic a.b"),
        (
            TOPIC_FILE,
            VARIABLES.replace("basics.variables\n", "basics.loops\n", 1),
            ":2: python/01-basics/loops.md is called",
        ),
        (EXERCISE_FILE, EXERCISE.replace("difficulty: 1", "difficulty: 4"), ":5: difficulty"),
        (EXERCISE_FILE, EXERCISE.replace("expect: 6", "expect: six"), ":12: tests[0]: Value error, `expect: six`"),
        (EXERCISE_FILE, EXERCISE.replace("call: double(3)", "call: 'double('"), "is no Python expression"),
        (EXERCISE_FILE, EXERCISE.replace("name: any", "name: three"), ":13: tests: three stands here twice"),
        (EXERCISE_FILE, EXERCISE.replace("entry: double\n", ""), "entry: Field required"),
        (EXERCISE_FILE, EXERCISE.replace("topic: python.basics.v", "topic: python.v"), ":3: topic: there is no topic"),
        (EXERCISE_FILE, EXERCISE.split("Write")[0], "an exercise's body is its statement"),
        ("maths/01-algebra/exercises/square-of-sum.md", MATHS_EXERCISE.replace("answer:", "notes:"), "answer: Field"),
        ("maths/01-algebra/squares.md", SQUARES.replace("(x + 1)^2\nx^2 + 2*x + 1\n", ""), "holds at least one line"),
        ("python/01-basics/_module.md", MODULE.replace("subject: python", "subject: maths"), ":4: a maths module lies"),
        ("python/01-basics/_module.md", None, "python/01-basics/_module.md:1: is missing"),
        ("physics/01-force/_module.md", MODULE, "a subject's folder is one of python, maths"),
        ("python/01-basics/old/draft.md", VARIABLES, "lies neither in a module's folder nor in its exercises"),
    ],
)
def test_a_problem_names_its_file_and_line(tmp_path: Path, file: str, text: str | None, expected: str) -> None:
    folder = write_course(tmp_path, {file: text})

    found = problems(folder)

    assert any(expected in line and line.startswith(file) for line in found), found


def test_prerequisites_in_a_circle_are_refused(tmp_path: Path) -> None:
    circle = VARIABLES.replace("pitfalls:", "prerequisites: [python.basics.loops]\npitfalls:")

    found = problems(write_course(tmp_path, {TOPIC_FILE: circle}))

    assert len(found) == 2
    assert all("in a circle" in line for line in found)


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    folder = write_course(tmp_path)
    (folder / TOPIC_FILE).write_bytes(b"---\nid: x\n\xff\n---\n")
    (folder / LOOPS_FILE).write_bytes(b"x" * 1_000_001)

    found = problems(folder)

    assert f"{TOPIC_FILE}:3: not UTF-8 text; save it as UTF-8" in found
    assert f"{LOOPS_FILE}:1: 1000001 bytes; a file may have 1000000" in found


def test_a_circle_of_links_is_not_walked(tmp_path: Path) -> None:
    folder = write_course(tmp_path)
    (folder / "python/01-basics/again").symlink_to(folder / "python", target_is_directory=True)

    assert len(load_curriculum(folder).topics) == 3


def test_no_folder_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(CourseUnavailable, match="no curriculum folder"):
        load_curriculum(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("question", "complaint"),
    [
        ({"kind": "single", "right": [1, 1, 0]}, "one that is correct"),
        ({"kind": "ordering", "right": [1, 1, 0]}, "all correct"),
        ({"kind": "ordering", "right": [1, 1]}, "three options or more"),
        ({"kind": "numeric", "labels": ["12", "a dozen"]}, "`a dozen` is no number"),
        ({"kind": "text", "labels": ["Break", "break"]}, "the same label"),
        ({"kind": "text", "tolerance": 0.5}, "`tolerance` is for a numeric question"),
        ({"kind": "essay"}, "Input should be"),
    ],
)
def test_a_question_that_could_not_be_marked_is_refused(question: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        quiz_question(**question)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ({"right": [1, 0]}, "single"),
        ({"right": [1, 1, 0]}, "multiple"),
        ({"kind": "numeric", "labels": ["3/4"]}, "numeric"),
        ({"kind": "text", "labels": ["break"]}, "text"),
        ({"kind": "ordering", "right": [1, 1, 1]}, "ordering"),
    ],
)
def test_a_question_of_each_kind_is_read(question: dict[str, Any], kind: str) -> None:
    assert quiz_question(**question).asked_as == kind


def quiz_question(right: Sequence[int] = (1, 0), labels: Sequence[str] | None = None, **fields: Any) -> QuestionForm:
    labels = labels or [f"option {n}" for n in range(len(right))]
    right = [*right, *[0] * len(labels)][: len(labels)]
    options = [{"label": label, "correct": bool(yes), "why": "so"} for label, yes in zip(labels, right, strict=True)]
    return QuestionForm.model_validate({"id": "q", "prompt": "?", "skill": "a.b", "options": options, **fields})
