-- Numbered under the lock of the person's box, so that who has seen n never finds a smaller one later. A gap is no loss.
with wanted as (
    select id from users where id = any(%(to)s) and not disabled order by id
), box as (
    insert into notification_boxes (user_id, newest) select id, 1 from wanted
    on conflict (user_id) do update set newest = notification_boxes.newest + 1
    where not %(kind)s = any(notification_boxes.muted) and not exists (
        select from notifications n where n.user_id = notification_boxes.user_id and n.key = %(key)s)
    returning user_id, newest
), told as (
    insert into notifications (user_id, seq, key, kind, urgent, title, body, facts, at)
    select user_id, newest, %(key)s, %(kind)s, %(urgent)s, %(title)s, %(body)s, %(facts)s, %(now)s from box
    on conflict (user_id, key) do nothing
    returning user_id, seq
), posted as (
    insert into notification_deliveries (id, user_id, seq, subscription_id, channel, due_at)
    select gen_random_uuid()::text, t.user_id, t.seq, s.id, s.channel, %(now)s
    from told t
    join notification_subscriptions s on s.user_id = t.user_id and s.ended_at is null and %(kind)s = any(s.kinds)
), mailed as (
    insert into notification_deliveries (id, user_id, seq, channel, due_at)
    select gen_random_uuid()::text, user_id, seq, 'email', %(now)s from told where %(kind)s = 'digest'
)
select user_id, seq from told
