update notification_boxes set digest_since = %(now)s, digest_at = %(next)s where user_id = %(user)s
