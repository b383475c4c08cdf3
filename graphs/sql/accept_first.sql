with thread as (
    insert into threads (id, student_id, title, next_seq, waiting, active_turn, owner, lease_until, fence)
    values (%(thread)s, %(student)s, %(title)s, 2, 1, %(turn)s, %(owner)s, now() + %(lease)s, 1)
    returning id
)
insert into turns (id, thread_id, student_id, seq, status, ask, tries)
select %(turn)s, id, %(student)s, 1, 'running', %(ask)s::jsonb, 1 from thread
returning seq, created_at, 1::bigint as fence, true as mine, 0 as position, '' as summary
