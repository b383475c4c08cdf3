with changed as (
    update users set role = %(role)s, updated_at = %(now)s
    where id = %(id)s
    returning id, email, name, role, disabled, created_at
), left_classes as (
    delete from class_members m using changed
    where m.user_id = changed.id and m.role = 'teacher' and not %(teaches)s
), logged as (
    insert into event_log (at, kind, student_id, subject_id, facts)
    select %(now)s, 'people.role', id, id, jsonb_build_object('role', role) from changed
)
select id, email, name, role, disabled, created_at from changed
