select seq, at, kind, actor, subject, facts, prior, hash from audit_log where seq > %(after)s order by seq limit %(limit)s
