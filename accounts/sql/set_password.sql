with changed as (
    update users set password_hash = %(password_hash)s, updated_at = %(now)s
    where id = %(id)s
    returning id
), signed_out as (
    update sign_ins s set revoked_at = %(now)s from changed
    where s.user_id = changed.id and s.revoked_at is null
), logged as (
    insert into event_log (at, kind, student_id, subject_id)
    select %(now)s, 'people.password', id, id from changed
)
select id from changed
