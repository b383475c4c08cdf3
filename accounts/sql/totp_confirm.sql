with confirmed as (
    update totp set confirmed_at = %(now)s, last_step = %(step)s, tries = 0, tried_at = null
    where user_id = %(user)s and confirmed_at is null
    returning user_id
), codes as (
    insert into recovery_codes (user_id, code_hash)
    select user_id, unnest(%(hashes)s::bytea[]) from confirmed
), audited as (
    insert into audit_log (at, kind, actor, subject) select %(now)s, 'people.totp_on', user_id, user_id from confirmed
)
select u.email, u.name from confirmed c join users u on u.id = c.user_id
