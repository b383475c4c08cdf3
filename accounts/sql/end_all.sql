with ended as (
    update sign_ins set revoked_at = %(now)s where user_id = %(id)s and revoked_at is null
    returning id
), audited as (
    insert into audit_log (at, kind, actor, subject, facts)
    select %(now)s, 'sign_in.all_ended', %(by)s, %(id)s, jsonb_build_object('sign_ins', count(*))::text
    from ended having count(*) > 0
)
select u.id, (select count(*) from ended) as ended from users u where u.id = %(id)s
