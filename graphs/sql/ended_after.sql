-- Turns end in order of seq: one that waits or runs hides those behind it.
select id, thread_id, seq, status, ask, answer, created_at, finished_at from turns
where thread_id = %(thread)s and student_id = %(student)s and seq > %(after)s and status in ('done', 'failed')
order by seq limit %(limit)s
