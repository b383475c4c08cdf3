update notification_subscriptions set ended_at = %(now)s, ended_because = %(because)s
where id = %(id)s and ended_at is null
