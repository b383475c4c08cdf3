"""Accounts by mail, devices, and the audit log: a chain in which each row's hash covers the row before."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute("""
    alter table users add column email_confirmed_at timestamptz;
    -- only an operator could make these: they were vouched for; students' own addresses were never asked
    update users set email_confirmed_at = created_at where role <> 'student';

    -- what a letter proves, once: only the hash is kept, so that who reads the table can use none
    create table mail_tokens (
        token_hash bytea primary key,
        user_id text not null references users on delete cascade,
        purpose text not null check (purpose in ('confirm', 'reset')),
        created_at timestamptz not null,
        expires_at timestamptz not null
    );
    create index mail_tokens_user on mail_tokens (user_id, purpose);

    alter table sign_ins add column device text not null default '' check (length(device) <= 100);
    alter table sign_ins add column used_at timestamptz;
    update sign_ins set used_at = created_at;
    alter table sign_ins alter column used_at set not null;

    -- Ids only, no names or addresses, and no reference to users: a row stays when its person is erased, and then
    -- points to nobody. `facts` is text because the hash is of exactly these characters.
    create table audit_log (
        seq bigint primary key,
        at timestamptz not null,
        kind text not null,
        actor text not null default '',
        subject text not null default '',
        facts text not null default '{}',
        prior bytea not null,
        hash bytea not null
    );
    create index audit_log_subject on audit_log (subject, seq);
    create table audit_head (
        one boolean primary key default true check (one),
        seq bigint not null,
        hash bytea not null
    );
    insert into audit_head (seq, hash) values (0, sha256('learnflow audit'));

    -- each field with its length before it, so that no two rows read the same; accounts/audit.py does it again
    create function audit_field(field text) returns text language sql immutable as $$
        select octet_length(field) || ':' || field
    $$;
    -- the head's row lock, held until the commit, puts concurrent writers into one chain
    create function audit_link() returns trigger language plpgsql as $$
    declare head audit_head%rowtype;
    begin
        select * into strict head from audit_head for update;
        new.seq := head.seq + 1;
        new.prior := head.hash;
        new.hash := sha256(new.prior || convert_to(
            audit_field(new.seq::text) || audit_field((extract(epoch from new.at) * 1000000)::bigint::text)
            || audit_field(new.kind) || audit_field(new.actor) || audit_field(new.subject) || audit_field(new.facts),
            'UTF8'));
        update audit_head set seq = new.seq, hash = new.hash;
        return new;
    end $$;
    create trigger audit_link before insert on audit_log for each row execute function audit_link();

    create function audit_refuse() returns trigger language plpgsql as $$
    begin
        if tg_table_name = 'audit_head' and tg_op = 'UPDATE' and pg_trigger_depth() > 1 then
            return new;
        end if;
        raise exception 'the audit log is only ever added to';
    end $$;
    create trigger audit_log_append_only before update or delete on audit_log
        for each row execute function audit_refuse();
    create trigger audit_log_kept before truncate on audit_log for each statement execute function audit_refuse();
    create trigger audit_head_kept before insert or update or delete on audit_head
        for each row execute function audit_refuse();
    create trigger audit_head_whole before truncate on audit_head for each statement execute function audit_refuse();
    """)
