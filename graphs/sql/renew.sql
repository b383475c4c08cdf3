update threads set lease_until = now() + %(lease)s
where id = any(%(threads)s) and owner = %(owner)s and active_turn is not null
