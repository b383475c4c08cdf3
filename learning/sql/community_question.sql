select q.post_id, q.asked_by, q.turn_id, q.asked_at, q.outcome, u.name as asker, e.title, e.body
from community_questions q
join community_entries e on e.id = q.post_id
join users u on u.id = q.asked_by
where q.post_id = %(post)s
