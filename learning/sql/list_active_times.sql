select at from active_times where student_id = %(student)s
