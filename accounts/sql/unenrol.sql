with gone as (
    delete from class_members where class_id = %(class_id)s and user_id = %(id)s returning class_id, user_id
), audited as (
    insert into audit_log (at, kind, actor, subject, facts)
    select %(now)s, 'class.left', %(by)s, user_id, jsonb_build_object('class', class_id)::text from gone
)
select user_id as id from gone
