delete from notification_subscriptions where id = %(id)s and user_id = %(user)s returning id
