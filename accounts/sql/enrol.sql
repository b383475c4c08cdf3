with person as (
    select id, case when role in ('teacher', 'admin') then 'teacher' else 'student' end as part
    from users where id = %(id)s
), joined as (
    insert into class_members (class_id, user_id, role)
    select %(class_id)s, id, part from person
    on conflict (class_id, user_id) do update set role = excluded.role where class_members.role <> excluded.role
    returning class_id, user_id, role
), audited as (
    insert into audit_log (at, kind, actor, subject, facts)
    select %(now)s, 'class.joined', %(by)s, user_id, jsonb_build_object('class', class_id, 'as', role)::text from joined
)
select id from person
