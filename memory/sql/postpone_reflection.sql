update memory_reflections set due_at = %(due)s, lease_until = null where batch = %(batch)s and done_at is null
