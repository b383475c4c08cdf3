update community_entries
set hidden_at = %(now)s, hidden_by = %(user)s, hidden_for = %(reason)s, hidden_because = %(words)s
where id = %(entry)s
