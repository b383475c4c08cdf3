update memory_reflections
set done_at = %(now)s, outcome = %(outcome)s, lease_until = null
where batch = %(batch)s and done_at is null
