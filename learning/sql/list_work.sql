-- what students left behind since then: attempts with how long they took, and what they wrote to the tutor, until its answer
select student_id, at as ended, duration_s as seconds, array[item] || skills as names
from submissions
where student_id = any(%(students)s) and at >= %(since)s and at <= %(now)s
union all
select student_id, ended, 60 + extract(epoch from ended - created_at)::float8, array[answer #>> '{citations,0,topic}', ask ->> 'exercise']
from turns, lateral (select least(coalesce(finished_at, created_at), created_at + interval '5 minutes') as ended) e
where student_id = any(%(students)s) and created_at >= %(since)s and created_at <= %(now)s
    and coalesce(ask -> 'teacher', 'null') = 'null'
