update notification_watch set seq = %(seq)s
