insert into billing_customers (user_id, id, created_at)
select id, %(customer)s, %(now)s from users where id = %(user)s
on conflict do nothing
