select changes, alerts from submissions where student_id = %(student)s and key = %(key)s
