select seq, kind, title, body, urgent, facts, at, read_at from notifications
where user_id = %(user)s and seq < %(before)s and (not %(unread)s or read_at is null)
order by seq desc limit %(limit)s
