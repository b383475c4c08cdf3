update quarantined_attempts set status = %(status)s, settled_at = %(now)s where id = %(id)s and status = 'held'
