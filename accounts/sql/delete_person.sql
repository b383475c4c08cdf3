delete from users where id = %(id)s returning id
