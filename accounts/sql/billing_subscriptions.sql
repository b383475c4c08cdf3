select id, plan, price, interval, seats, status, created_at, ends_at
from billing_subscriptions where user_id = %(user)s
order by created_at, id
