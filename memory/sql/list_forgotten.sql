select memory, kind, turns, at from memory_forgotten where student_id = %(student)s
