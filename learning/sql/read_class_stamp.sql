-- changes whenever anything does that a class's dashboard shows; forgetting goes by the hour
select c.id, c.name, count(m.user_id) as members, sum(l.attempts) as attempts, max(l.last_at) as last,
       sum(a.open) as alerts, sum(a.weight) as weight, max(md5(u.name)) as names, max(w.said) as said
from classes c
left join class_members m on m.class_id = c.id and m.role = 'student'
left join users u on u.id = m.user_id
left join learners l on l.student_id = m.user_id
left join lateral (
    select count(*) as open, sum(case severity when 'high' then 10000 when 'medium' then 100 else 1 end) as weight
    from alerts
    where student_id = m.user_id and status <> 'resolved' and (snoozed_until is null or snoozed_until <= %(now)s)
) a on true
left join lateral (
    select date_bin('5 minutes', finished_at, '2000-01-01Z') as said from turns where student_id = m.user_id order by created_at desc limit 1
) w on true
where c.id = %(class)s and (
    %(everyone)s or exists (
        select from class_members t where t.class_id = c.id and t.user_id = %(teacher)s and t.role = 'teacher'
    )
)
group by c.id, c.name
