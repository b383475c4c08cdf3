select u.id as user_id, u.email, u.name, c.id as customer_id, c.checkout_id
from users u left join billing_customers c on c.user_id = u.id
where u.id = %(user)s
