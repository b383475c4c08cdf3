-- what is sold beside our plans, for the same customer, is none of ours
select id, plan, price, interval, seats, status, created_at, ends_at
from billing_subscriptions where user_id = %(user)s and plan <> 'unknown'
order by created_at, id
