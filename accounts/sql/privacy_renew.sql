update privacy_jobs set lease_until = %(until)s where id = %(id)s and owner = %(owner)s and status = 'running'
returning id
