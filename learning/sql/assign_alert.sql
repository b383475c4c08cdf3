update alerts
set assignee = %(assignee)s
where id = %(alert)s and (%(assignee)s::text is null or exists (
    select from users u
    where u.id = %(assignee)s and not u.disabled and (u.role = 'admin' or exists (
        select from taught where teacher_id = u.id and student_id = alerts.student_id
    ))
))
returning id
