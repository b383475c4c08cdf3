insert into learners (student_id, achievements) values (%(student)s, %(wanted)s)
on conflict (student_id) do update set achievements = excluded.achievements
