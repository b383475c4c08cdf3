update privacy_jobs set status = 'running', owner = %(owner)s, lease_until = %(until)s, tries = tries + 1
where id = (
    select id from privacy_jobs
    where ((status = 'waiting' and due_at <= %(now)s) or (status = 'running' and lease_until < %(now)s))
        and (%(only)s = '' or id = %(only)s)
    order by due_at, id
    for update skip locked limit 1
)
returning *
