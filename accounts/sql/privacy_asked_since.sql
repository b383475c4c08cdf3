select count(*) as asked from privacy_jobs where user_id = %(user)s and kind = %(kind)s and asked_at > %(since)s
