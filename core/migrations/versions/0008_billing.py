"""What was bought, as the payment provider says it is, what the provider told us, and metering that never goes over."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute("""
    -- what was used of a pack that was bought, beside the plan's own
    alter table usage add column pack boolean not null default false;
    create index usage_packs on usage (student_id, meter) include (amount) where pack;

    create table billing_customers (
        user_id text primary key references users on delete cascade,
        id text not null unique,
        checkout_id text,
        created_at timestamptz not null
    );

    -- Each question to the provider has a number, taken before it is asked. An answer is kept only over the answer to an
    -- earlier question: whatever changes after a question makes an event of its own, which asks again.
    create sequence billing_asked;
    create table billing_subscriptions (
        id text primary key,
        user_id text not null references users on delete cascade,
        plan text not null,
        price text not null,
        interval text not null,
        seats int not null check (seats >= 0),
        status text not null,
        created_at timestamptz not null,
        period_end timestamptz,
        trial_ends_at timestamptz,
        ends_at timestamptz,
        past_due_since timestamptz,
        lapsed_at timestamptz,
        asked bigint not null
    );
    create index billing_subscriptions_user on billing_subscriptions (user_id);

    -- places that an owner gave away; only as many count, the oldest first, as the owner's plan has seats
    create table billing_seats (
        owner_id text not null references users on delete cascade,
        student_id text not null references users on delete cascade,
        at timestamptz not null,
        primary key (owner_id, student_id)
    );
    create index billing_seats_student on billing_seats (student_id);

    create table billing_packs (
        id text primary key,
        user_id text not null references users on delete cascade,
        pack text not null,
        meter text not null,
        units bigint not null check (units > 0),
        at timestamptz not null,
        paid_at timestamptz,
        revoked_at timestamptz,
        asked bigint not null default 0
    );
    create index billing_packs_user on billing_packs (user_id, meter);

    -- as they came, so that they can be gone through again; only kinds without anything of a card are kept
    create table billing_events (
        id text primary key,
        kind text not null,
        customer_id text,
        created_at timestamptz not null,
        received_at timestamptz not null,
        payload text not null,
        tries int not null default 0,
        handled_at timestamptz
    );
    create index billing_events_waiting on billing_events (received_at) where handled_at is null;
    create index billing_events_customer on billing_events (customer_id);
    create table billing_nights (day date primary key, at timestamptz not null);

    -- a person who is erased takes along what the provider said of them
    create function billing_forget() returns trigger language plpgsql as $$
    begin
        delete from billing_events where customer_id = old.id;
        return old;
    end $$;
    create trigger billing_forget before delete on billing_customers for each row execute function billing_forget();

    -- One statement for its caller. Inside, each statement sees what was committed before it, so after the lock the sum is
    -- true; the lock is of one person's one meter, and costs the disk nothing.
    create function take_usage(
        who text, what text, much bigint, name text, moment timestamptz, since timestamptz, until timestamptz, most bigint
    ) returns table (outcome text, used bigint, extra bigint) language plpgsql as $$
    begin
        perform pg_advisory_xact_lock(hashtextextended(who || ' ' || what, 8));
        used := (
            select coalesce(sum(u.amount), 0) from usage u
            where u.student_id = who and u.meter = what and not u.pack and u.at >= since and u.at < until
        );
        extra := usage_extra(who, what);
        if exists (select from usage u where u.student_id = who and u.meter = what and u.key = name) then
            outcome := 'again';
        elsif not exists (select from users where id = who) then
            outcome := 'gone';
        elsif most is null or used + much <= most then
            insert into usage (student_id, meter, key, amount, at) values (who, what, name, much, moment);
            outcome := 'plan';
            used := used + much;
        elsif extra >= much then
            insert into usage (student_id, meter, key, amount, at, pack) values (who, what, name, much, moment, true);
            outcome := 'pack';
            extra := extra - much;
        else
            outcome := 'refused';
        end if;
        return next;
    end $$;
    create function usage_extra(who text, what text) returns bigint language sql stable as $$
        select greatest(0, coalesce(sum(units), 0)
            - (select coalesce(sum(amount), 0) from usage where student_id = who and meter = what and pack))::bigint
        from billing_packs
        where user_id = who and meter = what and paid_at is not null and revoked_at is null
    $$;
    """)
