select id, email, name, disabled, email_confirmed_at is not null as confirmed from users where lower(email) = %(email)s
