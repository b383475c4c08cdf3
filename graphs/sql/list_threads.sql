select id, title, next_seq - 1 as turns, created_at, updated_at from threads
where student_id = %(student)s and (%(cursor)s::text is null or id < %(cursor)s)
order by id desc limit %(limit)s
