-- two servers that start together take turns
select pg_advisory_xact_lock(hashtext('learning.sync_courses'))
