with changed as (
    update alerts a
    set status = %(status)s,
        resolved_at = case when %(status)s = 'resolved' then coalesce(a.resolved_at, %(now)s) end,
        resolved_by = case when %(status)s = 'resolved' then coalesce(a.resolved_by, %(teacher)s) end
    where a.id = %(alert)s and (%(everyone)s or exists (
        select 1
        from class_members t
        join class_members s on s.class_id = t.class_id and s.role = 'student'
        where t.user_id = %(teacher)s and t.role = 'teacher' and s.user_id = a.student_id
    ))
    returning a.*
), logged as (
    insert into event_log (at, kind, student_id, subject_id, facts)
    select %(now)s, 'alert.' || c.status, c.student_id, c.id, jsonb_build_object('by', %(teacher)s::text) from changed c
)
select c.id, c.student_id, u.name as student_name, c.kind, c.severity, c.skill, c.reason, c.advice, c.evidence,
       c.status, c.at
from changed c
join users u on u.id = c.student_id
