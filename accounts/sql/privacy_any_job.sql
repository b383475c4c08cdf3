select * from privacy_jobs where id = %(id)s
