"""People: who has an account, which class they belong to, where they are signed in, what they have used."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("""
    create table users (
        id text primary key,
        email text not null,
        name text not null,
        role text not null check (role in ('student', 'teacher', 'admin', 'curriculum', 'evaluator')),
        password_hash text,
        disabled boolean not null default false,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now()
    );
    create unique index users_email on users (lower(email));

    create table classes (
        id text primary key,
        name text not null,
        created_at timestamptz not null default now()
    );
    create table class_members (
        class_id text not null references classes on delete cascade,
        user_id text not null references users on delete cascade,
        role text not null check (role in ('student', 'teacher')),
        primary key (class_id, user_id)
    );
    create index class_members_user on class_members (user_id);

    -- one row a device; its refresh tokens follow one another, and a revoked sign-in kills all of them, also one that
    -- another transaction is adding at this moment
    create table sign_ins (
        id text primary key,
        user_id text not null references users on delete cascade,
        created_at timestamptz not null default now(),
        expires_at timestamptz not null,
        revoked_at timestamptz
    );
    create index sign_ins_user on sign_ins (user_id);
    create table refresh_tokens (
        token_hash bytea primary key,
        sign_in_id text not null references sign_ins on delete cascade,
        created_at timestamptz not null default now(),
        used_at timestamptz
    );
    create index refresh_tokens_sign_in on refresh_tokens (sign_in_id);

    create table usage (
        student_id text not null references users on delete cascade,
        meter text not null,
        key text not null,
        amount bigint not null check (amount >= 0),
        at timestamptz not null default now(),
        primary key (student_id, meter, key)
    );
    create index usage_recent on usage (student_id, meter, at) include (amount);

    create table event_log (
        id bigint generated always as identity primary key,
        at timestamptz not null default now(),
        kind text not null,
        student_id text references users on delete cascade,
        subject_id text,
        facts jsonb not null default '{}'
    );
    create index event_log_student on event_log (student_id, at);
    """)
