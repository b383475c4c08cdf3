with given as (
    insert into consents (user_id, purpose, version, given, by_whom, at)
    select id, %(purpose)s, %(version)s, %(given)s, %(by_whom)s, %(now)s from users where id = %(user)s
    returning user_id, purpose, version, given
), audited as (
    insert into audit_log (at, kind, actor, subject, facts)
    select %(now)s, case when given then 'consent.given' else 'consent.withdrawn' end, %(by)s, user_id,
        jsonb_build_object('purpose', purpose, 'version', version)::text
    from given
)
select purpose from given
