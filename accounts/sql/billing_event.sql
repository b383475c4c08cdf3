select id, payload from billing_events where id = %(id)s
