insert into memory_reflection_calls (batch, student_id, at) values (%(batch)s, %(student)s, %(now)s)
on conflict do nothing
