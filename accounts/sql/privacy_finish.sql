update privacy_jobs set status = %(status)s, finished_at = %(now)s, owner = null, lease_until = null, step = '',
    result = result || %(result)s::jsonb, expires_at = %(expires)s
where id = %(id)s and owner = %(owner)s and status = 'running'
returning id
