select r.id, r.reader_role, coalesce(u.name, '') as reader, r.what, r.why, r.alert_id, r.hour as first_at, r.last_at, r.times
from student_reads r left join users u on u.id = r.reader_id
where r.student_id = %(student)s and (%(before)s::bigint is null or r.id < %(before)s)
order by r.id desc limit %(limit)s
