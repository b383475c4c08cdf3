insert into learners (student_id, time_zone) values (%(student)s, %(time_zone)s)
on conflict (student_id) do update set time_zone = excluded.time_zone
