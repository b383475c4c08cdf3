"""What a sound post is, what is shown of an entry to whom, and which of the tutor's answers others may read: pure."""

import base64
import binascii
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from core.errors import Invalid
from core.ports import Principal, Role, TopicId, UserId
from learning.attempts import check_text

DEPTH_MAX = 4
"""Replies to replies; a post is 0."""
COMMENTS_MAX = 500
"""Of one post."""
TITLE_CHARS_MAX = 200
BODY_CHARS_MAX = 10_000
COMMENT_CHARS_MAX = 5_000
ANSWER_CHARS_MAX = 20_000
WORDS_CHARS_MAX = 2_000
TAGS_MAX = 5
QUERY_CHARS_MAX = 200
PAGE_MAX = 100
_TAG = re.compile(r"[^\W_][\w+#.-]{0,29}")

Audience = Literal["classes", "school"]
Reason = Literal["unkind", "unsafe", "private", "cheating", "spam", "other"]
State = Literal["shown", "deleted", "hidden"]
Tutor = Literal["asked", "answered", "private"]

SHARED_INTENTS = frozenset({"concept", "debugging", "review", "exercise", "maths", "course", "answer_seeking"})
"""What others may read of the tutor. The rest speaks of the one who asked: their progress, plan, marks or worries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A post to be. `topic` is one of the course."""

    title: str
    body: str
    tags: tuple[str, ...] = ()
    topic: TopicId | None = None
    audience: Audience = "classes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What changes; None stays as it is. `topic` '' takes it away."""

    title: str | None = None
    body: str | None = None
    tags: tuple[str, ...] | None = None
    topic: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Worry:
    """Words of distress that were found: what the alert to teachers says."""

    severity: str
    reason: str
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    id: UserId
    name: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A post, or a comment (`depth` from 1). `author` is None for the tutor and for who is gone. `body` is Markdown as it was
    written, empty where the reader may not see it. `tutor` says what came of asking it, of a post only; that an answer is private, only its asker learns."""

    id: str
    post: str
    parent: str | None
    depth: int
    state: State
    author: Author | None
    by_tutor: bool
    title: str
    body: str
    tags: tuple[str, ...]
    topic: TopicId | None
    audience: Audience
    citations: Sequence[Mapping[str, Any]]
    created_at: datetime
    edited_at: datetime | None
    hidden_for: str
    hidden_because: str
    likes: int
    liked: bool
    views: int
    comments: int
    answered: bool
    tutor: Tutor | None
    own: bool
    moderates: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which posts: all that is given must hold. `query` is searched for in title and body, as web searches are written."""

    query: str | None = None
    tag: str | None = None
    topic: TopicId | None = None
    author: UserId | None = None
    unanswered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """An entry with what was said against it; `outcome` once it is settled."""

    entry: Entry
    reports: int
    reasons: tuple[str, ...]
    said: tuple[str, ...]
    first_at: datetime
    outcome: Literal["hidden", "kept"] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a page ended."""

    at: datetime
    id: str
    rank: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who asks, as statements take it."""

    user: UserId
    everyone: bool = field(default=False)
    teacher: str = ""

    @staticmethod
    def of(who: Principal) -> "Reader":
        return Reader(user=who.id, everyone=who.role is Role.ADMIN, teacher=who.id if who.role is Role.TEACHER else "")

    def params(self) -> dict[str, Any]:
        return {"user": self.user, "everyone": self.everyone, "teacher": self.teacher}


def check_draft(draft: Draft) -> dict[str, Any]:
    """Its columns, in order. Raises Invalid, naming the field."""
    return {
        "title": check_title(draft.title), "body": check_body(draft.body, BODY_CHARS_MAX), "tags": check_tags(draft.tags),
        "topic": draft.topic, "audience": draft.audience,
    }  # fmt: skip


def check_title(title: str) -> str:
    """On one line. Raises Invalid."""
    line = " ".join(title.split())
    check_text("title", line, TITLE_CHARS_MAX)
    if not line:
        raise Invalid("a post needs a title", field="title")
    return line


def check_body(body: str, chars_max: int) -> str:
    """Without empty space around it. Raises Invalid."""
    check_text("body", body, chars_max)
    if not body.strip():
        raise Invalid("there are no words in it", field="body")
    return body.strip("\n").rstrip()


def check_tags(tags: Collection[str]) -> list[str]:
    """In small letters, each once, in order. Raises Invalid."""
    found = list(dict.fromkeys(tag.strip().removeprefix("#").casefold() for tag in tags))
    if len(found) > TAGS_MAX:
        raise Invalid(f"at most {TAGS_MAX} tags", field="tags")
    if strange := [tag for tag in found if not _TAG.fullmatch(tag)]:
        raise Invalid("a tag is one word of at most 30 letters, digits, or + # . -", field="tags", tag=strange[0][:50])
    return found


def check_words(words: str) -> str:
    """What is said with a report or a decision; may be nothing. Raises Invalid."""
    check_text("words", words, WORDS_CHARS_MAX)
    return words.strip()


def check_wanted(wanted: Wanted) -> dict[str, Any]:
    """As statements take it. Raises Invalid."""
    query = (wanted.query or "").strip() or None
    check_text("q", query or "", QUERY_CHARS_MAX)
    return {
        "q": query, "tag": check_tags([wanted.tag])[0] if wanted.tag else None, "topic": wanted.topic,
        "author": wanted.author, "unanswered": wanted.unanswered,
    }  # fmt: skip


def entry(row: Mapping[str, Any], reader: Reader) -> Entry:
    """What the reader sees: the words of what is hidden are for who wrote it and who moderates."""
    own = row["author_id"] is not None and row["author_id"] == reader.user
    inside = own or row["moderates"]
    state: State = "deleted" if row["deleted_at"] else "hidden" if row["hidden_at"] else "shown"
    open_to = state == "shown" or (state == "hidden" and inside)
    known = row["author_id"] is not None and state != "deleted"
    return Entry(
        id=row["id"], post=row["post_id"], parent=row["reply_to"], depth=row["depth"], state=state,
        author=Author(id=row["author_id"], name=row["author_name"], role=Role(row["author_role"])) if known else None,
        by_tutor=row["by_tutor"], title=row["title"] if open_to else "", body=row["body"] if open_to else "",
        tags=tuple(row["tags"]) if open_to else (), topic=row["topic"], audience=row["audience"],
        citations=row["citations"] if open_to else [], created_at=row["created_at"], edited_at=row["edited_at"],
        hidden_for=row["hidden_for"] if inside else "", hidden_because=row["hidden_because"] if inside else "",
        likes=row["likes"], liked=row["liked"], views=row["views"], comments=row["comments"], answered=row["answered"],
        tutor=row["tutor"] if own or row["tutor"] != "private" else None, own=own, moderates=row["moderates"],
    )  # fmt: skip


def is_for_others(answer: Mapping[str, Any]) -> bool:
    """Whether an answer of the tutor's speaks of the course alone, and not of who asked."""
    intents = set(answer.get("intents", []))
    return bool(intents) and intents <= SHARED_INTENTS and bool(str(answer.get("reply", "")).strip())


def page_size(limit: int) -> int:
    return max(1, min(limit, PAGE_MAX))


def cursor_after(at: datetime, ident: str, rank: float = 0.0) -> str:
    """Opaque to its reader, so that it may change."""
    return base64.urlsafe_b64encode(json.dumps([at.isoformat(), ident, rank]).encode()).decode()


def place(cursor: str | None) -> Place | None:
    """Raises Invalid for a cursor that was not made here."""
    if cursor is None:
        return None
    try:
        at, ident, rank = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
        found = Place(at=datetime.fromisoformat(at), id=str(ident), rank=float(rank))
    except (ValueError, TypeError, UnicodeError, binascii.Error, RecursionError) as error:
        raise Invalid("this cursor does not come from here", field="cursor") from error
    if found.at.tzinfo is None or "\x00" in found.id or len(found.id) > 64:
        raise Invalid("this cursor does not come from here", field="cursor")
    return found
