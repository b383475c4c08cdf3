select d.id, d.seq, d.channel, d.status, d.tries, d.due_at, d.sent_at, d.failure, n.title
from notification_deliveries d join notifications n on n.user_id = d.user_id and n.seq = d.seq
where d.user_id = %(user)s and (%(status)s::text is null or d.status = %(status)s)
order by d.due_at desc, d.id limit %(limit)s
