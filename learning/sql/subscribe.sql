with mine as (
    select count(*) as many from notification_subscriptions where user_id = %(user)s and ended_at is null
)
insert into notification_subscriptions (id, user_id, channel, kinds, url, secret, created_at)
select %(id)s, %(user)s, %(channel)s, %(kinds)s, %(url)s, %(secret)s, %(now)s from mine where many < %(most)s
returning id, channel, kinds, url, created_at, ended_at, ended_because
