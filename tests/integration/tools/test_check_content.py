"""Everything that can be wrong with a course is found, with its file and line, and nothing is wrong with ours."""

import asyncio
import sys
from pathlib import Path

import pytest

from core.errors import CourseUnavailable, SandboxUnavailable
from core.ports import Mathematics, Sandbox
from knowledge.index import SHIPPED
from sandbox.service import Refusing
from tests.small_course import EXERCISE, LOOPS, MATHS_EXERCISE, MODULE, SQUARES, VARIABLES, write_course
from tools.check_content import Report, check_content

pytestmark = pytest.mark.asyncio(loop_scope="session")

MODULE_FILE = "python/01-basics/_module.md"
TOPIC_FILE = "python/01-basics/variables.md"
LOOPS_FILE = "python/01-basics/loops.md"
EXERCISE_FILE = "python/01-basics/exercises/double.md"
SQUARES_FILE = "maths/01-algebra/squares.md"
MATHS_FILE = "maths/01-algebra/exercises/square-of-sum.md"
HARD = "Notwithstanding considerable terminological heterogeneity, practitioners systematically characterise assignment as establishing associations between identifiers and corresponding objects within particular namespaces, thereby facilitating subsequent manipulation of intermediate computational representations without unnecessary recalculation, redundancy or inconsistency across interdependent procedural abstractions."


def lines_of(report: Report) -> list[str]:
    return [str(problem) for problem in report.problems]


@pytest.mark.timeout(900)  # half a minute of work, on a machine that may have other work
async def test_nothing_is_wrong_with_the_course_we_ship(sandbox: Sandbox, mathematics: Mathematics) -> None:
    report = await check_content(SHIPPED, sandbox, mathematics, at_once=2)

    assert lines_of(report) == []
    assert report.topics >= 70
    assert report.trials > 1500


async def test_a_course_without_a_fault_is_clean_and_progress_is_told(
    tmp_path: Path, sandbox: Sandbox, mathematics: Mathematics
) -> None:
    told: list[tuple[int, int]] = []

    report = await check_content(
        write_course(tmp_path), sandbox, mathematics, on_progress=lambda done, total, what: told.append((done, total))
    )

    assert lines_of(report) == []
    assert (report.topics, report.exercises, report.trials) == (3, 2, 10)
    assert told == [(n, 10) for n in range(1, 11)]


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        # the form
        (EXERCISE_FILE, EXERCISE.replace("difficulty: 1", "difficulty: 4"), ":5: difficulty: Input should be less"),
        (LOOPS_FILE, LOOPS.replace("basics.variables]", "basics.magic]"), ":8: prerequisites: there is no topic"),
        (LOOPS_FILE, LOOPS.replace("prerequisites: [python.basics.variables", "prerequisites: [python.basics.loops"),
         ":8: python.basics.loops is its own prerequisite, in a circle"),
        (LOOPS_FILE, LOOPS.replace("id: python.basics.loops", "id: python.basics.double"),
         ":2: python/01-basics/exercises/double.md is called python.basics.double too"),
        # the prose
        (TOPIC_FILE, VARIABLES + "\nSee [this](missing.md).\n", ":37: the link to missing.md leads nowhere"),
        (TOPIC_FILE, VARIABLES + "\nSee [this](loops.md#why).\n", ":37: the link to loops.md#why leads to no heading"),
        (TOPIC_FILE, VARIABLES + "\nSee [this][1].\n\n[1]: ../../../etc/passwd\n", ":39: the link to ../../../etc"),
        (MODULE_FILE, MODULE + "\n![](box.png)\n", ":10: the image box.png has no alternative text"),
        (EXERCISE_FILE, EXERCISE + "\n<img src='box.png'>\n", "box.png has no alternative text"),
        (SQUARES_FILE, SQUARES + "\nSo $x^2 is a square.\n", ":19: a formula is never closed"),
        (SQUARES_FILE, SQUARES + "\nSo $\\frac{1}{2$ is half.\n", ":19: the braces of $\\frac{1}{2$ do not pair"),
        (LOOPS_FILE, LOOPS + f"\n## Hard words\n\n{HARD} {HARD} {HARD}\n", ":16: reads at grade"),
        (LOOPS_FILE, LOOPS + "\nSee <a\n href='missing.md'>this</a>.\n", ":15: the link to missing.md leads nowhere"),
        (LOOPS_FILE, LOOPS + "\nSee [this][there].\n", ":15: the link to there leads nowhere"),
        (LOOPS_FILE, LOOPS + "\n![][box]\n\n[box]: https://example.org/box.png\n", ":15: the image box has no alternative"),
        (LOOPS_FILE, LOOPS + "\n![image](https://example.org/box.png)\n", ":15: the image https://example.org/box.png has no"),
        (TOPIC_FILE, VARIABLES.replace("prompt: What", "prompt: See [this](missing.md). What"), ":13: the link to missing.md"),
        (EXERCISE_FILE, EXERCISE.replace("[Think of", "['See ![](a.png).', Think of"), ":26: the image a.png has no"),
        # what a fence is written in
        (LOOPS_FILE, LOOPS + "\n```py\nx = y\n```\n", ":15: `py` is never run"),
        (LOOPS_FILE, LOOPS + '\n```python title="x"\nprint(y)\n```\n', ":16: this example does not run: NameError"),
        # the hints
        (EXERCISE_FILE, EXERCISE.replace("Multiply by two., ", ""), ":26: hints: 2 of 3 levels"),
        (EXERCISE_FILE, EXERCISE.replace("Multiply by two.", "Think of twice."), ":26: this hint says what one before it says"),
        # the programs
        (EXERCISE_FILE, EXERCISE.replace("return 2 * x\n", "return 2 * (x\n"), ":14: the reference solution is no Python"),
        (EXERCISE_FILE, EXERCISE.replace("entry: double", "entry: duble"), "does not define `duble`"),
        (TOPIC_FILE, VARIABLES.replace("\n14\n", "\n15\n"), ":30: the example really prints '14' here, not '15'"),
        (TOPIC_FILE, VARIABLES.replace("\n14\n", "\n14\n15\n"), ":31: the example really prints nothing more here"),
        (TOPIC_FILE, VARIABLES.replace("print(age)", "print(aeg)"), ":27: this example does not run: NameError"),
        (TOPIC_FILE, VARIABLES.replace("```output\n14\n```", ""), ":24: this example prints '14' and no output fence"),
        (EXERCISE_FILE, EXERCISE.replace("return 2 * x", "return 3 * x"),
         ":14: the reference solution fails the test “three”: double(3) gave 9"),
        (EXERCISE_FILE, EXERCISE.replace("return 2 * x", "return 2 * y"), ":14: the reference solution fails the test “three”"),
        (EXERCISE_FILE, EXERCISE.replace("return x + x", "return x - x"), ":18: this correct solution fails"),
        (EXERCISE_FILE, EXERCISE.replace("return x + x", "return 2 * x  # two"), ":18: this correct solution is the same"),
        (EXERCISE_FILE, EXERCISE.replace("return x ** 2", "return x * 2"), ":22: this planted mistake passes every test"),
        (EXERCISE_FILE, EXERCISE.replace("      return x\n", "      return x * 2\n", 1), ":8: the starter passes every test"),
        (EXERCISE_FILE, EXERCISE.replace("for n in range(5)", "for n in range(0)"), ":12: the tests cannot be run"),
        # the mathematics
        (SQUARES_FILE, SQUARES.replace("2*x + 1\n", "x + 1\n"), ":16: `x^2 + x + 1` does not follow"),
        (SQUARES_FILE, SQUARES.replace("x^2 + 2*x + 1\n", "x^^2 (\n"), ":16: `x^^2 (` cannot be checked"),
        (SQUARES_FILE, SQUARES.replace("x^2 + 2*x + 1\n", ""), ":15: one line is no working"),
        (MATHS_FILE, MATHS_EXERCISE.replace("[(x + 3)^2,", "[(x + 4)^2,"), ":10: `x^2 + 6*x + 9` does not follow"),
        (MATHS_FILE, MATHS_EXERCISE.replace("[(x + 3)^2, x^2 + 6*x + 9]", "[(x + 3)^2, x*(x + 6) + 9]"),
         ":10: the working ends in `x*(x + 6) + 9`, not in the reference"),
        (MATHS_FILE, MATHS_EXERCISE.replace("reference: x^2 + 6*x + 9", "reference: (x + 3)^2"),
         ":8: the reference does not answer its own question (wrong_form)"),
        (MATHS_FILE, MATHS_EXERCISE.replace("answer: x^2 + 9,", "answer: 9 + x^2 + 6x,"),
         ":12: this planted mistake equals the reference"),
        (MATHS_FILE, MATHS_EXERCISE.replace("answer: x^2 + 9,", "answer: x^^2 (,"), ":12: this planted mistake cannot be told"),
    ],
)  # fmt: skip
async def test_each_fault_is_found_with_its_file_and_line(
    tmp_path: Path, sandbox: Sandbox, mathematics: Mathematics, file: str, text: str, expected: str
) -> None:
    report = await check_content(write_course(tmp_path, {file: text}), sandbox, mathematics)

    assert any(line.startswith(f"{file}:") and expected in line for line in lines_of(report)), lines_of(report)
    assert {problem.file for problem in report.problems} == {file}


async def test_a_fault_of_one_variant_is_found_with_its_numbers(
    tmp_path: Path, sandbox: Sandbox, mathematics: Mathematics
) -> None:
    drawn = MATHS_EXERCISE.replace("reference: x^2 + 6*x + 9", "reference: x^2 + 6*x + <<9 + a>>").replace(
        "hints:", "variant:\n  parameters:\n    a: {shown: 0, low: 0, high: 1}\nhints:"
    )

    report = await check_content(write_course(tmp_path, {MATHS_FILE: drawn}), sandbox, mathematics)

    assert [(problem.file, problem.line) for problem in report.problems] == [(MATHS_FILE, 10)]
    assert "with a = 1: the working ends in" in report.problems[0].message


async def test_one_unreadable_file_does_not_hide_the_faults_of_others(
    tmp_path: Path, sandbox: Sandbox, mathematics: Mathematics
) -> None:
    folder = write_course(tmp_path, {LOOPS_FILE: "no front matter", TOPIC_FILE: VARIABLES.replace("\n14\n", "\n15\n")})

    report = await check_content(folder, sandbox, mathematics)

    assert [(problem.file, problem.line) for problem in report.problems] == [(LOOPS_FILE, 1), (TOPIC_FILE, 30)]


async def test_a_part_is_checked_alone_but_may_build_on_the_rest(
    tmp_path: Path, sandbox: Sandbox, mathematics: Mathematics
) -> None:
    folder = write_course(tmp_path, {TOPIC_FILE: VARIABLES.replace("\n14\n", "\n15\n")})

    loops = await check_content(folder, sandbox, mathematics, under=LOOPS_FILE)
    python = await check_content(folder, sandbox, mathematics, under="python")

    assert (lines_of(loops), loops.topics, loops.trials) == ([], 1, 0)
    assert [(problem.file, problem.line) for problem in python.problems] == [(TOPIC_FILE, 30)]


async def test_without_a_sandbox_the_check_refuses_instead_of_passing(tmp_path: Path, mathematics: Mathematics) -> None:
    with pytest.raises(SandboxUnavailable):
        await check_content(write_course(tmp_path), Refusing("no namespaces here"), mathematics)


async def test_a_folder_that_is_not_there_is_said_plainly(
    tmp_path: Path, sandbox: Sandbox, mathematics: Mathematics
) -> None:
    with pytest.raises(CourseUnavailable):
        await check_content(tmp_path / "nowhere", sandbox, mathematics)


async def test_the_command_names_each_fault_and_ends_with_1(tmp_path: Path) -> None:
    folder = write_course(tmp_path, {TOPIC_FILE: VARIABLES.replace("\n14\n", "\n15\n")})

    code, said = await learnflow("content", "check", str(folder / "python"))
    clean, fine = await learnflow("content", "check", str(folder / "maths"))

    assert code == 1
    assert said.startswith(f"{TOPIC_FILE}:30: the example really prints '14' here, not '15'\n✗ 1 problem in 2 topics")
    assert (clean, fine.split(" in ")[0]) == (0, "✓ 1 topics, 1 exercises and 5 runs and proofs")


async def learnflow(*arguments: str) -> tuple[int | None, str]:
    """In a process of its own: the exit code is a promise to scripts."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli.main", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def test_what_our_own_course_has_of_everything_may_be_asked_for(
    tmp_path: Path, sandbox: Sandbox, mathematics: Mathematics
) -> None:
    report = await check_content(write_course(tmp_path), sandbox, mathematics, whole=True)

    assert set(lines_of(report)) >= {
        f"{TOPIC_FILE}:12: quiz: 1 of 5 questions",
        f"{TOPIC_FILE}:2: no exercise of difficulty 2, 3",
        f"{LOOPS_FILE}:2: pitfalls: no common mistake is named",
        f"{LOOPS_FILE}:10: the lesson has no worked example",
        f"{EXERCISE_FILE}:18: correct: 1 of 2 other solutions",
        f"{MATHS_FILE}:2: variant: everyone gets the same numbers",
    }
