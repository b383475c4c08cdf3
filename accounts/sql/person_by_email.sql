select id, email, name, role, disabled, created_at from users where lower(email) = %(email)s
