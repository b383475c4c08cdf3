-- A claim is a lease: whoever dies while sending leaves it to be sent again when the lease is over.
with due as (
    select id from notification_deliveries where status = 'waiting' and due_at <= %(now)s
    order by due_at limit %(limit)s for update skip locked
), claimed as (
    update notification_deliveries d set due_at = %(lease)s, tries = d.tries + 1 from due where d.id = due.id
    returning d.*
)
select c.id, c.user_id, c.seq, c.channel, c.tries, c.subscription_id, n.kind, n.title, n.body, n.urgent, n.facts, n.at,
       s.url, s.secret, u.email, u.name, u.disabled, u.email_confirmed_at is not null as confirmed,
       b.quiet_from, b.quiet_until, coalesce(b.time_zone, l.time_zone, 'UTC') as zone,
       (select count(*) from notification_deliveries o
        where o.user_id = c.user_id and o.channel = 'email' and o.sent_at > %(hour_ago)s) as letters
from claimed c
join notifications n on n.user_id = c.user_id and n.seq = c.seq
join notification_boxes b on b.user_id = c.user_id
join users u on u.id = c.user_id
left join learners l on l.student_id = c.user_id
left join notification_subscriptions s on s.id = c.subscription_id
