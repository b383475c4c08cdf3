with ended as (
    update sign_ins set revoked_at = %(now)s where id = %(sign_in)s and revoked_at is null
    returning id, user_id
)
insert into event_log (at, kind, student_id, subject_id)
select %(now)s, 'sign_in.reused', user_id, id from ended
