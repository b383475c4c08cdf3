select id, payload from billing_events where handled_at is null and tries < %(tries_max)s order by created_at, id limit 100
