select id, title, next_seq - 1 as turns, created_at, updated_at from threads
where id = %(thread)s and student_id = %(student)s
