"""What stands in a file of a foreign form stands in our Markdown afterwards, or is told by line."""

from collections.abc import Mapping
from typing import Any

import pytest

from core.errors import Invalid
from knowledge.content import Curriculum, load_files
from knowledge.imports.notebook import why_not_alone
from knowledge.imports.read import Imported, convert
from tests.unit.knowledge.imports.samples import (
    CARTRIDGE,
    HTML,
    MARKDOWN,
    QTI,
    QTI_1_2,
    RST,
    code,
    notebook,
    pdf,
    printed,
)

PLACE = "python/09-new"


def imported(name: str, content: str | bytes) -> tuple[str, list[str]]:
    """The body of the one topic that comes of a file, and what was told."""
    made = convert({name: content.encode() if isinstance(content, str) else content}, place=PLACE)
    topics = [text for page, text in made.pages.items() if not page.endswith("_module.md")]
    assert len(topics) == 1
    return topics[0].partition("\n---\n\n")[2], [str(note) for note in made.notes]


def course_of(made: Imported) -> Curriculum:
    return load_files({name: text.encode() for name, text in made.pages.items()})


def test_html_keeps_what_a_lesson_is_made_of() -> None:
    body, told = imported("loops.html", HTML)

    for kept in (
        "A **loop** repeats; see [here](https://example.org/a) and there.",
        "## For\n\n```python\nfor i in range(3):\n    print(i)\n```",
        "Inline $x^2$ and `a < b`",
        "| n | n squared |\n| --- | --- |\n| 2 | 4 \\| four |",
        "- two\n  - deep",
        "*Picture: A loop as a circle*",
        "$$\\frac{1}{2}$$",
    ):
        assert kept in body
    assert "alert" not in body
    assert "Home" not in body
    assert "loops.html:14: the picture a.png is not carried over, only its words" in told
    assert "loops.html:14: this picture has no alternative text, so nothing of it is left" in told
    assert "loops.html:16: a frame is left out" in told


@pytest.mark.parametrize("declared", ["", '<meta charset="utf-8">'])
def test_html_without_a_declared_encoding_is_read_as_utf_8(declared: str) -> None:
    assert "größer ∫" in imported("a.html", f"<html><head>{declared}</head><body><p>größer ∫</p></body></html>")[0]


def test_html_in_another_encoding_says_which() -> None:
    page = '<html><head><meta charset="latin-1"></head><body><p>größer</p></body></html>'

    assert "größer" in imported("a.html", page.encode("latin-1"))[0]


def test_html_cannot_smuggle_tags_in_as_text() -> None:
    body, _ = imported("a.html", "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp;lt;b&amp;gt;</p>")

    assert "<script" not in body
    assert "</script" not in body


def test_restructured_text_keeps_what_a_lesson_is_made_of() -> None:
    pytest.importorskip("docutils")

    body, told = imported("loops.rst", RST)

    for kept in (
        "A *loop* repeats; $x^2$ grows.",
        "## For\n\n```python\nfor i in range(3):\n    print(i)\n```",
        "$$\\int_0^1 x\\,dx$$",
        "*Picture: A loop as a circle*",
        "| n | n**2 |\n| --- | --- |\n| 2 | 4 |",
    ):
        assert kept in body
    assert 'loops.rst:28: is not carried over: "include" directive disabled.' in told
    assert 'loops.rst:30: is not carried over: "raw" directive disabled.' in told
    assert 'loops.rst:34: is not carried over: Unknown directive type "toctree".' in told
    assert "root:" not in body
    assert "alert" not in body


def test_markdown_of_others_keeps_what_a_lesson_is_made_of() -> None:
    body, told = imported("loops.md", MARKDOWN)

    for kept in (
        "## For",
        "```python\n# no heading\nprint(1)\n```",
        "### Deep",
        "`<b>` and $a<b$",
        "[the web](https://e",
    ):
        assert kept in body
    assert "*Picture: A loop as a circle* Bold and" in body
    assert "loops.md:9: the picture a.png is not carried over, only its words" in told
    assert "loops.md:21: the link to other.md leads out of the course; its words are kept" in told


def test_a_fence_that_is_never_closed_is_closed() -> None:
    body, told = imported("a.md", "Text.\n\n```python\nprint(1)\n")

    assert body.rstrip().endswith("```")
    assert any("never closed" in note for note in told)


def test_a_notebook_keeps_text_programs_and_what_they_print() -> None:
    text: Mapping[str, Any] = {"cell_type": "markdown", "source": ["# Loops\n", "\n", "A loop repeats, as $x$ does."]}
    book = notebook(
        text, code("for i in range(2):\n    print(i)", printed("0\n1\n")), code("print(total)", printed("3"))
    )

    body, told = imported("loops.ipynb", book)

    assert body.startswith("## Loops\n\nA loop repeats, as $x$ does.")
    assert "```python\nfor i in range(2):\n    print(i)\n```\n\n```output\n0\n1\n```" in body
    assert "```text\nprint(total)\n```\n\n```text\n3\n```" in body
    assert told == [
        "loops.ipynb:30: cell 3 uses total of an earlier one; it is shown as text and not checked by running"
    ]


@pytest.mark.parametrize(
    ("source", "alone"),
    [
        ("import math\nprint(math.pi)", True),
        ("def f(x, *y, z=1, **w):\n    return x\nf(1)", True),
        ("[n for n in range(3)]", True),
        ("try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    print(e)", True),
        ("match 1:\n    case n:\n        print(n)", True),
        ("x + 1", False),
        ("%time f()", False),
        ("!pip install x", False),
        ("(" * 10_000, False),
    ],
)
def test_a_program_that_needs_another_is_known(source: str, alone: bool) -> None:
    assert (why_not_alone(source) == "") is alone


def test_a_pdf_keeps_headings_and_joins_its_lines() -> None:
    pages = [(24, "Loops"), (12, "A loop repeats its body un-"), (12, "til a condition is false.")]

    body, told = imported("loops.pdf", pdf(pages, [(18, "For"), (12, "For takes each value.")]))

    assert (
        body == "## Loops\n\nA loop repeats its body until a condition is false.\n\n## For\n\nFor takes each value.\n"
    )
    assert any("knows no formulas" in note for note in told)


def test_a_question_with_options_becomes_a_quiz() -> None:
    made = convert({"loops.xml": QTI.encode()}, place=PLACE)

    (question,) = course_of(made).topics[0].quiz

    assert question.prompt.startswith("Look at this program.\n\n```text\nfor i in range(3): print(i)\n```")
    assert question.prompt.endswith("How often does it *print*?")
    assert [(option.label, option.correct, option.why) for option in question.options] == [
        ("twice", False, "Whoever wrote this question gave no reason."),
        ("three times", True, "0, 1 and 2."),
    ]


def test_questions_of_other_kinds_are_told() -> None:
    made = convert({"squares.xml": QTI_1_2.encode()}, place=PLACE)

    (question,) = course_of(made).topics[0].quiz

    assert question.prompt == "What is $3^2$?"
    assert question.options[0].why == "That is twice three."
    assert [option.correct for option in question.options] == [False, True]
    assert "question q2 is left out: cc.essay.v0p1" in str(made.notes)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("<value>B</value>", ""), "does not say which option is right"),
        ((">twice<", "><"), "needs a prompt and two options"),
        (("choiceInteraction", "orderInteraction"), "orderInteraction needs 3"),
    ],
)
def test_a_question_that_cannot_be_asked_is_told(change: tuple[str, str], expected: str) -> None:
    with pytest.raises(Invalid, match=expected):
        convert({"q.xml": QTI.replace(*change).encode()}, place=PLACE)


def test_a_cartridge_gives_its_own_order_and_titles() -> None:
    made = convert({name: text.encode() for name, text in CARTRIDGE.items()}, place="maths/09-new")

    course = course_of(made)

    assert [topic.title for topic in course.topics] == ["Test yourself", "All about loops"]
    assert len(course.topics[0].quiz) == 1
    told = [str(note) for note in made.notes]
    assert "imsmanifest.xml:1: link.xml is a link; it is left out" in told
    assert "imsmanifest.xml:1: ../../etc/passwd is not in the package" in told


def test_items_in_files_of_their_own_are_one_quiz() -> None:
    items = {f"items/q{i}.xml": QTI.replace('"loops-1"', f'"loops-{i}"').encode() for i in range(3)}

    course = course_of(convert(items, place=PLACE))

    assert [len(topic.quiz) for topic in course.topics] == [3]


def test_whatever_comes_out_is_a_course() -> None:
    files = {"a.html": HTML, "b.md": MARKDOWN, "c.xml": QTI, "d.ipynb": notebook(code("print(1)", printed("1\n")))}

    course = course_of(convert({name: text.encode() for name, text in files.items()}, place=PLACE))

    assert [topic.title for topic in course.topics] == ["Loops", "Loops", "Loops", "D"]
    assert len({topic.id for topic in course.topics}) == 4
    assert course.modules[0].title == "New"
