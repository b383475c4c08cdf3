"""Privacy: names for the audit log that end with a person, jobs, consents, guardians, who read whom, aggregates."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.execute("""
    -- The audit log knows people by random names. Erasing a person removes the name's line here, and then nobody can tell
    -- whose rows those were, while their hashes still hold.
    create table audit_names (
        user_id text primary key,
        name text not null unique default 'p' || replace(gen_random_uuid()::text, '-', '')
    );

    -- Ids are random, so a hash of one tells nothing; it lets a writer that comes too late be refused, and a restored backup
    -- be erased again.
    create table erased_people (
        id_hash bytea primary key,
        at timestamptz not null default now()
    );
    create function was_erased(who text) returns boolean language sql stable as $$
        select exists (select from erased_people where id_hash = sha256(convert_to(who, 'UTF8')))
    $$;

    create function audit_name(who text) returns text language plpgsql as $$
    declare found_name text;
    begin
        select name into found_name from audit_names where user_id = who;
        if found_name is null and who <> '' then
            if was_erased(who) then
                return 'erased';
            end if;
            insert into audit_names (user_id) select id from users where id = who on conflict do nothing;
            select name into found_name from audit_names where user_id = who;
        end if;
        return coalesce(found_name, who);
    end $$;

    -- runs before audit_link, since triggers fire in the order of their names: the hash is of the random names
    create function audit_conceal() returns trigger language plpgsql as $$
    declare actor text := audit_name(new.actor); subject text := audit_name(new.subject);
    begin
        if new.actor <> '' and actor <> new.actor then
            new.facts := replace(new.facts, new.actor, actor);
        end if;
        if new.subject <> '' and subject <> new.subject then
            new.facts := replace(new.facts, new.subject, subject);
        end if;
        new.actor := actor;
        new.subject := subject;
        return new;
    end $$;
    create trigger audit_conceal before insert on audit_log for each row execute function audit_conceal();

    create function name_for_audit() returns trigger language plpgsql as $$
    begin
        insert into audit_names (user_id) values (new.id) on conflict do nothing;
        return null;
    end $$;
    create trigger name_for_audit after insert on users for each row execute function name_for_audit();
    insert into audit_names (user_id) select id from users;

    create function erase_person() returns trigger language plpgsql as $$
    begin
        delete from audit_names where user_id = old.id;
        insert into erased_people (id_hash) values (sha256(convert_to(old.id, 'UTF8'))) on conflict do nothing;
        return null;
    end $$;
    create trigger erase_person after delete on users for each row execute function erase_person();

    -- a turn that was running when its student was erased may still want to keep a note
    create function refuse_erased() returns trigger language plpgsql as $$
    begin
        if starts_with(new.prefix, 'memories.')
                and was_erased(replace(replace(substr(new.prefix, 10), '%2E', '.'), '%25', '%')) then
            return null;
        end if;
        return new;
    end $$;
    create trigger refuse_erased before insert or update on store for each row execute function refuse_erased();
    """)
    _conceal_what_is_there()
    op.execute("""
    -- `user_id` goes when the person goes; what is left of an erasure is its receipt
    create table privacy_jobs (
        id text primary key,
        kind text not null check (kind in ('export', 'erase', 'retention')),
        user_id text references users on delete set null,
        asked_by text not null check (asked_by in ('self', 'guardian', 'operator', 'schedule')),
        status text not null default 'waiting' check (status in ('waiting', 'running', 'done', 'failed', 'cancelled')),
        asked_at timestamptz not null,
        due_at timestamptz not null,
        finished_at timestamptz,
        owner text,
        lease_until timestamptz,
        tries integer not null default 0,
        step text not null default '',
        done integer not null default 0,
        total integer not null default 0,
        result jsonb not null default '{}',
        token_hash bytea unique,
        expires_at timestamptz
    );
    create unique index privacy_jobs_one on privacy_jobs (user_id, kind) where status in ('waiting', 'running');
    create index privacy_jobs_due on privacy_jobs (due_at) where status in ('waiting', 'running');
    create index privacy_jobs_user on privacy_jobs (user_id);
    create table export_parts (
        job_id text not null references privacy_jobs on delete cascade,
        number integer not null,
        body bytea not null,
        primary key (job_id, number)
    );
    alter table export_parts alter column body set storage external;

    -- the last row of a person and purpose counts; the ones before prove what held when
    create table consents (
        id bigint generated always as identity primary key,
        user_id text not null references users on delete cascade,
        purpose text not null check (length(purpose) <= 64),
        version text not null check (length(version) <= 64),
        given boolean not null,
        by_whom text not null check (by_whom in ('self', 'guardian', 'operator')),
        at timestamptz not null
    );
    create index consents_user on consents (user_id, purpose, id desc);

    -- the day on which they come of age, and not the birthday
    create table guardians (
        user_id text primary key references users on delete cascade,
        of_age_on date not null,
        email text not null,
        first_asked_at timestamptz not null,
        asked_at timestamptz not null,
        token_hash bytea unique,
        expires_at timestamptz,
        confirmed_at timestamptz,
        withdrawn_at timestamptz
    );
    create function is_limited(who text, at timestamptz) returns boolean language sql stable as $$
        select exists (
            select from guardians where user_id = who and confirmed_at is null and of_age_on > (at at time zone 'UTC')::date
        )
    $$;
    -- `assumed` holds for who has said nothing; nobody consents before their guardian has
    create function consents_to(who text, wanted text, assumed boolean) returns boolean language sql stable as $$
        select coalesce(
            (select given from consents where user_id = who and purpose = wanted order by id desc limit 1), assumed
        ) and not is_limited(who, now())
    $$;

    -- the same reader, student, subject and reason within an hour are one row
    create table student_reads (
        id bigint generated always as identity primary key,
        student_id text not null references users on delete cascade,
        reader_id text references users on delete set null,
        reader_role text not null,
        what text not null check (length(what) <= 64),
        why text not null default '' check (length(why) <= 500),
        alert_id text,
        hour timestamptz not null,
        last_at timestamptz not null,
        times integer not null default 1
    );
    create unique index student_reads_once on student_reads (student_id, reader_id, what, why, hour);
    create index student_reads_reader on student_reads (reader_id, last_at);

    -- What is left for analytics when attempts go: of groups that are large enough how many tried, and how many solved at the
    -- first try (null when those who did, or did not, are few). A person is at most one in any number and numbers are
    -- rounded, so that the difference to the people who are still there does not tell on who left.
    create table aggregates (
        month date not null,
        item text not null,
        students integer not null,
        solved integer,
        primary key (month, item)
    );
    create table aggregate_months (month date primary key, at timestamptz not null);
    """)


def _conceal_what_is_there() -> None:
    """Rows from before are given random names too, and the chain is linked anew over them. The head that somebody may have
    noted is kept as a fact of the row that says so."""
    op.execute("""
    do $$
    declare r audit_log%rowtype; before bytea := sha256('learnflow audit'); was audit_head%rowtype;
    begin
        select * into was from audit_head;
        if was.seq = 0 then
            return;
        end if;
        alter table audit_log disable trigger audit_log_append_only;
        alter table audit_head disable trigger audit_head_kept;
        create temporary table concealed on commit drop as
            select who, coalesce((select name from audit_names where user_id = who),
                                 'p' || replace(gen_random_uuid()::text, '-', '')) as name
            from (select actor as who from audit_log union select subject from audit_log) known
            where length(who) = 36 and not exists (select from classes where id = who);
        for r in select * from audit_log order by seq loop
            r.facts := coalesce((select replace(r.facts, who, name) from concealed where who = r.actor), r.facts);
            r.facts := coalesce((select replace(r.facts, who, name) from concealed where who = r.subject), r.facts);
            r.actor := coalesce((select name from concealed where who = r.actor), r.actor);
            r.subject := coalesce((select name from concealed where who = r.subject), r.subject);
            r.prior := before;
            r.hash := sha256(r.prior || convert_to(
                audit_field(r.seq::text) || audit_field((extract(epoch from r.at) * 1000000)::bigint::text)
                || audit_field(r.kind) || audit_field(r.actor) || audit_field(r.subject) || audit_field(r.facts), 'UTF8'));
            before := r.hash;
            update audit_log set facts = r.facts, actor = r.actor, subject = r.subject, prior = r.prior, hash = r.hash
            where seq = r.seq;
        end loop;
        update audit_head set hash = before;
        alter table audit_log enable trigger audit_log_append_only;
        alter table audit_head enable trigger audit_head_kept;
        insert into audit_log (at, kind, facts) values (now(), 'audit.concealed',
            jsonb_build_object('rows', was.seq, 'head', was.seq || ':' || encode(was.hash, 'hex'))::text);
    end $$;
    """)
