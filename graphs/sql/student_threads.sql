select id from threads where student_id = %(student)s order by id
