delete from replays where user_id = %(user)s and key = %(key)s and status is null
