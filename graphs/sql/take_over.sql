-- Turns whose process fell silent: a new fence in the thread and in its checkpoint shuts the old process out.
with lost as (
    select id from threads
    where waiting > 0 and active_turn is not null and lease_until < now() and id <> all(%(mine)s)
    order by lease_until limit %(limit)s for update skip locked
), thread as (
    update threads set owner = %(owner)s, lease_until = now() + %(lease)s, fence = fence + 1
    from lost where threads.id = lost.id
    returning threads.id, threads.active_turn, threads.fence, threads.summary
), shut as (
    insert into checkpoints (thread_id, ns, fence) select id, '', fence from thread
    on conflict (thread_id, ns) do update set fence = excluded.fence
), counted as (
    update turns set tries = tries + 1 from thread where turns.id = thread.active_turn
    returning turns.id, turns.thread_id, turns.student_id, turns.seq, turns.ask, turns.created_at, turns.tries
)
select counted.*, thread.fence, thread.summary, users.name as student_name
from counted join thread on thread.active_turn = counted.id join users on users.id = counted.student_id
