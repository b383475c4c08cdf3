update notification_deliveries set status = 'waiting', tries = 0, due_at = %(now)s, failure = ''
where id = %(id)s and user_id = %(user)s and status = 'dead' returning id
