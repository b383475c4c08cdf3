update privacy_jobs set token_hash = %(token_hash)s, expires_at = least(finished_at + %(life)s, %(expires)s)
where id = %(id)s and user_id = %(user)s and kind = 'export' and status = 'done' and finished_at + %(life)s > %(now)s
returning expires_at
