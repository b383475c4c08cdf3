select a.id, a.student_id, u.name as student_name, a.kind, a.severity, a.skill, a.reason, a.advice, a.evidence,
       a.status, a.at
from alerts a
join users u on u.id = a.student_id
where (%(everyone)s or exists (
        select 1
        from class_members t
        join class_members s on s.class_id = t.class_id and s.role = 'student'
        where t.user_id = %(teacher)s and t.role = 'teacher' and s.user_id = a.student_id
    ))
  and (%(status)s::text is null or a.status = %(status)s)
  and (%(before_at)s::timestamptz is null or (a.at, a.id) < (%(before_at)s, %(before_id)s))
order by a.at desc, a.id desc
limit %(limit)s
