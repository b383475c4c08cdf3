select coalesce(l.attempts, 0) as attempts, coalesce(l.solved, 0) as solved, coalesce(l.time_zone, 'UTC') as time_zone
from (select %(student)s::text as student_id) s
left join learners l on l.student_id = s.student_id
