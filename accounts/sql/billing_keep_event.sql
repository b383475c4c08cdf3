with new as (
    insert into billing_events (id, kind, customer_id, created_at, received_at, payload)
    values (%(id)s, %(kind)s, %(customer)s, %(created_at)s, %(now)s, %(payload)s)
    on conflict do nothing
    returning handled_at
)
select handled_at is not null as handled from new
union all
select handled_at is not null from billing_events where id = %(id)s
