select time_zone from learners where student_id = %(student)s
