select count(*) as unread from notifications where user_id = %(user)s and read_at is null
