delete from memory_reflections where student_id = %(student)s and done_at is null
