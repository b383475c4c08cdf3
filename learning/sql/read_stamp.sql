select (select recorded_at from submissions where student_id = %(student)s order by recorded_at desc limit 1) as last,
       l.attempts, l.time_zone, a.alerts, a.newest
from (select) one
left join learners l on l.student_id = %(student)s
cross join lateral (
    select count(*) as alerts, max(at) as newest from alerts where student_id = %(student)s and status <> 'resolved'
) a
