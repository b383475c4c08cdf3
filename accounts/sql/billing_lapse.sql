-- the days of grace are over: told once
with gone as (
    update billing_subscriptions set lapsed_at = %(now)s
    where status = 'past_due' and lapsed_at is null and past_due_since <= %(before)s
    returning id, user_id, plan
)
insert into audit_log (at, kind, actor, subject, facts)
select %(now)s, 'billing.lapsed', 'stripe', user_id, jsonb_build_object('subscription', id, 'plan', plan)::text from gone
