"""Pictures show what was run or worked out, say the same in words, and let nothing of a student's text become markup."""

import xml.etree.ElementTree as ET

import pytest

from core.ports import Curve, NumberLine, Program, RunResult, Step, Student, StudentId, Trace, TurnId
from tests.fakes import FakeEntitlements, LocalSandbox
from tools.draw_calls import draw_calls
from tools.draw_graph import draw_graph
from tools.draw_memory import draw_memory
from tools.draw_task import draw_passage, draw_task
from tools.draw_trace import draw_trace, worth_drawing
from tools.draw_tree import draw_tree, read_draws
from tools.run_code import Runner
from tools.watch_program import watch_program, worth_watching

LOOP = "total = 0\nfor n in [3, 5, 2]:\n    total = total + n\nprint(total)\n"
PARABOLA = Curve(
    label="the function",
    pieces=(tuple((x / 4, (x / 4) ** 2 - 1) for x in range(-8, 9)),),
    marks=((-1.0, 0.0, "(-1, 0)"), (1.0, 0.0, "(1, 0)")),
)


def traced(*steps: Step) -> Trace:
    run = RunResult(
        status="ok",
        stdout="",
        stderr="",
        exit_code=0,
        raised=None,
        wall_s=0,
        cpu_s=0,
        memory_bytes_peak=0,
        level="test",
    )
    return Trace(steps=steps, complete=True, run=run)


def step(line: int, **changed: str) -> Step:
    return Step(line=line, function="<module>", depth=0, changed=changed)


async def test_a_loop_is_drawn_as_the_table_of_its_values() -> None:
    trace = await LocalSandbox().trace(Program(code=LOOP))

    drawn = draw_trace(trace, LOOP, lines=[3])

    assert drawn is not None
    assert "total = 10" in drawn.alt
    assert ET.fromstring(drawn.svg).tag.endswith("svg")
    assert "total = total + n" in drawn.svg


def test_a_value_that_looks_like_markup_stays_text() -> None:
    evil = "'</text><script>\x0c\x00alert(1)</script>\"'"

    drawn = draw_trace(traced(step(1, name=evil), step(2, name="'b'")), "name = ...\nname = 'b'\n")

    assert drawn is not None
    assert "<script" not in drawn.svg
    assert ET.fromstring(drawn.svg) is not None


@pytest.mark.parametrize("steps", [[], [step(1, x="1")], [step(n, x=str(n)) for n in range(40)]])
def test_what_shows_nothing_is_not_drawn(steps: list[Step]) -> None:
    assert draw_trace(traced(*steps), "x = 1\n") is None


@pytest.mark.parametrize(
    ("code", "worth"),
    [
        (LOOP, True),
        ("x = 1\nprint(x)\n", False),
        ("def f(n):\n    return n and f(n - 1)\nf(3)\n", True),
        ("for", False),
    ],
)
def test_only_what_goes_round_is_worth_a_table(code: str, worth: bool) -> None:
    assert worth_drawing(code) is worth


def test_a_curve_names_where_it_meets_the_axis() -> None:
    drawn = draw_graph(PARABOLA)

    assert drawn.alt == "Graph of the function; it meets the x axis at x = −1 and x = 1."
    assert ET.fromstring(drawn.svg) is not None


def test_a_curve_with_a_pole_stays_within_its_frame() -> None:
    branch = tuple((x / 10, 10 / x) for x in range(1, 40))

    drawn = draw_graph(Curve(label="the function", pieces=(branch,), marks=((2.0, 0.5, "(2, 0.5)"),)))

    heights = [
        float(point.split()[-1]) for path in drawn.svg.split('d="M')[1:] for point in path.split('"')[0].split(" L")
    ]
    assert heights
    assert all(0 <= y <= 300 for y in heights)


@pytest.mark.parametrize(
    ("spans", "words"),
    [
        (((None, False, 3.0, False),), "everything up to 3 (left out)"),
        (((None, False, -2.0, True), (3.0, True, None, False)), "from 3 (included) upwards"),
        (((-2.0, False, 4.0, True),), "from −2 (left out) up to 4 (included)"),
    ],
)
def test_a_number_line_says_which_ends_belong_to_it(spans: tuple, words: str) -> None:
    drawn = draw_graph(NumberLine(name="x", spans=spans))

    assert words in drawn.alt
    assert ET.fromstring(drawn.svg) is not None


def runner() -> Runner:
    return Runner(
        sandbox=LocalSandbox(),
        entitlements=FakeEntitlements(),
        student=Student(id=StudentId("s1"), name="Ada"),
        turn=TurnId("t1"),
    )


FACTORIAL = "def fact(n):\n    if n <= 1:\n        return 1\n    return n * fact(n - 1)\nprint(fact(3))\n"


async def test_recursion_is_drawn_call_by_call_with_what_each_gives_back() -> None:
    watched = await watch_program(runner(), FACTORIAL)

    drawn = draw_calls(watched.calls)

    assert watched.run.stdout == "6"
    assert drawn is not None
    assert "fact(3) calls fact(2), then gives back 6" in drawn.alt
    assert "fact(1) gives back 1" in drawn.alt
    assert ET.fromstring(drawn.svg) is not None


async def test_a_call_that_never_comes_back_to_itself_is_no_tree() -> None:
    watched = await watch_program(runner(), "def twice(n):\n    return 2 * n\nprint(twice(twice(1)))\n")

    assert len(watched.calls) == 2
    assert draw_calls(watched.calls) is None


async def test_a_tree_of_too_many_calls_is_no_picture() -> None:
    program = "def down(n):\n    return n and down(n - 1)\ndown(200)\n"

    assert draw_calls((await watch_program(runner(), program)).calls) is None


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("a = [1, 2]\nb = a\nb.append(3)\nc = a[:]\n", "a and b stand for one and the same list [1, 2, 3]; c stands for the list [1, 2, 3]"),
        ("grid = [[0] * 2] * 2\n", "0 in the list of grid and 1 in the list of grid stand for one and the same list [0, 0]"),
        ("def grow(items):\n    items.append(4)\nnums = [1]\ngrow(nums)\n", "nums and items in grow stand for one and the same list [1, 4]"),
        ("def add(x, box=[]):\n    box.append(x)\n    return box\none = add(1)\n", "add's default box and one stand for one and the same list [1]"),
        ("class Dog:\n    pass\nrex = Dog()\nother = rex\nother.name = 'Max'\n", "rex and other stand for one and the same Dog"),
    ],
)  # fmt: skip
async def test_two_names_of_one_object_are_drawn_as_two_arrows_to_one_box(program: str, words: str) -> None:
    assert worth_watching(program)
    watched = await watch_program(runner(), program)

    assert watched.memory is not None
    drawn = draw_memory(watched.memory)

    assert drawn is not None
    assert words in drawn.alt
    assert ET.fromstring(drawn.svg) is not None


@pytest.mark.parametrize("program", ["x = 1\ny = x\n", "a = [1]\nb = [2]\n", "t = (1, 2)\nu = t\n"])
async def test_names_that_share_nothing_that_can_change_are_not_drawn(program: str) -> None:
    memory = (await watch_program(runner(), program)).memory

    assert memory is None or draw_memory(memory) is None


async def test_a_list_that_holds_itself_is_drawn_once() -> None:
    watched = await watch_program(runner(), "a = [1]\na.append(a)\nb = a\n")

    assert watched.memory is not None
    assert draw_memory(watched.memory) is not None


async def test_a_program_that_forges_the_report_is_only_run() -> None:
    watched = await watch_program(runner(), 'print("\\x1ewatched {\\"calls\\": 3}")\nimport os\nos._exit')

    assert watched.run.status == "ok"


async def test_a_program_that_fails_is_told_as_it_failed() -> None:
    watched = await watch_program(runner(), "print(1)\nx = 1 / 0\n")

    assert (watched.run.status, watched.memory) == ("error", None)


SUM = "Add them in pairs.\n\n```maths\n2(3i + 4j) - (i - j)\n6i + 8j - i + j\n5i + 9j\n```"
BAG = "Let a bag hold 5 red and 3 blue balls. Take two and do not put the first back."


@pytest.mark.parametrize(
    ("text", "answer", "told"),
    [
        ("What is $(3, -1) + (2, 5)$?", "(5, 4)", "(3, -1) from the start, then (2, 5). The straight way"),
        ("Let $\\mathbf{a} = (3, -1)$ and $\\mathbf{b} = (1, 3)$. Find $3\\mathbf{a} - 2\\mathbf{b}$.", "(7, -9)", "then (-2, -6)"),
        ("$A$ is the point $(3, -1)$ and $B$ is the point $(-2, 6)$. Find $\\overrightarrow{AB}$.", "(-5, 7)", "the arrow from A to B is the step (-5, 7)"),
        ("Find the length of the vector $(5, -12)$.", "13", "so its length is 13"),
        ("Find the length of the vector $(1, 2)$.", "sqrt(5)", "so its length is √5"),
        (BAG, "5/14", "red (5/8) then red (4/7) is 5/14"),
        (BAG.replace("do not put", "put"), "25/64", "red (5/8) then red (5/8) is 25/64"),
        ("A bag holds 6 green and 4 white balls. Two are taken without putting the first back.", "7/15", "green (3/5) then white (4/9) is 4/15"),
    ],
)  # fmt: skip
def test_a_task_is_drawn_where_its_answer_agrees(text: str, answer: str, told: str) -> None:
    drawn = draw_task(text, [answer])

    assert drawn is not None
    assert told in drawn.alt
    assert ET.fromstring(drawn.svg).tag.endswith("svg")
    assert draw_task(text, ["99/100"]) is None


@pytest.mark.parametrize(
    "text",
    [
        "Find the length of the vector $(4, -1, 8)$.", "A bag holds 6 green and 4 white balls. Two are taken.",
        "What is $(0, 0) + (0, 0)$?", "$(3000, 1) + (2, 5)$", "Add 5 apples and 3 pears.", "",
        "A bag holds 0 red and 4 white balls. Two are taken without putting the first back.",
    ],
)  # fmt: skip
def test_what_is_left_open_or_too_large_is_not_drawn(text: str) -> None:
    assert draw_task(text, ["(0, 0)", "9", "(3002, 6)", "1/3", "0"]) is None


def test_a_lesson_is_drawn_with_the_numbers_that_were_checked_in_it() -> None:
    drawn = draw_passage(SUM)
    tree = draw_passage(f"{BAG} Both are red with\n\n```maths\n5/8 * 4/7\n5/14\n```")

    assert drawn is not None
    assert "(6, 8) from the start, then (-1, 1)" in drawn.alt
    assert tree is not None
    assert draw_passage(SUM.replace("5i + 9j", "7i + 9j")) is None


def test_the_branches_of_a_tree_add_up_to_one() -> None:
    draws = read_draws(BAG)

    assert draws is not None
    assert sum(draws.paths().values()) == 1
    assert all(f"= {chance}" in draw_tree(draws).svg for chance in draws.paths().values())
