with gone as (
    delete from users where id = %(id)s returning id, role
), audited as (
    insert into audit_log (at, kind, actor, subject, facts)
    select %(now)s, 'people.deleted', %(by)s, id, jsonb_build_object('role', role)::text from gone
)
select id from gone
