with linked as (
    insert into identities (issuer, subject, user_id, role, created_at)
    select %(issuer)s, %(subject)s, id, %(said)s, %(now)s from users where id = %(user)s and not disabled
    on conflict do nothing
    returning user_id
), audited as (
    insert into audit_log (at, kind, actor, subject, facts)
    select %(now)s, 'people.linked', user_id, user_id, jsonb_build_object('issuer', %(issuer)s::text)::text from linked
)
select user_id from linked
