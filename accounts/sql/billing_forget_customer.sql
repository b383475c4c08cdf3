delete from billing_customers where id = %(customer)s
