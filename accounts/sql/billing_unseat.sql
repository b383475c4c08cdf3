with gone as (
    delete from billing_seats where owner_id = %(owner)s and student_id = %(student)s returning student_id
), audited as (
    insert into audit_log (at, kind, actor, subject, facts)
    select %(now)s, 'billing.seat_taken', %(by)s, student_id, jsonb_build_object('owner', %(owner)s::text)::text from gone
)
select student_id from gone
