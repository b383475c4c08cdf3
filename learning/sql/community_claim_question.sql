-- Locked by one process; another one that looks meanwhile passes on.
select q.post_id, q.asked_by, q.turn_id, t.status, t.answer, e.deleted_at, e.hidden_at
from community_questions q
join turns t on t.id = q.turn_id
join community_entries e on e.id = q.post_id
where q.post_id = %(post)s and q.settled_at is null and t.status in ('done', 'failed')
for update of q skip locked
