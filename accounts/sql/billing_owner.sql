select user_id from billing_customers where id = %(customer)s
