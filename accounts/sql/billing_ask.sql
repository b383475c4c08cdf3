select nextval('billing_asked') as asked
