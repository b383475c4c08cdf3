update advice set taken_at = coalesce(taken_at, %(now)s)
where id = %(advice)s and student_id = %(student)s
returning id
