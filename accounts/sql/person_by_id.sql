select id, email, name, role, disabled, created_at from users where id = %(id)s
