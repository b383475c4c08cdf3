-- The next waiting turn of a thread in which none runs; the thread's row was locked by the statement before.
with turn as (
    select id, student_id, seq, ask, created_at from turns
    where thread_id = %(thread)s and status = 'queued' order by seq limit 1
), thread as (
    update threads set active_turn = turn.id, owner = %(owner)s, lease_until = now() + %(lease)s, fence = fence + 1
    from turn where threads.id = %(thread)s and threads.active_turn is null
    returning threads.fence, threads.summary
), started as (
    update turns set status = 'running', tries = tries + 1 from turn, thread where turns.id = turn.id
)
select turn.id, turn.student_id, turn.seq, turn.ask, turn.created_at, thread.fence, thread.summary,
    (select name from users where users.id = turn.student_id) as student_name
from turn, thread
