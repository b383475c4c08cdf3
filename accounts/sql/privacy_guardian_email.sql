update guardians set email = %(guardian)s, token_hash = null, expires_at = null
where user_id = %(user)s and confirmed_at is null
returning user_id
