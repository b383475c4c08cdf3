"""reStructuredText by way of docutils, which may read no file, run nothing and fetch nothing."""

import io

from knowledge.frontmatter import Unreadable
from knowledge.imports.document import Document, Notes
from knowledge.imports.html import read_html

_WARNING = 2
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

    notes = Notes(file)
    settings = {**_SETTINGS, "warning_stream": io.StringIO()}
    try:
        tree = publish_doctree(text, source_path=file, settings_overrides=settings)
        for message in list(tree.findall(nodes.system_message)):
            if int(message.get("level", 0)) >= _WARNING:
                what = " ".join(part.astext() for part in message.findall(nodes.paragraph)).strip()
                notes.add(int(message.get("line", 1)), f"is not carried over: {what[:200]}")
            message.parent.remove(message)
        markup = publish_from_doctree(tree, writer="html5", settings_overrides=settings)
    except (utils.SystemMessage, ValueError, AttributeError, RecursionError) as error:
        raise Unreadable(file, 1, f"is no reStructuredText: {error}") from error
    document = read_html(markup, file)
    for problem in document.notes:
        # lines of the HTML in between mean nothing to anybody
        notes.add(1, problem.message)
    return Document(title=document.title, body=document.body, notes=tuple(notes.found))
