update totp set last_step = %(step)s, tries = 0, tried_at = null
where user_id = %(user)s and last_step < %(step)s and confirmed_at is not null
returning user_id
