delete from threads where id = %(thread)s and student_id = %(student)s returning id
