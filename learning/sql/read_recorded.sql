-- what it brought, with the achievements of a student who wishes to hear of them
select changes, alerts, coalesce((
    select jsonb_agg(jsonb_build_object('kind', a.kind, 'about', a.about, 'at', a.at, 'evidence', a.evidence)
                     order by a.kind, a.about)
    from achievements a
    join learners l on l.student_id = a.student_id and l.achievements
    where a.student_id = s.student_id and a.key = s.key
), '[]') as achievements
from submissions s
where student_id = %(student)s and key = %(key)s
