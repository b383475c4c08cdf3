select id, user_id from billing_subscriptions
where status not in ('canceled', 'incomplete_expired')
order by id
