-- the audit log's one head is locked last, by whoever waits for nothing else then: hence the count of what went before
-- the letter also proves that the address is theirs
with used as (
    delete from mail_tokens where token_hash = %(token_hash)s and purpose = 'reset' and expires_at > %(now)s
    returning user_id
), changed as (
    update users u set password_hash = %(password_hash)s, updated_at = %(now)s,
        email_confirmed_at = coalesce(u.email_confirmed_at, %(now)s)
    from used where u.id = used.user_id and not u.disabled
    returning u.id, u.email, u.name
), signed_out as (
    update sign_ins s set revoked_at = %(now)s from changed where s.user_id = changed.id and s.revoked_at is null
    returning s.id
), others as (
    delete from mail_tokens t using used where t.user_id = used.user_id and t.token_hash <> %(token_hash)s
), audited as (
    insert into audit_log (at, kind, actor, subject) select %(now)s, 'people.reset', id, id from changed, (select count(*) from signed_out) ended
), logged as (
    insert into event_log (at, kind, student_id, subject_id) select %(now)s, 'people.password', id, id from changed
)
select id, email, name from changed
