-- nobody is added when the address is somebody's: an equal address proves nothing of who they are
with added as (
    insert into users (id, email, name, role, created_at, updated_at, email_confirmed_at)
    values (%(id)s, %(email)s, %(name)s, %(role)s, %(now)s, %(now)s, case when %(proved)s then %(now)s::timestamptz end)
    on conflict do nothing
    returning id, role
), linked as (
    insert into identities (issuer, subject, user_id, role, created_at)
    select %(issuer)s, %(subject)s, id, %(said)s, %(now)s from added
), audited as (
    insert into audit_log (at, kind, actor, subject, facts)
    select %(now)s, 'people.added', %(issuer)s, id, jsonb_build_object('role', role)::text from added
)
select id from added
