select
    (select count(*) from billing_customers) as customers,
    (select coalesce(json_object_agg(plan || ' ' || status, n), '{}') from (
        select plan, status, count(*) as n from billing_subscriptions group by plan, status order by plan, status) by_plan
    ) as subscriptions,
    (select count(*) from billing_seats) as seats,
    (select count(*) from billing_packs where paid_at is not null and revoked_at is null) as packs,
    (select count(*) from billing_events) as events,
    (select count(*) from billing_events where handled_at is null) as waiting,
    (select max(day) from billing_nights) as reconciled
