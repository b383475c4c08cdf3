update billing_events set handled_at = %(now)s, tries = tries + 1 where id = %(id)s
