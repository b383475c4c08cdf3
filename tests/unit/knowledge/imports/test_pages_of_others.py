"""Pages as people really have them, from blogs, Sphinx, MyST, Jupyter and printers, arrive as a teacher would edit them."""

import pytest

from core.errors import Invalid
from knowledge.imports.read import convert
from tests.unit.knowledge.imports.samples import code, notebook, pdf, printed, zipped


def page(name: str, content: str | bytes) -> str:
    """The whole page that comes of a file."""
    made = convert({name: content.encode() if isinstance(content, str) else content}, place="python/09-new")
    (text,) = (text for page, text in made.pages.items() if not page.endswith("_module.md"))
    return text


def told(name: str, content: str) -> list[str]:
    return [str(note) for note in convert({name: content.encode()}, place="python/09-new").notes]


BLOG = """<html><head><title>Loops | My blog</title></head><body>
<a class="skip-link" href="#c">Skip to content</a><div class="site-header">My blog</div>
<main><article><h1>Loops</h1><div class="entry-meta">Posted on 3 May</div>
<p>A loop repeats.</p><h2>For<a class="headerlink" href="#for">¶</a></h2><p>It <b>takes </b>each.</p>
<ol start="3"><li>three</li><li><p>four</p><p>and a half</p></li></ol><p style="display:none">buy shoes</p>
<p># is a remark</p><pre class="python">&gt;&gt;&gt; 1 + 1</pre></article><div id="comments"><h2>2 thoughts</h2></div></main>
<aside><h2>Recent posts</h2></aside></body></html>"""


def test_of_a_blog_only_the_article_is_kept() -> None:
    text = page("a.html", BLOG)

    for margin in ("Skip to content", "My blog", "Posted on", "¶", "buy shoes", "thoughts", "Recent posts"):
        assert margin not in text
    assert "summary: A loop repeats." in text
    assert text.count("## Loops") == 1


@pytest.mark.parametrize(
    "kept",
    [
        "It **takes** each.",
        "3. three\n4. four\n\n   and a half",
        "\\# is a remark",
        "```text\n>>> 1 + 1\n```",
    ],
)
def test_of_a_blog_spaces_numbers_and_marks_stay_what_they_were(kept: str) -> None:
    assert kept in page("a.html", BLOG)


def test_html_in_utf_16_is_read() -> None:
    assert "Déjà vu" in page("a.html", "<html><body><p>Déjà vu</p></body></html>".encode("utf-16"))


def test_a_formula_set_by_katex_arrives_once() -> None:
    formula = '<span class="katex"><span class="katex-mathml"><math><semantics><mi>x</mi><annotation encoding="application/x-tex">x^2</annotation></semantics></math></span><span class="katex-html" aria-hidden="true">x2</span></span>'

    assert "Then $x^2$ follows." in page("a.html", f"<p>Then {formula} follows.</p>")


def test_a_box_beside_the_text_is_kept() -> None:
    assert "Mind the gap." in page("a.html", '<p>Text.</p><aside class="admonition">Mind the gap.</aside>')


SPHINX = """
Loops
=====

:author: Ann

See :func:`range` and ``print``, or :ref:`more <there>`.

.. code-block:: python
   :linenos:
   :emphasize-lines: 1

   print(1)

.. note:: Mind the gap.

.. exercise:: Count

   Count to ten.
"""


@pytest.mark.parametrize(
    "kept",
    [
        "```python\nprint(1)\n```",
        "See `range` and `print`, or more.",
        "Mind the gap.",
        "**Exercise Count**\n\nCount to ten.",
        "summary: See",
    ],
)
def test_pages_for_sphinx_keep_programs_names_and_boxes(kept: str) -> None:
    pytest.importorskip("docutils")

    assert kept in page("a.rst", SPHINX)


def test_myst_and_tex_are_read_as_what_they_are() -> None:
    text = page(
        "a.md", "# A\n\nSo \\(x^2\\) and `\\(y\\)`.<!-- to do:\nmore -->\n\n```{code-cell} python\nprint(1)\n```\n"
    )

    assert "So $x^2$ and `\\(y\\)`." in text
    assert "```python\nprint(1)\n```" in text
    assert "to do" not in text


def test_a_comment_over_lines_does_not_move_the_lines_of_remarks() -> None:
    assert told("a.md", "# A\n<!--\n\n-->\nWords ![](b.png)")[0].startswith("a.md:5: ")


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        (code("1/0", {"output_type": "error", "ename": "ZeroDivisionError", "evalue": "x"}), "ended in an error"),
        (code("import pandas"), "needs pandas"),
        (code("n = input()", printed("3")), "waits for input"),
    ],
)
def test_what_could_not_run_here_is_shown_and_not_run(cell: dict[str, object], why: str) -> None:
    book = notebook(cell)

    assert "```python" not in page("a.ipynb", book)
    assert why in told("a.ipynb", book)[0]


def test_a_notebook_of_another_language_is_no_python() -> None:
    book = notebook(code("print(1)")).replace('"metadata": {}', '"metadata": {"kernelspec": {"language": "R"}}', 1)

    assert "```text\nprint(1)\n```" in page("a.ipynb", book)


def test_remarks_on_a_notebook_name_the_cell() -> None:
    book = notebook(code("print(1)"), {"cell_type": "markdown", "source": "Words.\n\n![a](b.png)"})

    (remark,) = told("a.ipynb", book)

    line = int(remark.split(":")[1])
    assert '"markdown"' in "".join(book.split("\n")[line - 1 : line + 1])


def test_a_pdf_keeps_its_items_apart_and_leaves_out_running_heads() -> None:
    pages = [
        [(12, "Handbook 2024"), (18, f"Part {n}"), (12, "One sentence of the text."), (12, "1. first"), (12, "2. second"), (12, f"{n}")]
        for n in range(1, 5)
    ]  # fmt: skip

    text = page("a.pdf", pdf(*pages))

    assert "Handbook" not in text
    assert "One sentence of the text.\n\n1. first\n\n2. second\n\n## Part 2" in text


def test_what_is_wrong_with_one_file_is_said_first() -> None:
    with pytest.raises(Invalid, match=r"\Aa.md:1: not UTF-8 text"):
        convert({"a.md": b"\xff\xe9"}, place="python/09-new")


def test_what_a_computer_packs_along_is_passed_over() -> None:
    from knowledge.imports.source import open_upload

    files = {"a.md": "# A\n\ntext", "__MACOSX/._a.md": b"\0\xff", ".DS_Store": "x", "b/Thumbs.db": "x"}

    assert list(open_upload("a.zip", zipped(files))) == ["a.md"]
