select pg_advisory_xact_lock(hashtextextended('subscription ' || %(id)s, 8))
