"""Pictures show what was run or worked out, say the same in words, and let nothing of a student's text become markup."""

import xml.etree.ElementTree as ET

import pytest

from core.ports import Curve, NumberLine, Program, RunResult, Step, Trace
from tests.fakes import LocalSandbox
from tools.draw_graph import draw_graph
from tools.draw_trace import draw_trace, worth_drawing

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
