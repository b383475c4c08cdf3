-- the audit log's one head is locked last, by whoever waits for nothing else then: hence the count of what went before
with changed as (
    update users set disabled = %(disabled)s, updated_at = %(now)s
    where id = %(id)s
    returning id, disabled
), signed_out as (
    update sign_ins s set revoked_at = %(now)s from changed
    where s.user_id = changed.id and changed.disabled and s.revoked_at is null
    returning s.id
), unposted as (
    delete from mail_tokens t using changed where t.user_id = changed.id and changed.disabled
), audited as (
    insert into audit_log (at, kind, actor, subject)
    select %(now)s, case when disabled then 'people.disabled' else 'people.enabled' end, %(by)s, id
    from changed, (select count(*) from signed_out) ended
), logged as (
    insert into event_log (at, kind, student_id, subject_id)
    select %(now)s, case when disabled then 'people.disabled' else 'people.enabled' end, id, id from changed
)
select id from changed
