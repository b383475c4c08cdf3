delete from feedback where turn_id = %(turn)s and student_id = %(student)s
