select id, thread_id, seq, status, ask, answer, created_at, finished_at from turns
where thread_id = %(thread)s and student_id = %(student)s and seq < %(before)s
order by seq desc limit %(limit)s
