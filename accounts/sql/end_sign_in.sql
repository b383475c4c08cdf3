with ended as (
    update sign_ins set revoked_at = %(now)s
    where id = %(sign_in)s and user_id = %(user)s and revoked_at is null
    returning id, user_id
), audited as (
    insert into audit_log (at, kind, actor, subject, facts)
    select %(now)s, 'sign_in.ended', user_id, user_id, jsonb_build_object('sign_in', id)::text from ended
)
select id from ended
