select distinct on (s.student_id, s.item) s.student_id, s.item, s.correct
from class_members m
join submissions s on s.student_id = m.user_id
where m.class_id = %(class)s and m.role = 'student' and s.kind = any(%(graded)s)
  and (%(since)s::timestamptz is null or s.at >= %(since)s)
order by s.student_id, s.item, s.at, s.id
