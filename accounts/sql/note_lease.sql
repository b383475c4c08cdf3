update letters_waiting set lease_until = %(lease_until)s where id = any(%(ids)s)
