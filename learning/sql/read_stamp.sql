select (select recorded_at from submissions where student_id = %(student)s order by recorded_at desc limit 1) as last,
       l.attempts, l.time_zone, l.achievements, a.alerts, a.newest, t.said, e.earned
from (select) one
left join learners l on l.student_id = %(student)s
cross join lateral (
    select count(*) as alerts, max(at) as newest from alerts where student_id = %(student)s and status <> 'resolved'
) a
cross join lateral (
    select coalesce(max(greatest(created_at, finished_at)), '-infinity')::text as said from (
        select created_at, finished_at from turns where student_id = %(student)s order by created_at desc limit 3
    ) last
) t
cross join lateral (select count(*) as earned from achievements where student_id = %(student)s) e
