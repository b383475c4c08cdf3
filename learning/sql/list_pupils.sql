select u.id as student_id, u.name, l.last_at, l.time_zone, l.ability_mean, l.ability_variance, a.alerts,
       (array['low', 'medium', 'high'])[a.worst] as worst
from class_members m
join users u on u.id = m.user_id
left join learners l on l.student_id = u.id
left join lateral (
    select count(*) as alerts, max(case severity when 'high' then 3 when 'medium' then 2 else 1 end) as worst
    from alerts
    where student_id = u.id and status <> 'resolved' and (snoozed_until is null or snoozed_until <= %(now)s)
) a on true
where m.class_id = %(class)s and m.role = 'student'
order by u.name, u.id
