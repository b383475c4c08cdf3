select seq, kind, title, body, urgent, facts, at, read_at from notifications
where user_id = %(user)s and seq > %(after)s order by seq limit %(limit)s
