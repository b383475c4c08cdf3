with thread as (
    update threads set
        next_seq = next_seq + 1,
        waiting = waiting + 1,
        updated_at = now(),
        fence = case when active_turn is null and waiting = 0 then fence + 1 else fence end,
        owner = case when active_turn is null and waiting = 0 then %(owner)s else owner end,
        lease_until = case when active_turn is null and waiting = 0 then now() + %(lease)s else lease_until end,
        active_turn = case when active_turn is null and waiting = 0 then %(turn)s else active_turn end
    where id = %(thread)s and student_id = %(student)s and waiting < %(queued_max)s
    returning id, next_seq - 1 as seq, waiting - 1 as position, fence, summary,
        active_turn is not distinct from %(turn)s as mine
)
insert into turns (id, thread_id, student_id, seq, status, ask, tries)
select %(turn)s, id, %(student)s, seq, case when mine then 'running' else 'queued' end, %(ask)s::jsonb, mine::int from thread
returning seq, created_at,
    (select fence from thread) as fence, (select mine from thread) as mine,
    (select position from thread) as position, (select summary from thread) as summary
