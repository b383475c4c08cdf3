update users set password_hash = %(newer)s where id = %(user)s and password_hash = %(older)s
