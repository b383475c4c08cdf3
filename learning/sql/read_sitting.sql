select id, kind, topics, questions, started_at, ends_at, finished_at from quiz_sittings
where id = %(id)s and student_id = %(student)s
