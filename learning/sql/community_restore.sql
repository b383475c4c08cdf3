update community_entries set hidden_at = null, hidden_by = null, hidden_for = '', hidden_because = ''
where id = %(entry)s
