update privacy_jobs set step = %(step)s, done = %(done)s, total = %(total)s, result = result || %(result)s::jsonb
where id = %(id)s and owner = %(owner)s and status = 'running'
returning result
