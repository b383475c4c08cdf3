with answered as (
    update guardians set
        confirmed_at = case when %(agree)s then coalesce(confirmed_at, %(now)s) else null end,
        withdrawn_at = case when %(agree)s then null else %(now)s end,
        expires_at = null
    where token_hash = %(token_hash)s and (expires_at is null or expires_at > %(now)s)
    returning user_id
), recorded as (
    insert into consents (user_id, purpose, version, given, by_whom, at)
    select user_id, 'guardian', %(version)s, %(agree)s, 'guardian', %(now)s from answered
), audited as (
    insert into audit_log (at, kind, subject, facts)
    select %(now)s, case when %(agree)s then 'consent.given' else 'consent.withdrawn' end, user_id,
        '{"purpose": "guardian"}' from answered
)
select user_id from answered
