"""Conversations: threads with the lease on their running turn, turns for ever, the newest checkpoint of each thread."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("""
    -- A thread's row is the lock that serialises its turns: one active turn, the rest wait in order of seq. The fence
    -- grows with each claim; whoever writes with an older one is refused.
    create table threads (
        id text primary key check (length(id) <= 64),
        student_id text not null references users on delete cascade,
        title text not null default '',
        summary text not null default '',
        next_seq bigint not null default 1,
        waiting integer not null default 0,
        active_turn text,
        owner text,
        lease_until timestamptz,
        fence bigint not null default 0,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now()
    ) with (fillfactor = 80);
    create index threads_student on threads (student_id, id desc);
    create index threads_unfinished on threads (id) where waiting > 0;

    create table turns (
        id text primary key check (length(id) <= 64),
        thread_id text not null references threads on delete cascade,
        student_id text not null references users on delete cascade,
        seq bigint not null,
        status text not null check (status in ('queued', 'running', 'done', 'failed')),
        ask jsonb not null,
        answer jsonb,
        tries integer not null default 0,
        created_at timestamptz not null default now(),
        finished_at timestamptz,
        unique (thread_id, seq)
    );

    -- Only the newest checkpoint: what a turn needs to go on, and what lies on the desk between turns. `writes` holds
    -- what finished siblings of an unfinished step, interrupts and errors have written since.
    create table checkpoints (
        thread_id text not null references threads on delete cascade,
        ns text not null default '',
        fence bigint not null,
        checkpoint_id text,
        kind text,
        body bytea,
        writes bytea[] not null default '{}',
        primary key (thread_id, ns)
    ) with (fillfactor = 50);
    """)
