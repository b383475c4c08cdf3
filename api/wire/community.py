"""Posts, comments and reports."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from api.wire.base import _SHOWN, Id, In, Out, Short, _without_nul
from core.markup import foreign_html
from learning.community import rules as community
from learning.community.board import Thread as CommunityThread

Title = Annotated[str, Field(min_length=1, max_length=community.TITLE_CHARS_MAX, json_schema_extra=_SHOWN), AfterValidator(_without_nul)]  # fmt: skip


PostBody = Annotated[str, Field(min_length=1, max_length=community.BODY_CHARS_MAX, json_schema_extra=_SHOWN), AfterValidator(_without_nul)]  # fmt: skip


CommentBody = Annotated[str, Field(min_length=1, max_length=community.COMMENT_CHARS_MAX, json_schema_extra=_SHOWN), AfterValidator(_without_nul)]  # fmt: skip


Said = Annotated[str, Field(max_length=community.WORDS_CHARS_MAX, json_schema_extra=_SHOWN), AfterValidator(_without_nul)]  # fmt: skip


Tags = Annotated[list[Short], Field(max_length=20, examples=[["loops"]])]


class NewPost(In):
    title: Title = Field(examples=["Why does my loop stop early?"])
    body: PostBody = Field(description="Markdown", examples=["`range(3)` never gives 3. Why?"])
    tags: Tags = Field([], description=f"at most {community.TAGS_MAX} words")
    topic: Id | None = Field(None, description="a topic of the course that it is about")
    audience: community.Audience = Field("classes", description="who reads it: the classes you are in, or the school")


class EditEntry(In):
    """What is left out stays as it is; a comment has a body only."""

    title: Title | None = None
    body: PostBody | None = None
    tags: Tags | None = None
    topic: Id | Literal[""] | None = Field(None, description="empty: about no topic any more")


class NewComment(In):
    body: CommentBody = Field(description="Markdown")


class NewReport(In):
    reason: community.Reason
    words: Said = ""


class Hiding(In):
    reason: community.Reason
    words: Said = Field("", description="for who wrote it")


class Restoring(In):
    words: Annotated[str, Field(min_length=1, max_length=community.WORDS_CHARS_MAX, json_schema_extra=_SHOWN), AfterValidator(_without_nul)]  # fmt: skip


class CommunityAuthor(Out):
    id: str
    name: str
    role: str


class CommunityEntry(Out):
    """`author` is null for the tutor (`by_tutor`), for what was deleted and for who is gone. `body` is the Markdown as it was
    written: show `html`, in which nothing runs; both are empty for what was deleted, or hidden from you."""

    id: str
    post: str
    parent: str | None
    depth: int
    state: community.State
    author: CommunityAuthor | None
    by_tutor: bool
    body: str
    html: str
    citations: list[Mapping[str, Any]]
    created_at: datetime
    edited_at: datetime | None
    hidden_for: str
    hidden_because: str = Field(description="for who wrote it and who moderates: what the moderator last said")
    likes: int
    liked: bool
    own: bool
    moderates: bool = Field(description="whether you may hide it")

    @classmethod
    def of(cls, entry: community.Entry) -> "CommunityEntry":
        fields = {name: getattr(entry, name) for name in CommunityEntry.model_fields if name != "html"}
        return CommunityEntry.model_validate({**fields, "html": foreign_html(entry.body)})


class CommunityPost(CommunityEntry):
    title: str
    tags: list[str]
    topic: str | None
    audience: community.Audience
    views: int
    comments: int
    answered: bool = Field(description="somebody else, or the tutor, wrote below it")
    tutor: community.Tutor | None = Field(
        description="asked: its answer is on the way; private: it is in the asker's own conversations, for them alone"
    )

    @classmethod
    def of(cls, entry: community.Entry) -> "CommunityPost":
        fields = {name: getattr(entry, name) for name in CommunityPost.model_fields if name != "html"}
        return CommunityPost.model_validate({**fields, "html": foreign_html(entry.body)})


class CommunityPostPage(Out):
    """Go on while `next_cursor` is set."""

    items: list[CommunityPost]
    next_cursor: str | None


class CommunityThreadView(Out):
    """Comments in the order in which they were written; `parent` makes them a tree. Go on while `next_cursor` is set."""

    post: CommunityPost
    comments: list[CommunityEntry]
    next_cursor: str | None

    @staticmethod
    def of(thread: CommunityThread) -> "CommunityThreadView":
        return CommunityThreadView(
            post=CommunityPost.of(thread.post),
            comments=[CommunityEntry.of(one) for one in thread.comments],
            next_cursor=thread.next_cursor,
        )


class TutorAsked(Out):
    """`turn_id` is one of your own turns: watch it at `/api/v1/turns/{turn_id}/events`."""

    post: str
    outcome: community.Tutor
    turn_id: str
    thread_id: str


class ReportMade(Out):
    new: bool = Field(description="false: you reported it already")


class ReportedEntry(Out):
    entry: CommunityEntry
    title: str
    reports: int
    reasons: list[str]
    said: list[str]
    first_at: datetime
    outcome: Literal["hidden", "kept"] | None

    @staticmethod
    def of(one: community.Reported) -> "ReportedEntry":
        return ReportedEntry(
            entry=CommunityEntry.of(one.entry), title=one.entry.title, reports=one.reports, reasons=list(one.reasons),
            said=list(one.said), first_at=one.first_at, outcome=one.outcome,
        )  # fmt: skip


class ReportPage(Out):
    """Go on while `next_cursor` is set."""

    items: list[ReportedEntry]
    next_cursor: str | None


class ReportsKept(Out):
    settled: int
