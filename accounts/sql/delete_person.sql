-- their devices are locked before the audit log's one head, as everywhere: the cascade alone would lock them after it
with devices as (
    select id from sign_ins where user_id = %(id)s order by id for update
), gone as (
    delete from users u using (select count(*) from devices) held where u.id = %(id)s returning u.id, u.role
), audited as (
    insert into audit_log (at, kind, actor, subject, facts)
    select %(now)s, 'people.deleted', %(by)s, id, jsonb_build_object('role', role)::text from gone
)
select id from gone
