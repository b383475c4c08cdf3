update replays set status = %(status)s, headers = %(headers)s, body = %(body)s
where user_id = %(user)s and key = %(key)s and status is null
