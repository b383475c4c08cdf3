-- the audit log's one head is locked last, by whoever waits for nothing else then: hence the count of what went before
with before as (
    select id, role from users where id = %(id)s for no key update
), changed as (
    update users u set role = %(role)s, updated_at = %(now)s
    from before where u.id = before.id
    returning u.id, u.email, u.name, u.role, u.disabled, u.created_at, before.role as was
), left_classes as (
    delete from class_members m using changed
    where m.user_id = changed.id and m.role = 'teacher' and not %(teaches)s
    returning m.class_id, m.user_id
), audited as (
    insert into audit_log (at, kind, actor, subject, facts)
    select %(now)s, 'people.role', %(by)s, id, jsonb_build_object('from', was, 'to', role)::text
    from changed, (select count(*) from left_classes) gone
    union all
    select %(now)s, 'class.left', %(by)s, user_id, jsonb_build_object('class', class_id)::text from left_classes
), logged as (
    insert into event_log (at, kind, student_id, subject_id, facts)
    select %(now)s, 'people.role', id, id, jsonb_build_object('role', role) from changed
)
select id, email, name, role, disabled, created_at from changed
