with used as (
    update privacy_jobs set token_hash = null, expires_at = null
    where token_hash = %(token_hash)s and kind = 'export' and status = 'done' and expires_at > %(now)s
    returning id, user_id
), audited as (
    insert into audit_log (at, kind, actor, subject) select %(now)s, 'privacy.exported', user_id, user_id from used
)
select id, (select count(*) from export_parts p where p.job_id = used.id) as parts from used
