update billing_events set tries = tries + 1 where id = %(id)s
