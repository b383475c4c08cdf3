update notification_deliveries
set status = %(status)s, due_at = coalesce(%(due_at)s, due_at), tries = tries - %(untried)s::int, failure = %(failure)s,
    sent_at = case when %(status)s = 'sent' then %(now)s end
where id = %(id)s and status = 'waiting' and tries = %(tries)s
