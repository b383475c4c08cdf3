select * from privacy_jobs
where user_id = %(user)s and kind = %(kind)s and status in ('waiting', 'running')
