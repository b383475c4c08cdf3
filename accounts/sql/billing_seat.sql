-- after the owner's lock, so that the count is true
with given as (
    insert into billing_seats (owner_id, student_id, at)
    select %(owner)s, id, %(now)s from users
    where id = %(student)s and (select count(*) from billing_seats where owner_id = %(owner)s) < %(seats)s
    on conflict do nothing
    returning student_id
), audited as (
    insert into audit_log (at, kind, actor, subject, facts)
    select %(now)s, 'billing.seat_given', %(by)s, student_id, jsonb_build_object('owner', %(owner)s::text)::text from given
)
select student_id from given
union
select student_id from billing_seats where owner_id = %(owner)s and student_id = %(student)s
