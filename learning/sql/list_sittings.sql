select id from quiz_sittings where student_id = %(student)s order by started_at desc, id limit %(limit)s
