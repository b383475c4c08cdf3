with added as (
    insert into users (id, email, name, role, password_hash, created_at, updated_at, email_confirmed_at)
    values (%(id)s, %(email)s, %(name)s, %(role)s, %(password_hash)s, %(now)s, %(now)s, %(now)s)
    on conflict do nothing
    returning id, email, name, role, disabled, created_at
), audited as (
    insert into audit_log (at, kind, actor, subject, facts)
    select %(now)s, 'people.added', %(by)s, id, jsonb_build_object('role', role)::text from added
)
select id, email, name, role, disabled, created_at from added
