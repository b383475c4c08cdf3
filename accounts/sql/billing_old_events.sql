delete from billing_events where received_at < %(before)s
