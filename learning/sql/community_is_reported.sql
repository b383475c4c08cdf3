select exists (select from community_reports where entry_id = %(entry)s and settled_at is null) as reported
