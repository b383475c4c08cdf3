with used as (
    delete from mail_tokens where token_hash = %(token_hash)s and purpose = 'confirm' and expires_at > %(now)s
    returning user_id
), confirmed as (
    update users u set email_confirmed_at = coalesce(u.email_confirmed_at, %(now)s)
    from used where u.id = used.user_id
    returning u.id
), others as (
    delete from mail_tokens t using used
    where t.user_id = used.user_id and t.purpose = 'confirm' and t.token_hash <> %(token_hash)s
), audited as (
    insert into audit_log (at, kind, actor, subject) select %(now)s, 'people.confirmed', id, id from confirmed
)
select id from confirmed
