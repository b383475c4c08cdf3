"""Achievements with what earned them, and what the tutor's reflection on a student's turns needs to be just."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.execute("""
    -- `about` tells apart what can be earned for several things: a topic, a module, a number of days. `key` is the
    -- attempt's that earned it; `evidence` is what was seen then, and stays when the attempt goes.
    create table achievements (
        student_id text not null references users on delete cascade,
        kind text not null check (length(kind) between 1 and 64),
        about text not null default '' check (length(about) <= 200),
        at timestamptz not null,
        key text not null default '',
        evidence jsonb not null default '{}',
        primary key (student_id, kind, about)
    );
    create index achievements_key on achievements (student_id, key) where key <> '';
    -- reviews in a row that were still known; whether the student wishes to see achievements
    alter table learners
        add column reviews integer not null default 0,
        add column achievements boolean not null default true;
    -- who solved something before there were achievements has this one; the others come with the next attempts
    insert into achievements (student_id, kind, at, key, evidence)
    select l.student_id, 'first_solved', s.at, s.key, jsonb_build_object('item', s.item)
    from learners l
    cross join lateral (
        select at, key, item from submissions
        where student_id = l.student_id and correct and kind in ('exercise', 'quiz', 'maths')
        order by at, id
        limit 1
    ) s
    where l.solved > 0;

    -- a row a turn that a language model may reflect on, once: what waits, what is being looked at, what came of it. It
    -- holds no words: they are read from the turn, and are gone when the turn is.
    create table memory_reflections (
        turn_id text primary key references turns on delete cascade,
        student_id text not null references users on delete cascade,
        asked_at timestamptz not null,
        due_at timestamptz not null,
        lease_until timestamptz,
        tries integer not null default 0,
        batch text,
        done_at timestamptz,
        outcome text not null default ''
    );
    create index memory_reflections_due on memory_reflections (due_at) where done_at is null;
    create index memory_reflections_student on memory_reflections (student_id, asked_at);
    create table memory_reflection_calls (
        batch text primary key,
        student_id text not null references users on delete cascade,
        at timestamptz not null
    );
    create index memory_reflection_calls_student on memory_reflection_calls (student_id, at);

    -- what a student had forgotten, by id and by the turns that taught it: no turn of these teaches it again. An empty
    -- `memory` is all of it, up to that moment.
    create table memory_forgotten (
        student_id text not null references users on delete cascade,
        memory text not null,
        kind text not null,
        turns text[] not null default '{}',
        at timestamptz not null,
        primary key (student_id, memory)
    );
    """)
