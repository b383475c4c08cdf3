select waiting, %(queued_max)s <= waiting as full from threads where id = %(thread)s and student_id = %(student)s
