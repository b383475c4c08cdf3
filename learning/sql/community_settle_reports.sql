update community_reports set settled_at = %(now)s, settled_by = %(user)s, outcome = %(outcome)s
where entry_id = %(entry)s and settled_at is null
