update community_entries
set hidden_at = null, hidden_for = '', hidden_by = %(user)s, hidden_because = %(words)s
where id = %(entry)s
