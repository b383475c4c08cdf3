update privacy_jobs set status = 'waiting', due_at = %(due)s, owner = null, lease_until = null
where id = %(id)s and owner = %(owner)s and status = 'running'
