"""The school's community: asking and answering one another, with the tutor on request, and keeping it kind."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.guard import SIGNED_IN, STAFF, Route, principal, requires, services
from api.services import Services
from api.wire.base import Id, Opaque, Short
from api.wire.community import (
    CommunityEntry,
    CommunityPost,
    CommunityPostPage,
    CommunityThreadView,
    EditEntry,
    Hiding,
    NewComment,
    NewPost,
    NewReport,
    ReportedEntry,
    ReportMade,
    ReportPage,
    ReportsKept,
    Restoring,
    TutorAsked,
)
from core.errors import Invalid
from core.ports import TopicId, UserId
from learning.community.rules import Draft, Edit, Wanted

router = APIRouter(prefix="/api/v1/community", route_class=Route, tags=["community"])

_Cursor = Annotated[Opaque | None, Query(description="`next_cursor` of the page before")]


@router.get("/posts", response_model=CommunityPostPage)
@requires(SIGNED_IN)
async def list_posts(
    request: Request,
    q: Annotated[Short | None, Query(description='words to search for; "a phrase", -without, or')] = None,
    tag: Annotated[Short | None, Query(description="with this tag")] = None,
    topic: Annotated[Id | None, Query(description="about this topic of the course")] = None,
    author: Annotated[Id | None, Query(description="by this person")] = None,
    unanswered: Annotated[bool, Query(description="under which nobody else wrote yet")] = False,
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
    cursor: _Cursor = None,
) -> CommunityPostPage:
    """What your classes and the whole school wrote, newest first; with `q`, what fits best first."""
    wanted = Wanted(
        query=q, tag=tag, topic=TopicId(topic) if topic else None, author=UserId(author) if author else None,
        unanswered=unanswered,
    )  # fmt: skip
    found, following = await services(request).community.board.list_posts(
        principal(request), wanted, limit=limit, cursor=cursor
    )
    items = await asyncio.to_thread(lambda: [CommunityPost.of(one) for one in found])
    return CommunityPostPage(items=items, next_cursor=following)


@router.post("/posts", response_model=CommunityPost, status_code=201)
@requires(SIGNED_IN, rate="runs")
async def post(request: Request, body: NewPost) -> CommunityPost:
    """Write to the classes you are in, or to the school where that is allowed. Words of distress reach your teachers."""
    edge = services(request)
    _check_topic(edge, body.topic)
    draft = Draft(
        title=body.title, body=body.body, tags=tuple(body.tags), topic=TopicId(body.topic) if body.topic else None,
        audience=body.audience,
    )  # fmt: skip
    worry = await edge.community.worry(f"{body.title}\n\n{body.body}")
    return CommunityPost.of(await edge.community.board.post(principal(request), draft, worry=worry))


@router.get("/posts/{post_id}", response_model=CommunityThreadView)
@requires(SIGNED_IN)
async def read(
    request: Request, post_id: Id, limit: Annotated[int, Query(ge=1, le=100)] = 50, cursor: _Cursor = None
) -> CommunityThreadView:
    """A post with what stands below it. Counts as a look, once a person a day."""
    found = await services(request).community.board.read(principal(request), post_id, limit=limit, cursor=cursor)
    return await asyncio.to_thread(CommunityThreadView.of, found)


@router.post("/posts/{post_id}/ask-tutor", response_model=TutorAsked, status_code=202)
@requires(SIGNED_IN, rate="turns")
async def ask_tutor(request: Request, post_id: Id) -> TutorAsked:
    """Have the tutor answer your own post. It is one of your turns, in a conversation of its own; what is about the course
    then stands below the post, marked as the tutor's. Once a post: again gives the same."""
    asked = await services(request).community.tutor.ask(principal(request), post_id)
    return TutorAsked(
        post=asked.post, outcome=asked.outcome, turn_id=asked.turn.id, thread_id=asked.turn.thread
    )  # fmt: skip


@router.post("/entries/{entry_id}/comments", response_model=CommunityEntry, status_code=201)
@requires(SIGNED_IN, rate="runs")
async def comment(request: Request, entry_id: Id, body: NewComment) -> CommunityEntry:
    """Reply to a post or to a comment, at most four deep. Whoever you reply to is told."""
    edge = services(request)
    worry = await edge.community.worry(body.body)
    return CommunityEntry.of(await edge.community.board.comment(principal(request), entry_id, body.body, worry=worry))


@router.patch("/entries/{entry_id}", response_model=CommunityEntry)
@requires(SIGNED_IN, rate="runs")
async def edit(request: Request, entry_id: Id, body: EditEntry) -> CommunityEntry:
    """Change what you wrote; not while it is hidden, or reported and not looked at."""
    edge = services(request)
    _check_topic(edge, body.topic)
    change = Edit(
        title=body.title, body=body.body, topic=body.topic, tags=None if body.tags is None else tuple(body.tags)
    )  # fmt: skip
    worry = await edge.community.worry(f"{body.title or ''}\n\n{body.body or ''}".strip())
    return CommunityEntry.of(await edge.community.board.edit(principal(request), entry_id, change, worry=worry))


@router.delete("/entries/{entry_id}", status_code=204)
@requires(SIGNED_IN)
async def delete(request: Request, entry_id: Id) -> Response:
    """Delete what you wrote, or what the tutor answered you. Where others wrote below it, its empty place stays."""
    await services(request).community.board.delete(principal(request), entry_id)
    return Response(status_code=204)


@router.post("/entries/{entry_id}/like", response_model=CommunityEntry)
@requires(SIGNED_IN)
async def like(request: Request, entry_id: Id) -> CommunityEntry:
    """Like it, once."""
    return CommunityEntry.of(await services(request).community.board.like(principal(request), entry_id, True))


@router.delete("/entries/{entry_id}/like", response_model=CommunityEntry)
@requires(SIGNED_IN)
async def unlike(request: Request, entry_id: Id) -> CommunityEntry:
    """Like it no more."""
    return CommunityEntry.of(await services(request).community.board.like(principal(request), entry_id, False))


# --- keeping it kind -----------------------------------------------------------------------------------------------


@router.post("/entries/{entry_id}/report", response_model=ReportMade)
@requires(SIGNED_IN, rate="runs")
async def report(request: Request, entry_id: Id, body: NewReport) -> ReportMade:
    """Have a teacher look at it. Who wrote it is not told by whom."""
    new = await services(request).community.moderation.report(principal(request), entry_id, body.reason, body.words)
    return ReportMade(new=new)


@router.get("/reports", response_model=ReportPage)
@requires(STAFF)
async def list_reports(
    request: Request,
    settled: Annotated[bool, Query(description="those that were decided, in place of those that wait")] = False,
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
    cursor: _Cursor = None,
) -> ReportPage:
    """What was reported in your classes, the oldest first; of an admin: everywhere."""
    found, following = await services(request).community.moderation.queue(
        principal(request), settled=settled, limit=limit, cursor=cursor
    )
    items = await asyncio.to_thread(lambda: [ReportedEntry.of(one) for one in found])
    return ReportPage(items=items, next_cursor=following)


@router.post("/entries/{entry_id}/hide", response_model=CommunityEntry)
@requires(STAFF)
async def hide(request: Request, entry_id: Id, body: Hiding) -> CommunityEntry:
    """Hide it from all but its author and moderators, and settle its reports. Stands in the audit log."""
    moderation = services(request).community.moderation
    return CommunityEntry.of(await moderation.hide(principal(request), entry_id, body.reason, body.words))


@router.post("/entries/{entry_id}/restore", response_model=CommunityEntry)
@requires(STAFF)
async def restore(request: Request, entry_id: Id, body: Restoring) -> CommunityEntry:
    """Show it to all again. Stands in the audit log."""
    moderation = services(request).community.moderation
    return CommunityEntry.of(await moderation.restore(principal(request), entry_id, body.words))


@router.post("/entries/{entry_id}/keep", response_model=ReportsKept)
@requires(STAFF)
async def keep(request: Request, entry_id: Id) -> ReportsKept:
    """It is all right: settle its reports and leave it as it is."""
    return ReportsKept(settled=await services(request).community.moderation.keep(principal(request), entry_id))


def _check_topic(edge: Services, topic: str | None) -> None:
    if topic and topic not in {one.id for one in edge.course.list_topics()}:
        raise Invalid("The course has no such topic.", field="topic")
