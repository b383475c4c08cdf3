-- Questions whose turn has ended, and those whose turn was never begun by who took them on, or is gone.
select q.post_id, t.id is null as lost
from community_questions q
left join turns t on t.id = q.turn_id
where q.settled_at is null and (t.status in ('done', 'failed') or (t.id is null and q.asked_at <= %(lost_before)s))
order by q.asked_at
limit %(limit)s
