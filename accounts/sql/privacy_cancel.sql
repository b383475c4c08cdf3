with cancelled as (
    update privacy_jobs set status = 'cancelled', finished_at = %(now)s
    where id = %(id)s and user_id = %(user)s and kind = 'erase' and status = 'waiting' and tries = 0
    returning id, user_id
), audited as (
    insert into audit_log (at, kind, actor, subject)
    select %(now)s, 'privacy.erase_cancelled', %(by)s, user_id from cancelled
)
select id from cancelled
