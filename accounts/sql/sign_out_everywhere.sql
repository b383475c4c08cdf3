update sign_ins set revoked_at = %(now)s where user_id = %(user)s and revoked_at is null
