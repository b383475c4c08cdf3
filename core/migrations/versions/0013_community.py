"""The community: posts and comments, who likes, saw and reported them, and questions that the tutor was asked to answer."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.execute("""
    -- A post is an entry of depth 0, everything below it a comment. `turn_id` marks the tutor's own: it is the turn that
    -- the words come from, so that they cannot be put there twice.
    create table community_entries (
        id text primary key check (length(id) <= 64),
        post_id text not null references community_entries on delete cascade,
        reply_to text references community_entries on delete cascade,
        depth smallint not null check (depth between 0 and 4),
        author_id text references users on delete set null,
        asked_by text references users on delete set null,
        turn_id text unique,
        title text not null default '' check (length(title) <= 200),
        body text not null check (length(body) <= 20000),
        tags text[] not null default '{}',
        topic text,
        audience text not null default 'classes' check (audience in ('classes', 'school')),
        citations jsonb not null default '[]',
        views bigint not null default 0,
        created_at timestamptz not null,
        edited_at timestamptz,
        deleted_at timestamptz,
        hidden_at timestamptz,
        hidden_by text references users on delete set null,
        hidden_for text not null default '',
        hidden_because text not null default '',
        words tsvector not null generated always as (
            setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', body), 'B')) stored,
        check ((depth = 0) = (reply_to is null) and (depth = 0) = (id = post_id))
    );
    create index community_posts_school on community_entries (id) where depth = 0 and audience = 'school';
    create index community_posts_words on community_entries using gin (words) where depth = 0;
    create index community_entries_post on community_entries (post_id, created_at, id);
    create index community_entries_parent on community_entries (reply_to);
    create index community_entries_author on community_entries (author_id);
    create index community_entries_asked_by on community_entries (asked_by);
    create index community_entries_hidden_by on community_entries (hidden_by) where hidden_by is not null;

    -- the classes that the author was in when the post was written: whoever leaves later takes nothing out of them
    create table community_reach (
        post_id text not null references community_entries on delete cascade,
        class_id text not null references classes on delete cascade,
        primary key (post_id, class_id)
    );
    create index community_reach_class on community_reach (class_id);

    create table community_likes (
        entry_id text not null references community_entries on delete cascade,
        user_id text not null references users on delete cascade,
        at timestamptz not null,
        primary key (entry_id, user_id)
    );
    create index community_likes_user on community_likes (user_id);

    -- when somebody's look at a post last counted
    create table community_views (
        post_id text not null references community_entries on delete cascade,
        user_id text not null references users on delete cascade,
        at timestamptz not null,
        primary key (post_id, user_id)
    );
    create index community_views_user on community_views (user_id);

    create table community_reports (
        id text primary key,
        entry_id text not null references community_entries on delete cascade,
        reporter_id text not null references users on delete cascade,
        reason text not null,
        words text not null check (length(words) <= 2000),
        at timestamptz not null,
        settled_at timestamptz,
        settled_by text references users on delete set null,
        outcome text check (outcome in ('hidden', 'kept')),
        check ((settled_at is null) = (outcome is null))
    );
    create unique index community_reports_open on community_reports (entry_id, reporter_id) where settled_at is null;
    create index community_reports_entry on community_reports (entry_id, at);
    create index community_reports_reporter on community_reports (reporter_id);
    create index community_reports_settled_by on community_reports (settled_by) where settled_by is not null;

    -- one a post: that the tutor was asked, and as which turn
    create table community_questions (
        post_id text primary key references community_entries on delete cascade,
        asked_by text not null references users on delete cascade,
        turn_id text not null unique,
        asked_at timestamptz not null,
        settled_at timestamptz,
        outcome text check (outcome in ('answered', 'private')),
        check ((settled_at is null) = (outcome is null))
    );
    create index community_questions_open on community_questions (asked_at) where settled_at is null;
    create index community_questions_asked_by on community_questions (asked_by);

    create function community_sees(post text, audience text, author text, reader text) returns boolean
    language sql stable as $$
        select audience = 'school' or author = reader or exists (
            select from community_reach r join class_members m on m.class_id = r.class_id
            where r.post_id = post and m.user_id = reader)
    $$;
    -- a teacher of one of the post's classes, or of who wrote the entry; '' is nobody
    create function community_moderates(post text, author text, teacher text) returns boolean
    language sql stable as $$
        select exists (
            select from community_reach r join class_members m on m.class_id = r.class_id
            where r.post_id = post and m.user_id = teacher and m.role = 'teacher'
        ) or exists (select from taught t where t.teacher_id = teacher and t.student_id = author)
    $$;

    create view community_cards as
    select e.id, e.post_id, e.reply_to, e.depth, e.author_id, e.asked_by, u.name as author_name, u.role as author_role,
           e.turn_id is not null as by_tutor, e.title, e.body, e.tags, e.topic, p.audience, e.citations, e.views,
           e.created_at, e.edited_at, e.deleted_at, e.hidden_at, e.hidden_for, e.hidden_because, e.words,
           p.author_id as post_author, p.hidden_at as post_hidden_at, p.deleted_at as post_deleted_at,
           (select count(*) from community_likes l where l.entry_id = e.id) as likes,
           case when e.depth = 0 then (
               select count(*) from community_entries c
               where c.post_id = e.id and c.depth > 0 and c.deleted_at is null and c.hidden_at is null) else 0
           end as comments,
           e.depth = 0 and exists (
               select from community_entries c
               where c.post_id = e.id and c.depth > 0 and c.deleted_at is null and c.hidden_at is null
                 and c.author_id is distinct from e.author_id) as answered,
           (select coalesce(q.outcome, 'asked') from community_questions q where q.post_id = e.id) as tutor
    from community_entries e
    join community_entries p on p.id = e.post_id
    left join users u on u.id = e.author_id;
    """)
