select id, at, kind, person, place, facts, told from security_events
where (%(kind)s = '' or starts_with(kind, %(kind)s)) and (%(before)s = 0 or id < %(before)s)
order by id desc limit %(limit)s
