"""Sign-in by other providers and by a second factor, tokens that stop at once, answers kept for a repeated request,
security events, profiles and letters that outlive a process."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute("""
    -- who somebody is elsewhere; `role` is what that provider said last, so that a role given here stays until it changes there
    create table identities (
        issuer text not null check (length(issuer) <= 300),
        subject text not null check (length(subject) <= 255),
        user_id text not null references users on delete cascade,
        role text,
        created_at timestamptz not null,
        primary key (issuer, subject)
    );
    create index identities_user on identities (user_id);

    -- Access tokens are proved by arithmetic, with no look-up: what must stop one earlier is told to every process that
    -- listens, and kept for those that start later. `role` is the only one that a token of theirs may still tell.
    create table stopped (
        what text not null check (what in ('person', 'sign_in')),
        id text not null,
        role text not null default '',
        at timestamptz not null default clock_timestamp(),
        primary key (what, id)
    );
    create index stopped_at on stopped (at);
    create function stop_tokens(told_what text, told_id text, told_role text) returns void language sql as $$
        insert into stopped (what, id, role) values (told_what, told_id, told_role)
        on conflict (what, id) do update set role = excluded.role, at = excluded.at;
        select pg_notify('stopped', told_what || ' ' || told_id || ' ' || told_role);
    $$;
    create function stop_person() returns trigger language plpgsql as $$
    begin
        if tg_op = 'DELETE' then
            perform stop_tokens('person', old.id, '');
        else
            perform stop_tokens('person', new.id, case when new.disabled then '' else new.role end);
        end if;
        return null;
    end $$;
    create trigger stop_person after update of role, disabled on users for each row
        when (old.role <> new.role or old.disabled <> new.disabled) execute function stop_person();
    create trigger stop_gone after delete on users for each row execute function stop_person();
    create function stop_sign_in() returns trigger language plpgsql as $$
    begin
        perform stop_tokens('sign_in', new.id, '');
        return null;
    end $$;
    create trigger stop_sign_in after update of revoked_at on sign_ins for each row
        when (old.revoked_at is null and new.revoked_at is not null) execute function stop_sign_in();

    -- `secret` is encrypted with a key that is not in the database; `last_step` refuses a code that was used
    create table totp (
        user_id text primary key references users on delete cascade,
        secret bytea not null,
        created_at timestamptz not null,
        confirmed_at timestamptz,
        last_step bigint not null default 0,
        tries integer not null default 0,
        tried_at timestamptz
    );
    create table recovery_codes (
        user_id text not null references users on delete cascade,
        code_hash bytea not null,
        primary key (user_id, code_hash)
    );

    -- the first answer to a request that names itself by a key; `status` is null while it is being worked on
    create table replays (
        user_id text not null references users on delete cascade,
        key text not null check (length(key) <= 255),
        fingerprint bytea not null,
        status integer,
        headers jsonb,
        body bytea,
        at timestamptz not null,
        primary key (user_id, key)
    );
    create index replays_at on replays (at);

    -- what looks like an attack: ids and a keyed hash of the place, no names or addresses
    create table security_events (
        id bigint generated always as identity primary key,
        at timestamptz not null,
        kind text not null check (length(kind) <= 64),
        person text not null default '',
        place text not null default '',
        facts jsonb not null default '{}',
        told boolean not null default false
    );
    create index security_events_at on security_events (at);
    create index security_events_kind on security_events (kind, at);

    -- which letter is to be written to whom; what it proves is made when it is written, and never stands here
    create table letters_waiting (
        id text primary key,
        kind text not null check (length(kind) <= 64),
        recipient text not null,
        facts jsonb not null,
        created_at timestamptz not null,
        lease_until timestamptz not null
    );
    create index letters_waiting_lease on letters_waiting (lease_until);

    create table profiles (
        user_id text primary key references users on delete cascade,
        goals text[] not null default '{}',
        pace text check (pace in ('relaxed', 'steady', 'intensive')),
        language text check (length(language) <= 35),
        accessibility jsonb not null default '{}',
        academic jsonb not null default '{}',
        updated_at timestamptz not null
    );
    create table onboarding (
        user_id text not null references users on delete cascade,
        step text not null check (length(step) <= 64),
        skipped boolean not null,
        at timestamptz not null,
        primary key (user_id, step)
    );
    """)
