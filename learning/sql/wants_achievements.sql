select coalesce((select achievements from learners where student_id = %(student)s), true) as wanted
