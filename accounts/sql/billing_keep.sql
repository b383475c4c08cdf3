-- what was before is read before it is written over, hence the count; the audit log's one head is locked last
with before as (
    select id, plan, status, seats, ends_at, past_due_since, asked from billing_subscriptions where id = %(id)s for update
), kept as (
    insert into billing_subscriptions as s (
        id, user_id, plan, price, interval, seats, status, created_at, period_end, trial_ends_at, ends_at, past_due_since, asked
    )
    select %(id)s, id, %(plan)s, %(price)s, %(interval)s, %(seats)s, %(status)s, %(created_at)s, %(period_end)s,
        %(trial_ends_at)s, %(ends_at)s, %(past_due_since)s::timestamptz, %(asked)s
    from users, (select count(*) from before) read where id = %(user)s
    on conflict (id) do update set
        plan = excluded.plan, price = excluded.price, interval = excluded.interval, seats = excluded.seats,
        status = excluded.status, period_end = excluded.period_end, trial_ends_at = excluded.trial_ends_at,
        ends_at = excluded.ends_at, asked = excluded.asked,
        past_due_since = case when excluded.status = 'past_due' then coalesce(s.past_due_since, excluded.past_due_since) end,
        lapsed_at = case when excluded.status = 'past_due' then s.lapsed_at end
    where s.asked < excluded.asked
    returning s.id, s.user_id, s.plan, s.status, s.seats, s.ends_at
), audited as (
    insert into audit_log (at, kind, actor, subject, facts)
    select %(now)s, 'billing.subscription', %(by)s, k.user_id, jsonb_strip_nulls(jsonb_build_object(
        'subscription', k.id, 'plan', k.plan, 'status', k.status, 'seats', k.seats, 'ends', k.ends_at,
        'was', case when b.id is not null then
            jsonb_strip_nulls(jsonb_build_object('plan', b.plan, 'status', b.status, 'seats', b.seats, 'ends', b.ends_at))
        end))::text
    from kept k left join before b on b.id = k.id
    where (k.plan, k.status, k.seats, k.ends_at) is distinct from (b.plan, b.status, b.seats, b.ends_at)
    returning seq
)
select user_id, exists (select from audited) as changed from kept
