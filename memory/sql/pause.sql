insert into memory_pauses (student_id, at) values (%(student)s, %(now)s) on conflict do nothing
