select id, thread_id, seq, status, ask, answer, created_at, finished_at from turns
where id = %(turn)s and student_id = %(student)s
