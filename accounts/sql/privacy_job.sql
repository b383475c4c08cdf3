select * from privacy_jobs where id = %(id)s and user_id = %(user)s and kind = %(kind)s
