select student_id from turns where id = %(turn)s
