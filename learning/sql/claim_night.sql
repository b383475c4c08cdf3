-- the lock goes with the transaction: while one server works nobody waits, and if it dies the night is free again
insert into learning_nights (day, at)
select %(day)s, %(now)s
where pg_try_advisory_xact_lock(hashtext('learning_nights'))
on conflict do nothing
returning day
