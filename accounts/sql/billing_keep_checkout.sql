update billing_customers set checkout_id = %(checkout)s where user_id = %(user)s
