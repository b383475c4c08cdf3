"""Notifications with their way out of the house, whether a student wants to be remembered, and sittings of questions."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.execute("""
    -- one row a person: the lock that numbers what they are told, without gaps in what is visible, and what they wish
    create table notification_boxes (
        user_id text primary key references users on delete cascade,
        newest bigint not null default 0,
        time_zone text,
        quiet_from time,
        quiet_until time,
        muted text[] not null default '{}',
        digest text not null default 'off' check (digest in ('off', 'daily', 'weekly')),
        digest_since timestamptz,
        digest_at timestamptz,
        check ((quiet_from is null) = (quiet_until is null)),
        check ((digest = 'off') = (digest_at is null))
    );
    create index notification_boxes_digest on notification_boxes (digest_at) where digest_at is not null;

    create table notifications (
        user_id text not null references users on delete cascade,
        seq bigint not null,
        key text not null,
        kind text not null,
        urgent boolean not null,
        title text not null check (length(title) between 1 and 200),
        body text not null check (length(body) <= 4000),
        facts jsonb not null default '{}',
        at timestamptz not null,
        read_at timestamptz,
        primary key (user_id, seq),
        unique (user_id, key)
    );
    create index notifications_unread on notifications (user_id) where read_at is null;

    create table notification_subscriptions (
        id text primary key,
        user_id text not null references users on delete cascade,
        channel text not null check (channel in ('email', 'webhook')),
        kinds text[] not null,
        url text not null default '',
        secret text not null default '',
        created_at timestamptz not null,
        ended_at timestamptz,
        ended_because text not null default ''
    );
    create index notification_subscriptions_user on notification_subscriptions (user_id);

    -- subscription_id is null for a digest, which goes to the person's own address
    create table notification_deliveries (
        id text primary key,
        user_id text not null,
        seq bigint not null,
        subscription_id text references notification_subscriptions on delete cascade,
        channel text not null,
        status text not null default 'waiting' check (status in ('waiting', 'sent', 'dead')),
        tries integer not null default 0,
        due_at timestamptz not null,
        sent_at timestamptz,
        failure text not null default '',
        foreign key (user_id, seq) references notifications (user_id, seq) on delete cascade,
        unique (user_id, seq, subscription_id)
    );
    create index notification_deliveries_due on notification_deliveries (due_at) where status = 'waiting';
    create index notification_deliveries_user on notification_deliveries (user_id, due_at desc);
    create index notification_deliveries_subscription on notification_deliveries (subscription_id);

    -- how far the alerts were told to teachers; the row is the lock of the one process that tells them now
    create table notification_watch (
        one boolean primary key default true check (one),
        seq bigint not null
    );
    insert into notification_watch (seq) select coalesce(max(seq), 0) from alert_changes;

    -- a row: the student asked that nothing is remembered, and that nothing remembered is used
    create table memory_pauses (
        student_id text primary key references users on delete cascade,
        at timestamptz not null
    );

    create table quiz_sittings (
        id text primary key check (length(id) <= 64),
        student_id text not null references users on delete cascade,
        kind text not null check (kind in ('quiz', 'placement')),
        topics text[] not null,
        questions integer not null check (questions > 0),
        started_at timestamptz not null,
        ends_at timestamptz,
        finished_at timestamptz
    );
    create index quiz_sittings_student on quiz_sittings (student_id, started_at desc);
    create table quiz_questions (
        sitting_id text not null references quiz_sittings on delete cascade,
        position integer not null,
        topic text not null,
        question text not null,
        option integer,
        correct boolean not null default false,
        asked_at timestamptz not null,
        answered_at timestamptz,
        primary key (sitting_id, position),
        unique (sitting_id, question)
    );
    """)
