-- what this turn taught once and is not to teach again
select memory from memory_forgotten where student_id = %(student)s and %(turn)s = any(turns)
