select newest from notification_boxes where user_id = %(user)s
