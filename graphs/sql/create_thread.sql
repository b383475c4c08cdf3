insert into threads (id, student_id, title) values (%(thread)s, %(student)s, %(title)s)
returning id, title, next_seq - 1 as turns, created_at, updated_at
