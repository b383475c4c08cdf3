update guardians set token_hash = %(token_hash)s, expires_at = %(expires)s, asked_at = %(now)s
where user_id = %(user)s and confirmed_at is null
returning user_id
