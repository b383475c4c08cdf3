delete from billing_events where handled_at < %(before)s
