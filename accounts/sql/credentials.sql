select id, name, role, disabled, password_hash from users where lower(email) = %(email)s
