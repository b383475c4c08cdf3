delete from memory_pauses where student_id = %(student)s
