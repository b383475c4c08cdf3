delete from letters_waiting where id = %(id)s
