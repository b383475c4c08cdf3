"""reStructuredText by way of docutils, which may read no file, run nothing and fetch nothing."""

import io
import re
from functools import cache
from typing import Any

from knowledge.frontmatter import Unreadable
from knowledge.imports.document import Document, Notes, title_of
from knowledge.imports.html import read_html

_WARNING = 2
_CODE_OPTIONS = (
    "linenos", "lineno-start", "emphasize-lines", "caption", "name", "class", "dedent", "force", "number-lines",
)  # fmt: skip
_BOX_OPTIONS = ("name", "class", "label", "nonumber", "hidden", "collapsible")
_BOXES = {
    "versionadded": "New in version", "versionchanged": "Changed in version", "deprecated": "Deprecated since version",
    "seealso": "See also", "todo": "To do", "exercise": "Exercise", "solution": "Solution", "example": "Example",
    "definition": "Definition", "theorem": "Theorem", "proof": "Proof", "question": "Question", "activity": "Activity",
    "only": "", "rst-class": "",
}  # fmt: skip
_SETTINGS = {
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "_disable_config": True,
    "math_output": "MathJax /none",
    "syntax_highlight": "none",
    "embed_stylesheet": False,
    "stylesheet_path": None,
    "doctitle_xform": True,
    "initial_header_level": 2,
    "halt_level": 5,
    "report_level": _WARNING,
    "traceback": False,
}


def read_rst(text: str, file: str) -> Document:
    """Raises Unreadable. Directives that only Sphinx knows are told by line."""
    from docutils import nodes, utils  # type: ignore[import-untyped]
    from docutils.core import publish_doctree, publish_from_doctree  # type: ignore[import-untyped]

    _know_sphinx()
    notes = Notes(file)
    settings = {**_SETTINGS, "warning_stream": io.StringIO()}
    try:
        tree = publish_doctree(text, source_path=file, settings_overrides=settings)
        for message in list(tree.findall(nodes.system_message)):
            if int(message.get("level", 0)) >= _WARNING:
                what = " ".join(part.astext() for part in message.findall(nodes.paragraph)).strip()
                lost = "is not carried over: " if int(message["level"]) > _WARNING or "disabled" in what else ""
                notes.add(int(message.get("line", 1)), f"{lost}{' '.join(what.split())[:200]}")
            message.parent.remove(message)
        for about in [*tree.findall(nodes.docinfo), *tree.findall(_is_contents)]:
            about.parent.remove(about)
        markup = publish_from_doctree(tree, writer="html5", settings_overrides=settings)
    except (utils.SystemMessage, ValueError, AttributeError, RecursionError) as error:
        raise Unreadable(file, 1, f"is no reStructuredText: {error}") from error
    document = read_html(markup, file)
    for problem in document.notes:
        # lines of the HTML in between mean nothing to anybody
        notes.add(1, problem.message)
    title = str(tree.get("title") or "") or title_of(file)
    return Document(title=title, body=document.body, notes=tuple(notes.found))


def _is_contents(node: Any) -> bool:
    return node.tagname == "topic" and "contents" in node.get("classes", ())


@cache
def _know_sphinx() -> None:
    """Teaches docutils, for good, what most pages written for Sphinx use: its own code blocks stop at options that it
    does not know, and a page would lose its programs."""
    from docutils import nodes
    from docutils.parsers.rst import Directive, directives, roles  # type: ignore[import-untyped]

    class Code(Directive):  # type: ignore[misc]
        optional_arguments, has_content, final_argument_whitespace = 1, True, True
        option_spec = dict.fromkeys(_CODE_OPTIONS, directives.unchanged)

        def run(self) -> list[Any]:
            text = "\n".join(self.content)
            language = (self.arguments or ["python"])[0].lower()
            return [nodes.literal_block(text, text, classes=["code", language])]

    class Said(Directive):  # type: ignore[misc]
        """Keeps the words, under the name of what they are."""

        optional_arguments, has_content, final_argument_whitespace = 1, True, True
        option_spec = dict.fromkeys(_BOX_OPTIONS, directives.unchanged)

        def run(self) -> list[Any]:
            name = _BOXES[self.name]
            head = " ".join([name, *self.arguments]).strip()
            made = nodes.container()
            if head:
                made += nodes.paragraph("", "", nodes.strong(head, head))
            self.state.nested_parse(self.content, self.content_offset, made)
            return [made]

    def literal(_name: str, _raw: str, text: str, *_: Any) -> tuple[list[Any], list[Any]]:
        words = re.sub(r"\s*<[^>]*>$", "", text).lstrip("~!.")
        return [nodes.literal(words, words)], []

    def plain(_name: str, _raw: str, text: str, *_: Any) -> tuple[list[Any], list[Any]]:
        words = re.sub(r"\s*<[^>]*>$", "", text)
        return [nodes.inline(words, words)], []

    for name in ("code-block", "sourcecode", "code", "ipython", "testcode", "pyodide"):
        directives.register_directive(name, Code)
    for name in _BOXES:
        directives.register_directive(name, Said)
    for name in ("func", "meth", "class", "mod", "attr", "exc", "data", "const", "obj", "file", "samp", "kbd", "option",
                 "py:func", "py:meth", "py:class", "py:mod", "py:attr", "py:exc", "py:data", "py:obj", "command", "program"):  # fmt: skip
        roles.register_canonical_role(name, literal)
    for name in ("ref", "doc", "term", "numref", "any", "guilabel", "menuselection", "pep", "rfc", "abbr"):
        roles.register_canonical_role(name, plain)
