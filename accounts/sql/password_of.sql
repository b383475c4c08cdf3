select password_hash from users where id = %(id)s and not disabled
