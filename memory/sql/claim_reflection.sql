-- all that waits of the student who waited longest; nobody else looks at it until the lease has run out
with next as (
    select student_id from memory_reflections
    where done_at is null and due_at <= %(now)s and (lease_until is null or lease_until <= %(now)s)
    order by due_at
    limit 1
    for update skip locked
), mine as (
    update memory_reflections r set lease_until = %(lease)s, tries = tries + 1, batch = %(batch)s
    from next
    where r.student_id = next.student_id and r.done_at is null and (r.lease_until is null or r.lease_until <= %(now)s)
    returning r.turn_id, r.student_id, r.tries
)
select m.student_id, m.tries, u.name, t.id as turn, t.ask ->> 'message' as message, t.answer ->> 'reply' as reply, t.created_at,
    (select count(*) from memory_reflection_calls c
     where c.student_id = m.student_id and c.at > %(now)s::timestamptz - interval '1 day') as calls
from mine m
join turns t on t.id = m.turn_id
join users u on u.id = m.student_id
order by t.created_at, t.id
