delete from billing_nights where day = %(day)s
