select at from alerts where id = %(alert)s and student_id = %(student)s
