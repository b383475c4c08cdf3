-- of all time from the table of first answers; from a moment on, only items first met before it are looked up among attempts
select f.student_id, f.item, f.correct
from class_members m
join first_answers f on f.student_id = m.user_id
where m.class_id = %(class)s and m.role = 'student' and (%(since)s::timestamptz is null or f.at >= %(since)s)
union all
select f.student_id, f.item, s.correct
from class_members m
join first_answers f on f.student_id = m.user_id
cross join lateral (
    select correct
    from submissions
    where student_id = f.student_id and item = f.item and at >= %(since)s and kind = any(%(graded)s)
    order by at, id
    limit 1
) s
where m.class_id = %(class)s and m.role = 'student' and %(since)s::timestamptz is not null and f.at < %(since)s
