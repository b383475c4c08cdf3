"""What a sound post is, what others may see of it, and that words of people run nowhere."""

import time
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from core.markup import foreign_html
from core.ports import UserId
from learning.community import rules
from learning.community.rules import Draft, Reader

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BOB, ADA = Reader(user=UserId("bob")), Reader(user=UserId("ada"))


def row(**changes: Any) -> dict[str, Any]:
    return {
        "id": "p", "post_id": "p", "reply_to": None, "depth": 0, "author_id": "ada", "author_name": "Ada",
        "author_role": "student", "by_tutor": False, "title": "Why?", "body": "words", "tags": ["loops"], "topic": None,
        "audience": "classes", "citations": [], "views": 1, "created_at": AT, "edited_at": None, "deleted_at": None,
        "hidden_at": None, "hidden_for": "", "hidden_because": "", "likes": 0, "liked": False, "comments": 0,
        "answered": False, "tutor": None, "moderates": False,
    } | changes  # fmt: skip


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (Draft(title=" \n ", body="b"), "title"),
        (Draft(title="t" * 201, body="b"), "title"),
        (Draft(title="t", body=" \n\t"), "body"),
        (Draft(title="t", body="b" * 10_001), "body"),
        (Draft(title="t", body="a\x00b"), "body"),
        (Draft(title="t", body="\ud800"), "body"),
        (Draft(title="t", body="b", tags=("a", "b", "c", "d", "e", "f")), "tags"),
        (Draft(title="t", body="b", tags=("two words",)), "tags"),
        (Draft(title="t", body="b", tags=("<b>",)), "tags"),
        (Draft(title="t", body="b", tags=("",)), "tags"),
    ],
)
def test_an_unsound_post_is_refused_with_its_field(draft: Draft, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.check_draft(draft)

    assert refused.value.facts["field"] == field


def test_a_sound_post_keeps_its_indentation_and_has_each_tag_once() -> None:
    found = rules.check_draft(
        Draft(title=" Why\nnot? ", body="\n    x = 1\n\n", tags=("#Loops", "loops", "C++", "été"))
    )

    assert found["title"] == "Why not?"
    assert found["body"] == "    x = 1"
    assert found["tags"] == ["loops", "c++", "été"]


def test_what_is_hidden_is_read_by_its_author_and_moderators_only() -> None:
    hidden = {"hidden_at": AT, "hidden_for": "unkind", "hidden_because": "be kind"}

    others, own = rules.entry(row(**hidden), BOB), rules.entry(row(**hidden), ADA)
    moderators = rules.entry(row(**hidden, moderates=True), BOB)

    assert (others.state, others.title, others.body, others.tags, others.hidden_because) == ("hidden", "", "", (), "")
    assert (own.body, own.hidden_because, own.own) == ("words", "be kind", True)
    assert (moderators.body, moderators.hidden_for, moderators.own) == ("words", "unkind", False)


def test_what_is_deleted_names_nobody_whoever_looks() -> None:
    for reader in (ADA, BOB):
        found = rules.entry(row(deleted_at=AT, body="left", moderates=True), reader)
        assert (found.state, found.author, found.body) == ("deleted", None, "")


def test_a_gone_author_is_not_the_reader_nor_anybody() -> None:
    found = rules.entry(row(author_id=None, author_name=None, author_role=None), BOB)

    assert (found.author, found.own) == (None, False)


@pytest.mark.parametrize(
    ("intents", "shared"),
    [
        (["concept"], True),
        (["debugging", "maths"], True),
        (["concept", "progress"], False),
        (["distress"], False),
        (["concept", "distress"], False),
        (["account"], False),
        (["submission"], False),
        (["something new"], False),
        ([], False),
    ],
)
def test_only_what_speaks_of_the_course_is_for_others(intents: list[str], shared: bool) -> None:
    assert rules.is_for_others({"intents": intents, "reply": "A list holds values."}) is shared
    assert not rules.is_for_others({"intents": intents, "reply": " "})


def test_a_cursor_comes_back_as_it_was_and_a_strange_one_is_refused() -> None:
    made = rules.cursor_after(AT, "p1", 0.25)

    assert rules.place(made) == rules.Place(at=AT, id="p1", rank=0.25)
    for strange in (
        "x",
        "",
        "e30=",
        "W10=",
        rules.cursor_after(AT.replace(tzinfo=None), "p1"),
        rules.cursor_after(AT, "\x00"),
    ):
        with pytest.raises(Invalid):
            rules.place(strange)


# --- words of people as HTML ---------------------------------------------------------------------------------------

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](java\nscript:alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](&#x09;javascript:alert(1))",
    "[a](vbscript:x)",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](//evil.example)",
    "[a](file:///etc/passwd)",
    "![x](https://evil.example/pixel.gif)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    '[a](https://x.example "\\" onmouseover=alert(1) x=\\"")',
    '[a](https://x.example/"onmouseover="alert(1))',
    "<javascript:alert(1)>",
    "<https://x.example/\"onclick=alert(1)>",
    "```\"><script>alert(1)</script>\nx\n```",
    "`<script>`",
    "[x]: javascript:alert(1)\n\n[x]",
    "<!-- --><style>*{display:none}</style>",
    "<iframe src=https://evil.example></iframe>",
    "| a |\n|---|\n| <b onclick=alert(1)>x</b> |",
]  # fmt: skip
_TAGS = {
    "p", "a", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "br",
    "table", "thead", "tbody", "tr", "th", "td", "s",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title", "rel"}, "code": {"class"}, "ol": {"start"}, "th": {"style"}, "td": {"style"}}


class _Checked(HTMLParser):
    """Fails for any tag, attribute or address that is not among the harmless ones."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in _TAGS, tag
        assert {name for name, _ in attrs} <= _ATTRIBUTES.get(tag, set()), attrs
        for name, value in attrs:
            if name == "href":
                assert str(value).lower().startswith(("http://", "https://", "mailto:")), value
            if name == "style":
                assert str(value) in {"text-align:left", "text-align:right", "text-align:center"}
        if tag == "a":
            assert "nofollow" in str(dict(attrs).get("rel"))


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_people_write_runs_or_calls_home(attack: str) -> None:
    for text in (attack, f"> - {attack}", f"**{attack}**"):
        _Checked().feed(foreign_html(text))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(ATTACKS), st.text("<>[]()`*_|\"'&;:#!~\\\n -ajs/", max_size=12)), max_size=6))
def test_no_mixture_of_it_does_either(pieces: list[str]) -> None:
    _Checked().feed(foreign_html("".join(pieces)))


def test_markdown_of_people_reads_as_it_was_meant() -> None:
    html = foreign_html("**bold** `x<y`\n\n```python\nprint(1)\n```\n[docs](https://docs.python.org)")

    assert "<strong>bold</strong>" in html
    assert "<code>x&lt;y</code>" in html
    assert 'class="language-python"' in html
    assert 'href="https://docs.python.org" rel="nofollow noopener noreferrer ugc"' in html


@pytest.mark.parametrize("unit", ["[", "![", "*a ", "> ", "`", "<", "[a](", "|a", "- ", "~~", "\\", "&#x", "1. ", "_*"])
def test_the_longest_post_of_one_sign_takes_less_than_a_second(unit: str) -> None:
    text = (unit * rules.BODY_CHARS_MAX)[: rules.BODY_CHARS_MAX]
    begun = time.process_time()

    foreign_html(text)

    assert time.process_time() - begun < 1.0
