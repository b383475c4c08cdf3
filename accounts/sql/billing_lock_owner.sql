select pg_advisory_xact_lock(hashtextextended('seats ' || %(owner)s, 8))
