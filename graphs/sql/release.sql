update threads set lease_until = now() where owner = %(owner)s and active_turn is not null
