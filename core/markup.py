"""Markdown as HTML that may be shown as it is; it asks nothing of whoever wrote the Markdown."""

from functools import cache, lru_cache
from typing import Any

_KEPT = 1024
_LEADS_TO = ("http://", "https://", "mailto:")
_REL = "nofollow noopener noreferrer ugc"


def as_html(markdown: str) -> str:
    """As a browser would show it; HTML in it stays text, formulas stay in their dollars."""
    html: str = _course().render(markdown)
    return html


@lru_cache(_KEPT)
def foreign_html(markdown: str) -> str:
    """The same for words of people: links lead to the web or to a letter only, are followed by no search engine and tell
    nobody where they were clicked; pictures are links, so that nobody learns who read them."""
    html: str = _foreign().render(markdown)
    return html


@cache
def _course() -> Any:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table")


@cache
def _foreign() -> Any:
    from markdown_it import MarkdownIt

    made = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable(["table", "strikethrough"])
    made.disable("image")
    made.validateLink = lambda url: url.strip().lower().startswith(_LEADS_TO)  # type: ignore[method-assign]
    made.add_render_rule("link_open", _link_open)
    return made


def _link_open(renderer: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    tokens[index].attrSet("rel", _REL)
    return str(renderer.renderToken(tokens, index, options, env))
