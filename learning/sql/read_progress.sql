select coalesce(l.attempts, 0) as attempts, coalesce(l.solved, 0) as solved, coalesce(d.streak_days, 0) as streak_days
from (select %(student)s::text as student_id) s
left join learners l on l.student_id = s.student_id
left join lateral (
    -- going back from the last day, day + row number stays the same for as long as no day is missing
    select count(*) as streak_days
    from (
        select day, day + row_number() over (order by day desc)::integer as island, max(day) over () as last_day
        from active_days
        where student_id = s.student_id and day <= %(today)s::date
    ) days
    where island = last_day + 1 and last_day >= %(today)s::date - 1
) d on true
