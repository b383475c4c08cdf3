with thread as (
    update threads set
        active_turn = null, owner = null, lease_until = null, waiting = waiting - 1, updated_at = now(),
        summary = coalesce(%(summary)s, summary)
    where id = %(thread)s and fence = %(fence)s and active_turn = %(turn)s
    returning waiting
)
update turns set status = %(status)s, answer = %(answer)s::jsonb, finished_at = now()
from thread where turns.id = %(turn)s
returning turns.finished_at, thread.waiting
