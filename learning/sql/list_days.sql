select (at at time zone %(time_zone)s)::date as day,
       count(*) filter (where kind = any(%(graded)s)) as answers,
       count(*) filter (where kind = any(%(graded)s) and correct) as "right",
       count(*) filter (where kind = 'hint') as hints
from submissions
where student_id = %(student)s and at >= %(since)s
group by 1
order by 1
