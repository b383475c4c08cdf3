"""The community over real Postgres: who sees what, what counts once, and the tutor's answer that comes once."""

import asyncio
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from psycopg.types.json import Jsonb

from accounts.audit import AuditLog
from core import db
from core.clock import FakeClock
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.ports import Ask, Principal, Role, Student, ThreadId, TopicId, TurnId, Turns, TurnView, UserId
from learning.alerts import Wanted as WantedAlerts
from learning.community.board import PostgresBoard
from learning.community.moderation import PostgresModeration
from learning.community.rules import COMMENTS_MAX, DEPTH_MAX, Draft, Edit, Entry, Wanted, Worry
from learning.community.tutor import LOST_AFTER, TutorAnswers, answering
from learning.inbox import PostgresInbox
from learning.notifications.box import PostgresNotifications

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY_S = 86_400.0
PEOPLE = {"ada": "student", "amy": "student", "bob": "student", "hers": "teacher", "his": "teacher", "root": "admin"}
ADA, AMY, BOB, HERS, HIS, ROOT = (
    Principal(id=UserId(who), role=Role(role), name=who.title()) for who, role in PEOPLE.items()
)
LOOPS = Draft(title="Why does my loop stop early?", body="`range(3)` never gives 3.", tags=("loops",))
SAD = Worry(severity="high", reason="Said so", advice="Talk")


@dataclass
class StoredTurns:
    """Turns as rows that nobody runs until `end`; `failing` does not take any."""

    pool: db.Pool
    submitted: list[tuple[str, Ask]] = field(default_factory=list)
    failing: bool = False

    async def submit(
        self, student: Student, ask: Ask, *, thread: ThreadId | None = None, turn: TurnId | None = None
    ) -> TurnView:
        if self.failing:
            raise Conflict("dying")
        assert turn is not None
        self.submitted.append((turn, ask))
        async with self.pool.connection() as conn:
            await conn.execute(
                "with t as (insert into threads (id, student_id) values (%s, %s) on conflict do nothing returning id)"
                " insert into turns (id, thread_id, student_id, seq, status, ask)"
                " select %s, id, %s, 1, 'running', %s from t",
                (f"th-{turn}", student.id, turn, student.id, Jsonb(asdict(ask))),
            )
        return await self.get(student, turn)

    async def get(self, student: Student, turn: TurnId) -> TurnView:
        if self.failing:
            raise NotFound
        return TurnView(
            id=turn, thread=ThreadId(f"th-{turn}"), seq=1, status="running", ask=Ask(message=""), answer=None,
            created_at=NOON, finished_at=None,
        )  # fmt: skip

    async def end(self, turn: str, *, status: str = "done", **answer: Any) -> None:
        told = {
            "reply": "It stops *before* its end.",
            "intents": ["concept"],
            "citations": [{"n": 1, "title": "Loops"}],
        }
        async with self.pool.connection() as conn:
            await conn.execute(
                "update turns set status = %s, answer = %s where id = %s", (status, Jsonb(told | answer), turn)
            )


@dataclass
class School:
    """Class a: Ada and Amy, taught by hers. Class b: Bob, taught by his."""

    pool: db.Pool
    clock: FakeClock
    board: PostgresBoard
    moderation: PostgresModeration
    turns: StoredTurns
    tutor: TutorAnswers

    async def titles(self, who: Principal, **wanted: Any) -> list[str]:
        return [one.title for one in (await self.board.list_posts(who, Wanted(**wanted)))[0]]

    async def post(self, who: Principal, title: str, body: str = "words", **more: Any) -> Entry:
        self.clock.advance(1)
        return await self.board.post(who, Draft(title=title, body=body, **more))

    async def comments(self, who: Principal, post: str) -> list[Entry]:
        return list((await self.board.read(who, post)).comments)

    async def told(self, who: Principal) -> list[str]:
        found, _ = await PostgresNotifications(self.pool, self.clock).list_notifications(who)
        return [one.title for one in found]

    async def rows(self, statement: str) -> list[dict[str, Any]]:
        async with self.pool.connection() as conn:
            return await (await conn.execute(statement.encode())).fetchall()


@pytest.fixture
async def school(pool: db.Pool) -> School:
    async with pool.connection() as conn:
        for who, role in PEOPLE.items():
            await conn.execute(
                "insert into users (id, email, name, role) values (%s, %s, %s, %s)",
                (who, f"{who}@example.org", who.title(), role),
            )
        await conn.execute("insert into classes (id, name) values ('a', 'A'), ('b', 'B')")
        await conn.execute(
            "insert into class_members values ('a', 'ada', 'student'), ('a', 'amy', 'student'), ('a', 'hers', 'teacher'),"
            " ('b', 'bob', 'student'), ('b', 'his', 'teacher')"
        )
    clock = FakeClock(NOON)
    turns = StoredTurns(pool)
    return School(
        pool, clock, PostgresBoard(pool, clock), PostgresModeration(pool, clock), turns,
        TutorAnswers(pool, clock, cast(Turns, turns)),
    )  # fmt: skip


# --- who sees what -------------------------------------------------------------------------------------------------


async def test_a_post_is_for_the_classes_of_its_author(school: School) -> None:
    made = await school.board.post(ADA, LOOPS)

    for who in (ADA, AMY, HERS, ROOT):
        assert (await school.board.read(who, made.id)).post.title == LOOPS.title
        assert await school.titles(who) == [LOOPS.title]
    for who in (BOB, HIS):
        assert await school.titles(who) == []
        for attempt in (
            school.board.read(who, made.id),
            school.board.comment(who, made.id, "hm"),
            school.board.like(who, made.id, True),
            school.board.edit(who, made.id, Edit(body="x")),
            school.board.delete(who, made.id),
            school.moderation.report(who, made.id, "spam"),
            school.moderation.hide(HIS, made.id, "spam", "x"),
            school.tutor.ask(who, made.id),
        ):
            with pytest.raises(NotFound):
                await attempt


async def test_who_leaves_a_class_takes_nothing_out_of_it_and_sees_no_more(school: School) -> None:
    await school.board.post(ADA, LOOPS)
    async with school.pool.connection() as conn:
        await conn.execute("delete from class_members where user_id in ('ada', 'amy')")
        await conn.execute("insert into class_members values ('b', 'ada', 'student')")

    assert await school.titles(HERS) == [LOOPS.title]
    assert await school.titles(AMY) == []
    assert await school.titles(BOB) == []


async def test_the_whole_school_is_written_to_by_staff_and_by_students_where_it_is_allowed(school: School) -> None:
    wide = Draft(title="Hello all", body="words", audience="school")
    with pytest.raises(Forbidden):
        await school.board.post(ADA, wide)

    await school.board.post(HERS, wide)
    await PostgresBoard(school.pool, school.clock, school_wide=True).post(ADA, wide)

    assert await school.titles(BOB) == ["Hello all"] * 2


# --- comments ------------------------------------------------------------------------------------------------------


async def test_replies_nest_to_their_bound_and_tell_whoever_is_replied_to(school: School) -> None:
    post = await school.board.post(ADA, LOOPS)
    above = post
    for n, who in enumerate((AMY, ADA, AMY, HERS)):
        school.clock.advance(1)
        above = await school.board.comment(who, above.id, f"reply {n}")

    with pytest.raises(Conflict):
        await school.board.comment(AMY, above.id, "too deep")
    found = await school.comments(ADA, post.id)
    assert [(one.depth, one.body) for one in found] == [(n + 1, f"reply {n}") for n in range(DEPTH_MAX)]
    assert [one.parent for one in found] == [post.id, *(one.id for one in found[:-1])]
    assert len(await school.told(ADA)) == 3  # two of Amy's and the teacher's, as the post is hers
    assert len(await school.told(AMY)) == 2
    assert "Ada" not in "".join(await school.told(AMY))


async def test_comments_come_in_pages_in_order(school: School) -> None:
    post = await school.board.post(ADA, LOOPS)
    for n in range(5):
        await school.board.comment(AMY, post.id, str(n))  # all in the same moment

    first = await school.board.read(ADA, post.id, limit=3)
    rest = await school.board.read(ADA, post.id, limit=3, cursor=first.next_cursor)

    assert [one.body for one in (*first.comments, *rest.comments)] == list("01234")
    assert rest.next_cursor is None


async def test_a_post_that_is_full_takes_no_more_even_at_once(school: School) -> None:
    post = await school.board.post(ADA, LOOPS)
    async with school.pool.connection() as conn:
        await conn.execute(
            "insert into community_entries (id, post_id, reply_to, depth, author_id, body, created_at)"
            " select 'c' || n, %s, %s, 1, 'amy', 'x', now() from generate_series(1, %s) n",
            (post.id, post.id, COMMENTS_MAX - 1),
        )

    tries = [school.board.comment(AMY, post.id, "last") for _ in range(6)]
    found = await asyncio.gather(*tries, return_exceptions=True)

    assert sum(isinstance(one, Entry) for one in found) == 1
    assert sum(isinstance(one, Conflict) for one in found) == 5


# --- one's own -----------------------------------------------------------------------------------------------------


async def test_one_changes_and_deletes_ones_own_only(school: School) -> None:
    post = await school.board.post(ADA, LOOPS)
    for who in (AMY, HERS, ROOT):
        with pytest.raises(Forbidden):
            await school.board.edit(who, post.id, Edit(body="other words"))
        with pytest.raises(Forbidden):
            await school.board.delete(who, post.id)

    changed = await school.board.edit(ADA, post.id, Edit(body="other words", tags=("python",)))
    await school.board.delete(ADA, post.id)

    assert (changed.title, changed.body, changed.tags) == (LOOPS.title, "other words", ("python",))
    assert changed.edited_at is not None
    assert await school.rows("select 1 from community_entries") == []
    with pytest.raises(NotFound):
        await school.board.read(ADA, post.id)


async def test_what_is_deleted_leaves_an_empty_place_for_what_others_wrote_below(school: School) -> None:
    post = await school.board.post(ADA, LOOPS)
    reply = await school.board.comment(AMY, post.id, "Because …")
    await school.board.comment(HERS, reply.id, "Right.")
    await school.board.delete(ADA, post.id)
    await school.board.delete(AMY, reply.id)

    found = await school.board.read(HERS, post.id)

    assert (found.post.state, found.post.title, found.post.author) == ("deleted", "", None)
    assert [(one.state, one.body) for one in found.comments] == [("deleted", ""), ("shown", "Right.")]
    assert "Because" not in str(await school.rows("select to_jsonb(e) from community_entries e"))
    assert await school.titles(HERS, author="ada") == []
    with pytest.raises(NotFound):
        await school.board.comment(HERS, found.comments[1].id, "below what is gone")


# --- likes and looks -----------------------------------------------------------------------------------------------


async def test_a_person_likes_once_however_often_at_once(school: School) -> None:
    post = await school.board.post(ADA, LOOPS)

    await asyncio.gather(*[school.board.like(who, post.id, True) for who in (AMY, HERS) for _ in range(6)])
    liked = (await school.board.read(AMY, post.id)).post
    less = await school.board.like(AMY, post.id, False)

    assert (liked.likes, liked.liked) == (2, True)
    assert (less.likes, less.liked) == (1, False)


async def test_a_look_counts_once_a_person_a_day_and_ones_own_never(school: School) -> None:
    post = await school.board.post(ADA, LOOPS)
    await asyncio.gather(*[school.board.read(who, post.id) for who in (AMY, HERS, ADA) for _ in range(5)])
    school.clock.advance(DAY_S - 1)
    await school.board.read(AMY, post.id)

    before = (await school.board.read(ADA, post.id)).post.views
    school.clock.advance(1)
    after = (await school.board.read(AMY, post.id)).post.views

    assert (before, after) == (2, 3)


async def test_all_at_once_on_one_post_nobody_waits_for_ever(school: School) -> None:
    post = await school.board.post(ADA, LOOPS)
    others = [
        act
        for n in range(10)
        for act in (
            school.board.read(AMY if n % 2 else HERS, post.id),
            school.board.comment(AMY if n % 2 else ADA, post.id, "words"),
            school.board.like(HERS, post.id, bool(n % 2)),
            school.board.edit(ADA, post.id, Edit(body=f"words {n}")),
            school.tutor.ask(ADA, post.id),
            school.tutor.look(),
        )
    ]

    async with asyncio.timeout(30):
        await asyncio.gather(*others)

    assert (await school.board.read(ADA, post.id)).post.comments == 10


# --- finding -------------------------------------------------------------------------------------------------------


async def test_posts_are_found_by_their_words_what_fits_best_first(school: School) -> None:
    await school.post(ADA, "Functions", "Something that mentions loops once.")
    await school.post(ADA, "Looping over a list", "A loop over loops of lists.")
    await school.post(BOB, "Loops of another class")
    await school.post(AMY, "Fractions", "No such thing.")

    assert await school.titles(AMY, query="loop") == ["Looping over a list", "Functions"]
    assert await school.titles(AMY, query="loop -function") == ["Looping over a list"]
    assert await school.titles(AMY, query='"over a list"') == ["Looping over a list"]
    assert await school.titles(AMY, query="the and of") == []
    for strange in ("'", '"', "a & | !", "(((", "\\", ":*", "<->"):
        assert isinstance(await school.titles(AMY, query=strange), list)


async def test_filters_hold_together(school: School) -> None:
    first = await school.post(ADA, "one", tags=("loops",), topic=TopicId("python/loops"))
    await school.post(AMY, "two", tags=("loops", "lists"))
    await school.post(ADA, "three")
    await school.board.comment(ADA, first.id, "still stuck")  # nobody else

    assert await school.titles(AMY, tag="#Loops") == ["two", "one"]
    assert await school.titles(AMY, topic=TopicId("python/loops")) == ["one"]
    assert await school.titles(AMY, author=UserId("ada")) == ["three", "one"]
    assert await school.titles(AMY, tag="loops", author=UserId("ada"), unanswered=True) == ["one"]
    await school.board.comment(HERS, first.id, "Look at its end.")
    assert await school.titles(AMY, unanswered=True) == ["three", "two"]


@pytest.mark.parametrize("query", [None, "loops"])
async def test_pages_give_every_post_once(query: str | None, school: School) -> None:
    for n in range(7):
        await school.board.post(ADA, Draft(title=f"loops {n}", body="loops " * (n % 3) + "x"))  # all in the same moment

    found: list[str] = []
    cursor = None
    while True:
        page, cursor = await school.board.list_posts(AMY, Wanted(query=query), limit=2, cursor=cursor)
        found += [one.title for one in page]
        if cursor is None:
            break

    assert sorted(found) == [f"loops {n}" for n in range(7)]
    with pytest.raises(Invalid):
        await school.board.list_posts(AMY, Wanted(query="x" * 201))


# --- words of distress ---------------------------------------------------------------------------------------------


async def test_words_of_distress_reach_the_students_teacher_with_the_post(school: School) -> None:
    post = await school.board.post(ADA, LOOPS, worry=SAD)
    await school.board.comment(HERS, post.id, "I felt so too.", worry=SAD)

    (alert,), _ = await PostgresInbox(school.pool, school.clock).list_alerts(HERS, WantedAlerts())

    assert (alert.student, alert.kind, alert.severity) == ("ada", "wellbeing", "high")
    assert alert.evidence == {"entry": post.id}


async def test_a_post_that_is_not_kept_raises_no_alert(school: School) -> None:
    post = await school.board.post(ADA, LOOPS)
    with pytest.raises(NotFound):
        await school.board.comment(BOB, post.id, "hm", worry=SAD)

    assert await school.rows("select 1 from alerts") == []


# --- moderation ----------------------------------------------------------------------------------------------------


async def test_a_report_waits_once_a_person_however_often_at_once(school: School) -> None:
    post = await school.board.post(ADA, LOOPS)

    made = await asyncio.gather(
        *[school.moderation.report(who, post.id, "unkind", "hm") for who in (AMY, HERS) for _ in range(5)]
    )
    (found,), _ = await school.moderation.queue(HERS)

    assert sum(made) == 2
    assert (found.entry.id, found.reports, found.reasons, found.outcome) == (post.id, 2, ("unkind",), None)
    with pytest.raises(Conflict):
        await school.moderation.report(ADA, post.id, "spam")


async def test_the_queue_is_for_who_moderates_there(school: School) -> None:
    posts = [await school.post(ADA, f"p{n}") for n in range(3)]
    for post in posts:
        school.clock.advance(1)
        await school.moderation.report(AMY, post.id, "spam")

    first, cursor = await school.moderation.queue(HERS, limit=2)
    rest, end = await school.moderation.queue(HERS, limit=2, cursor=cursor)

    assert [one.entry.title for one in (*first, *rest)] == ["p0", "p1", "p2"]
    assert end is None
    assert (await school.moderation.queue(HIS))[0] == []
    assert len((await school.moderation.queue(ROOT))[0]) == 3
    with pytest.raises(Forbidden):
        await school.moderation.queue(AMY)


async def test_what_is_hidden_is_gone_for_others_and_comes_back(school: School) -> None:
    post = await school.board.post(ADA, LOOPS)
    await school.moderation.report(AMY, post.id, "unkind")
    hidden = await school.moderation.hide(HERS, post.id, "unkind", "Please be kind.")

    with pytest.raises(NotFound):
        await school.board.read(AMY, post.id)
    assert await school.titles(AMY) == await school.titles(AMY, query="loop") == []
    assert (await school.board.read(ADA, post.id)).post.hidden_because == "Please be kind."
    with pytest.raises(Conflict):
        await school.board.edit(ADA, post.id, Edit(body="again"))
    restored = await school.moderation.restore(HERS, post.id, "A misunderstanding.")

    assert (hidden.state, restored.state) == ("hidden", "shown")
    assert (await school.board.read(AMY, post.id)).post.body == LOOPS.body
    assert (await school.moderation.queue(HERS))[0] == []
    assert (await school.moderation.queue(HERS, settled=True))[0][0].outcome == "hidden"
    assert await school.told(ADA) == ["A moderator hid something that you wrote in the community"]


async def test_a_hidden_comment_keeps_its_place_without_its_words(school: School) -> None:
    post = await school.board.post(ADA, LOOPS)
    reply = await school.board.comment(AMY, post.id, "unkind words")
    await school.moderation.hide(HERS, reply.id, "unkind", "")

    seen = {who.id: (await school.comments(who, post.id))[0].body for who in (ADA, AMY, HERS)}

    assert seen == {"ada": "", "amy": "unkind words", "hers": "unkind words"}
    with pytest.raises(NotFound):
        await school.board.comment(ADA, reply.id, "What?")


async def test_a_teacher_moderates_own_classes_and_own_students_only(school: School) -> None:
    theirs = await school.post(HERS, "to all", audience="school")
    remark = await school.board.comment(BOB, theirs.id, "words of Bob")

    for who in (AMY, BOB):
        with pytest.raises(Forbidden):
            await school.moderation.hide(who, theirs.id, "spam", "")
    with pytest.raises(Forbidden):
        await school.moderation.hide(HIS, theirs.id, "spam", "")
    assert (await school.moderation.hide(HIS, remark.id, "spam", "")).state == "hidden"
    assert (await school.moderation.restore(HERS, remark.id, "fine")).state == "shown"


async def test_what_waits_for_a_moderator_is_not_changed_under_their_eyes(school: School) -> None:
    post = await school.board.post(ADA, LOOPS)
    await school.moderation.report(AMY, post.id, "unkind")
    for attempt in (school.board.edit(ADA, post.id, Edit(body="nothing")), school.board.delete(ADA, post.id)):
        with pytest.raises(Conflict):
            await attempt

    assert await school.moderation.keep(HERS, post.id) == 1
    assert await school.moderation.keep(HERS, post.id) == 0
    await school.board.delete(ADA, post.id)


async def test_every_decision_stands_in_the_audit_log_without_words(school: School) -> None:
    post = await school.board.post(ADA, LOOPS)
    await school.moderation.report(AMY, post.id, "spam", "secret words")
    for _ in range(2):
        await school.moderation.keep(HERS, post.id)
        await school.moderation.hide(HERS, post.id, "unkind", "secret words")
    await school.moderation.restore(ROOT, post.id, "secret words")

    log = AuditLog(school.pool)
    found = [one for one in await log.newest() if one.kind.startswith("community.")]
    assert [(one.kind, one.actor, one.subject) for one in reversed(found)] == [
        ("community.kept", "hers", "ada"),
        ("community.hidden", "hers", "ada"),
        ("community.restored", "root", "ada"),
    ]
    assert "secret" not in str(found)
    assert post.id in found[0].facts
    assert (await log.verify()).faults == ()


# --- the tutor -----------------------------------------------------------------------------------------------------


async def test_the_tutors_answer_becomes_one_comment_however_often_it_is_asked(school: School) -> None:
    post = await school.board.post(ADA, LOOPS)
    asked = await asyncio.gather(*[school.tutor.ask(ADA, post.id) for _ in range(6)])
    (turn,) = {one.turn.id for one in asked}
    assert (await school.board.read(ADA, post.id)).post.tutor == "asked"
    await school.turns.end(turn)

    others = [TutorAnswers(school.pool, school.clock, cast(Turns, school.turns)) for _ in range(4)]
    done = await asyncio.gather(*[one.look() for one in (school.tutor, *others)])
    again = await school.tutor.ask(ADA, post.id)

    (comment,) = await school.comments(AMY, post.id)
    assert sum(done) == 1
    assert (comment.by_tutor, comment.author, comment.depth) == (True, None, 1)
    assert (comment.body, comment.citations) == ("It stops *before* its end.", [{"n": 1, "title": "Loops"}])
    assert (again.turn.id, again.outcome) == (turn, "answered")
    assert await school.told(ADA) == ["The tutor answered your question in the community"]
    assert await school.titles(AMY, unanswered=True) == []
    assert {ask.public for _, ask in school.turns.submitted} == {True}


async def test_only_the_author_asks_the_tutor(school: School) -> None:
    post = await school.board.post(ADA, LOOPS)
    reply = await school.board.comment(AMY, post.id, "hm")
    for who in (AMY, HERS, ROOT):
        with pytest.raises(Forbidden):
            await school.tutor.ask(who, post.id)
    with pytest.raises(NotFound):
        await school.tutor.ask(AMY, reply.id)
    assert school.turns.submitted == []


async def test_a_question_whose_process_died_is_taken_up_by_another(school: School) -> None:
    post = await school.board.post(ADA, LOOPS)
    school.turns.failing = True
    with pytest.raises(NotFound):  # kept as a question, and no turn yet
        await school.tutor.ask(ADA, post.id)
    school.turns.failing = False

    assert await school.tutor.look() == 0  # whoever took it on may still be at it
    school.clock.advance(LOST_AFTER.total_seconds())
    assert await school.tutor.look() == 1
    await school.turns.end(school.turns.submitted[0][0])
    async with answering(school.tutor, every_s=0.01), asyncio.timeout(10):
        while not await school.comments(ADA, post.id):  # noqa: ASYNC110  nothing tells when
            await asyncio.sleep(0.01)

    assert len(school.turns.submitted) == 1
    assert len(await school.comments(ADA, post.id)) == 1


@pytest.mark.parametrize("intents", [["distress"], ["concept", "progress"], ["account"]])
async def test_what_the_tutor_says_of_the_student_stays_theirs(intents: list[str], school: School) -> None:
    post = await school.board.post(ADA, LOOPS)
    await school.turns.end((await school.tutor.ask(ADA, post.id)).turn.id, intents=intents)

    assert await school.tutor.look() == 1

    found = await school.board.read(AMY, post.id)
    assert (found.comments, found.post.tutor) == ((), None)
    assert (await school.board.read(ADA, post.id)).post.tutor == "private"
    assert await school.tutor.look() == 0


async def test_a_turn_that_failed_may_be_asked_for_again(school: School) -> None:
    post = await school.board.post(ADA, LOOPS)
    first = await school.tutor.ask(ADA, post.id)
    await school.turns.end(first.turn.id, status="failed", reply="Sorry.")
    await school.tutor.look()

    second = await school.tutor.ask(ADA, post.id)

    assert second.turn.id != first.turn.id
    assert await school.comments(ADA, post.id) == []


async def test_nothing_is_put_below_what_was_hidden_or_deleted_meanwhile(school: School) -> None:
    hidden, gone = await school.board.post(ADA, LOOPS), await school.board.post(ADA, LOOPS)
    for post in (hidden, gone):
        await school.turns.end((await school.tutor.ask(ADA, post.id)).turn.id)
    await school.moderation.hide(HERS, hidden.id, "unsafe", "")
    await school.board.delete(ADA, gone.id)

    while await school.tutor.look():
        pass

    assert await school.rows("select 1 from community_entries where turn_id is not null") == []


async def test_the_asker_takes_the_tutors_answer_away_and_nobody_else(school: School) -> None:
    post = await school.board.post(ADA, LOOPS)
    await school.turns.end((await school.tutor.ask(ADA, post.id)).turn.id)
    await school.tutor.look()
    (answer,) = await school.comments(ADA, post.id)
    with pytest.raises(Forbidden):
        await school.board.delete(AMY, answer.id)
    with pytest.raises(Forbidden):
        await school.board.edit(ADA, answer.id, Edit(body="The tutor says I am great."))

    await school.board.delete(ADA, answer.id)

    assert await school.comments(ADA, post.id) == []
    assert await school.tutor.look() == 0
