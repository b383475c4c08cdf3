select id, channel, kinds, url, created_at, ended_at, ended_because from notification_subscriptions
where user_id = %(user)s order by created_at, id
