select seq, at, kind, actor, subject, facts, prior, hash from audit_log
where (%(subject)s = '' or subject = %(subject)s or actor = %(subject)s) and (%(kind)s = '' or starts_with(kind, %(kind)s))
order by seq desc limit %(limit)s
