with ended as (
    update sign_ins set revoked_at = %(now)s where id = %(sign_in)s and revoked_at is null
    returning id, user_id
), audited as (
    insert into audit_log (at, kind, subject, facts)
    select %(now)s, 'sign_in.reused', user_id, jsonb_build_object('sign_in', id)::text from ended
)
insert into event_log (at, kind, student_id, subject_id)
select %(now)s, 'sign_in.reused', user_id, id from ended
